"""How parameters are read: where they stand and how they are spelled (facts rpc-protocol.md 5, imm.md 1.2)."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from conformance.checks.drawing import draw
from conformance.checks.probing import REGION, a_read, accepted, ask, control, reads, refused, settled, shaped
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Steps, Verdict
from conformance.judge.reaction import misses_some, not_missed, react, summarize, why_unusable
from conformance.polling import insist
from conformance.provisioning.files import visible
from conformance.world import BlockedError, World, base_params
from strategies import RawText

_OCTETS = (("content-type", "application/octet-stream"),)
_PROVIDER = (("x-acs-credentials-provider", "static_ak"),)


@check("Gateway/behavior/query-parameters")
def query_parameters(world: World) -> Flow:
    """IMM-COM-QUERY; with an empty body, and with the content type that an SDK gives an empty body."""
    verdicts: list[Verdict] = []
    for turn in (0, 1):
        call = a_read(world, turn)
        inquired = yield from ask(call)
        if inquired.accepted:
            text = "parameters in the query are read, whatever type the empty body has"
            typed = yield from ask(shaped(call, headers=_OCTETS, unsigned=("content-type",)))
            verdicts.append(accepted("Gateway/behavior/query-parameters", typed, inquired, text))
            continue
        filled = yield from ask(control(call, placement="form"))
        text = "parameters that are read from a form are read from the query"
        verdicts.append(accepted("Gateway/behavior/query-parameters", inquired, filled, text))
    yield from settled(verdicts)


@check("Gateway/behavior/form-parameters")
def form_parameters(world: World) -> Flow:
    """IMM-COM-FORM."""
    a_read(world)
    verdicts: list[Verdict] = []
    for call in reads(world)[:3]:
        inquired = yield from ask(call)
        filled = yield from ask(control(call, placement="form"))
        text = "parameters are read from a form"
        verdicts.append(accepted("Gateway/behavior/form-parameters", filled, inquired, text))
    yield from settled(verdicts)


@check("Gateway/behavior/unknown-parameters")
def unknown_parameters(world: World) -> Flow:
    """RPC-EXTRA-PARAM."""
    own = ((f"Conformance{world.token}", "a value"),)
    verdicts: list[Verdict] = []
    for turn, extra in ((0, REGION), (1, own)):
        call = a_read(world, turn)
        twin = yield from ask(call)
        probe = yield from ask(control(call, extra=extra))
        text = f"the unknown parameter {extra[0][0]} is ignored"
        verdicts.append(accepted("Gateway/behavior/unknown-parameters", probe, twin, text))
    yield from settled(verdicts)


@check("Gateway/behavior/unknown-headers")
def unknown_headers(world: World) -> Flow:
    """RPC-EXTRA-HEADER."""
    own = ((f"x-acs-conformance-{world.token}", "a value"), ("x-sdk-client", "conformance"))
    verdicts: list[Verdict] = []
    for turn, headers in ((0, _PROVIDER), (1, own)):
        call = a_read(world, turn)
        twin = yield from ask(call)
        probe = yield from ask(control(call, headers=headers))
        text = f"the unknown header {headers[0][0]} leads to no refusal"
        verdicts.append(accepted("Gateway/behavior/unknown-headers", probe, twin, text))
    yield from settled(verdicts)


def _listing(world: World) -> Call:
    """Return the reading request that has JSON in its parameters. Raises BlockedError without one."""
    if "BatchGetFileMeta" not in world.operations:
        msg = "the target claims no operation that reads JSON parameters and changes nothing"
        raise BlockedError(msg)
    return Call("BatchGetFileMeta", base_params("BatchGetFileMeta", world), reuse=True)


def _found(call: Call, world: World) -> Steps:
    """Ask for the file of the control, and again while it is missing: a server may know it later than another."""
    uri = world.files[0].uri

    def is_final(seen: Exchange) -> bool:
        lost = seen.accepted or not (not_missed(seen) or misses_some(seen, world.known))
        return uri in visible(seen) or not lost

    return (yield from insist(call, is_final))


def _listed(requirement: str, probe: Exchange, twin: Exchange, what: str) -> Verdict:
    """Judge whether a list was read: its first file is in the answer, as it is in the twin's."""
    first = twin.call.params["URIs"][0]
    if first not in visible(twin):
        why = f"the control showed no file: {summarize(twin)}"
        return Verdict(requirement, "inconclusive", observed=why)
    if react(probe).unrelated or probe.answer is None or misses_some(probe, twin.call.params["URIs"]):
        return Verdict(requirement, "inconclusive", observed=why_unusable(probe))
    return expect(
        requirement,
        first in visible(probe),
        expected=f"{what} is read",
        observed="the file that it names is not in the answer" if probe.accepted else summarize(probe),
        exchange=probe,
        control=twin,
    )


