"""The format of answers that a request asks for (facts rpc-protocol.md 1, 6.1 and 8)."""

from __future__ import annotations

from xml.parsers import expat

from conformance.checks.probing import BY_PARAMETERS, a_read, accepted, ask, control, settled, shaped
from conformance.checks.registry import check, expect
from conformance.exchange import Exchange, Flow, Verdict
from conformance.judge.reaction import Reaction, react, summarize, why_unusable
from conformance.world import BlockedError, World


@check("Gateway/behavior/format-json")
def format_json(world: World) -> Flow:
    """RPC-FORMAT-JSON, of successes and of failures."""
    call = a_read(world, 1)
    twin = yield from ask(call)
    verdicts: list[Verdict] = []
    for spelling, form in (("JSON", {}), ("json", {}), ("json", BY_PARAMETERS)):
        text = f"Format={spelling} is answered with JSON"
        asked = {**form, "extra": (("Format", spelling),)}
        probe = yield from ask(shaped(call, **asked))
        if form:
            twin = yield control(call, **form)
        verdicts.append(accepted("Gateway/behavior/format-json", probe, twin, text))
        failed: Exchange = yield shaped(call, action=f"{call.operation}Never", **asked)
        if failed.answer is not None and react(failed) is not Reaction.THROTTLED:
            is_json, seen = failed.answer.value is not None, summarize(failed)
            verdicts.append(
                expect("Gateway/behavior/format-json", is_json, expected=text, observed=seen, exchange=failed)
            )
    yield from settled(verdicts)


@check("Gateway/behavior/format-xml")
def format_xml(world: World) -> Flow:
    """RPC-FORMAT-XML."""
    call = a_read(world)
    twin: Exchange = yield control(call, **BY_PARAMETERS)
    if not twin.accepted:
        msg = f"no query-signed request was accepted: {why_unusable(twin)}"
        raise BlockedError(msg)
    probe: Exchange = yield shaped(call, **BY_PARAMETERS, extra=(("Format", "XML"),))
    if probe.answer is not None:
        root = _root(probe.answer.body)
        yield expect(
            "Gateway/behavior/format-xml",
            root == f"{call.operation}Response",
            expected=f"XML with the root {call.operation}Response",
            observed=f"XML with the root {root}" if root else "an answer that is not XML",
            exchange=probe,
            control=twin,
        )


def _root(body: bytes) -> str:
    """Return the name of the root element of well-formed XML without a DTD, else an empty text."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(name)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError):
        return ""
    return names[0]


def _refuse_doctype(*_: object) -> None:
    msg = "an answer needs no document type"
    raise ValueError(msg)
