"""Refusals that all operations share: what is missing, and what does not exist (facts imm.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.probing import ICE, READS, a_read, ask, nothing_to_send, reads, refused, repeatable, settled
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Verdict
from conformance.judge.reaction import Reaction, react, summarize, why_unusable
from conformance.world import World
from openapi import load_contract

MISSING = "Gateway/behavior/missing-parameter"
NAMED = "Gateway/behavior/missing-parameter-name"
_UNKNOWN_PROJECT = "Gateway/behavior/unknown-project"
_UNKNOWN_DATASET = "Gateway/behavior/unknown-dataset"


@check(MISSING, NAMED)
def missing_parameter(world: World) -> Flow:
    """RPC-MISSING-PARAM, IMM-COM-ERR-MISSING, IMM-COM-ERR-MISSING-NAME: each parameter in turn."""
    a_read(world)
    calls = [call for call in reads(world) if call.operation != "GetUrlUploadInfos"]
    calls = [call for call in calls if _mandatory(call)]
    if not calls:
        msg = "the target claims no operation that only reads and has a parameter that is always required"
        raise nothing_to_send(world, msg)
    verdicts: list[Verdict] = []
    for call in calls:
        twin = yield from ask(call)
        for name in _mandatory(call):
            probe: Exchange = yield Call(call.operation, {n: v for n, v in call.params.items() if n != name})
            verdicts += _missing(probe, twin, name)
    yield from settled(verdicts)


def _mandatory(call: Call) -> list[str]:
    """Return the parameters of a call that no source calls optional: a call without them has to fail (C10, 5.14)."""
    ledger = load_contract().ledger
    ids = {name: f"{call.operation}/request/{name}/required/refuses" for name in call.params}
    return [name for name, id_ in ids.items() if id_ in ledger and ledger[id_].must]


def _missing(probe: Exchange, twin: Exchange, name: str) -> Iterator[Verdict]:
    codes = (f"Missing{name}*", "MissingParameter*", "InvalidArgument*")
    what = f"{probe.call.operation} without {name}"
    if react(probe) is Reaction.AUTHENTICATION:
        yield _denied(MISSING, probe)
        return
    yield refused(MISSING, probe, twin, what, codes=codes, statuses=(400,))
    if react(twin) is Reaction.ACCEPTED and react(probe).refuses and probe.answer is not None:
        said = f"{probe.answer.code} {probe.value.get('Message')}".lower()
        yield expect(
            NAMED,
            name.lower() in said,
            expected=f"Code or Message of the refusal of {what} names it",
            observed=summarize(probe),
            exchange=probe,
            control=twin,
        )


@check(_UNKNOWN_PROJECT)
def unknown_project(world: World) -> Flow:
    """IMM-COM-ERR-NOPROJECT."""
    yield from _unknown(_UNKNOWN_PROJECT, "ProjectName", "project", world)


@check(_UNKNOWN_DATASET)
def unknown_dataset(world: World) -> Flow:
    """IMM-COM-ERR-NODATASET."""
    yield from _unknown(_UNKNOWN_DATASET, "DatasetName", "dataset", world)


def _unknown(requirement: str, parameter: str, kind: str, world: World) -> Flow:
    """Name a project or dataset that does not exist, in each operation that has one."""
    calls = [call for call in repeatable(world) if call.operation not in ICE and parameter in call.params]
    if not calls:
        msg = f"the target claims no operation of IMM that names a {kind} and can be sent"
        raise nothing_to_send(world, msg)
    verdicts: list[Verdict] = []
    for call in calls:
        twin = yield from ask(call)
        names = world.unknown_names(call.params[parameter])
        for name in names if call.operation in READS else names[:1]:
            probe: Exchange = yield Call(call.operation, {**call.params, parameter: name})
            what = f"{call.operation} with the unknown {kind} '{name}'"
            verdicts.append(not_known(requirement, probe, twin, what))
    yield from settled(verdicts)


def not_known(requirement: str, probe: Exchange, twin: Exchange, what: str) -> Verdict:
    """Judge a request that names a project or dataset that does not exist; its `twin` names one that does."""
    if react(probe) is Reaction.AUTHENTICATION:
        return _denied(requirement, probe)
    return refused(requirement, probe, twin, what, codes=("ResourceNotFound",))


def _denied(requirement: str, probe: Exchange) -> Verdict:
    """Say that the key may only do what its policy names, so that nobody looked at the parameters (RPC-FORBIDDEN)."""
    return Verdict(requirement, "inconclusive", observed=why_unusable(probe))