@check("Gateway/behavior/json-parameters")
def json_parameters(world: World) -> Flow:
    """IMM-COM-JSON-PARAM: the file is found wherever it stands in the list."""
    call = _listing(world)
    known, other = call.params["URIs"][0], world.uri("json/none.jpg")
    twin = yield from _found(call, world)
    verdicts: list[Verdict] = []
    for uris, fields in (([known, other], ["URI", "Size"]), ([other, known], [])):
        asked = {"URIs": uris, **({"WithFields": fields} if fields else {})}
        probe = yield from _found(Call(call.operation, {**call.params, **asked}), world)
        if misses_some(probe, world.known):
            asked["URIs"] = [world.files[-1].uri if uri == other else uri for uri in uris]
            probe = yield from _found(Call(call.operation, {**call.params, **asked}), world)
        text = "JSON text with two entries"
        verdicts.append(_listed("Gateway/behavior/json-parameters", probe, twin, text))
    yield from settled(verdicts)


@check("Gateway/behavior/json-spelling")
def json_spelling(world: World) -> Flow:
    """RPC-ARRAY-JSON."""
    call = _listing(world)
    twin = yield from _found(call, world)
    verdicts: list[Verdict] = []
    uris, fields = call.params["URIs"], ["URI", "Size"]
    for text in ("[\n\t" + json.dumps(uris[0]) + "\r\n]", *draw(spelled, *uris, count=3, start=1)):
        probe = yield from _found(Call(call.operation, {**call.params, "URIs": RawText(text)}), world)
        verdicts.append(_listed("Gateway/behavior/json-spelling", probe, twin, f"the list {text!r}"))
    for text in draw(spelled, *fields, count=1, start=2):
        probe = yield from _found(Call(call.operation, {**call.params, "WithFields": RawText(text)}), world)
        verdicts.append(_listed("Gateway/behavior/json-spelling", probe, twin, f"the list {text!r}"))
    yield from settled(verdicts)


def spelled(*items: str) -> st.SearchStrategy[str]:
    """Draw JSON texts of a list of texts, with white space and escapes that change nothing."""
    blank = st.text(" \t\r\n", min_size=1, max_size=2)

    @st.composite
    def texts(draw_from: st.DrawFn) -> str:
        parts = [_escaped(item, draw_from(st.integers(0, 2**32))) for item in items]
        inner = ("".join((draw_from(blank), ",", draw_from(blank)))).join(parts)
        return f"[{draw_from(blank)}{inner}{draw_from(blank)}]"

    return texts()


def _escaped(text: str, choice: int) -> str:
    """Return `text` as a JSON string with some characters as escapes, by the bits of `choice`."""
    plain = json.dumps(text)[1:-1]
    if plain != text:
        return f'"{plain}"'
    marks = (choice >> (i % 32) & 1 for i in range(len(text)))
    hexed = "{:04x}" if choice % 2 else "{:04X}"
    letters = (f"\\u{hexed.format(ord(c))}" if mark else c for c, mark in zip(text, marks, strict=True))
    return f'"{"".join(letters)}"'


@check("Gateway/behavior/bad-json")
def bad_json(world: World) -> Flow:
    """IMM-COM-ERR-BADJSON."""
    call = _listing(world)
    item = json.dumps(call.params["URIs"][0])
    twin: Exchange = yield call
    for name, text in (
        ("URIs", f"[{item}"),
        ("URIs", f"[{item},]"),
        ("URIs", f"[{item}]]"),
        ("WithFields", '["URI"'),
        ("WithFields", "['URI']"),
    ):
        probe: Exchange = yield Call(call.operation, {**call.params, name: RawText(text)})
        what = f"the text {text!r} of {name}, which is not JSON,"
        yield refused("Gateway/behavior/bad-json", probe, twin, what, statuses=(400,))


@check("Gateway/behavior/boolean-case", "Gateway/behavior/boolean-accepted", operation="GetTask")
def booleans(world: World) -> Flow:
    """RPC-BOOL-CASE, IMM-COM-BOOL."""
    base = base_params("GetTask", world)
    twin: Exchange = yield Call("GetTask", base, reuse=True)
    seen: dict[str, Exchange] = {}
    for spelling in ("true", "True", "false", "False"):
        probe = yield from insist(Call("GetTask", {**base, "RequestDefinition": RawText(spelling)}), not_missed)
        seen[spelling] = probe
        text = f"RequestDefinition={spelling} is accepted"
        yield accepted("Gateway/behavior/boolean-accepted", probe, twin, text)
    yield from settled(_alike(seen[a], seen[b], a, b) for a, b in (("true", "True"), ("false", "False")))


def _alike(one: Exchange, other: Exchange, *spellings: str) -> Verdict:
    """Judge two spellings of a boolean by whether the task's definition comes with them."""
    requirement = "Gateway/behavior/boolean-case"
    if react(one).unrelated or react(other).unrelated or not (one.accepted or other.accepted):
        return Verdict(requirement, "inconclusive", observed=why_unusable(other))
    shown = [bool(e.value.get("TaskRequestDefinition")) if e.accepted else None for e in (one, other)]
    words = {True: "answered with a definition", False: "answered without a definition", None: "refused"}
    return expect(
        requirement,
        shown[0] == shown[1],
        expected=f"{spellings[0]} and {spellings[1]} mean the same",
        observed=f"{spellings[0]} is {words[shown[0]]} and {spellings[1]} is {words[shown[1]]}",
        exchange=other,
        control=one,
    )
