"""GetBinding: what becomes of a binding, and bindings that are not there (facts imm.md 4.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.behaviors.bindings import judged_creation
from conformance.behaviors.instants import Instant, read_instant
from conformance.behaviors.own import NOT_FOUND, Own, follow, member, needed, refusal, says_nothing, unsure
from conformance.behaviors.scans import scanned_binding
from conformance.checks.probing import ask
from conformance.checks.registry import check, conforms, expect
from conformance.exchange import Call, Exchange, Flow, Verdict, Wait
from conformance.judge.reaction import Reaction, is_denied, react, summarize, why_unusable
from conformance.polling import until
from conformance.world import BlockedError, Place, World, base_params

_FINAL = ("Failed", "Stopped", "Deleted")
_KEPT = ("ProjectName", "DatasetName", "URI", "State", "CreateTime", "UpdateTime", "Reason")
"""What reading leaves alone; Phase has an order of its own."""
_SHORTEST, _LONGEST = 3, 63
"""Characters of a bucket."""
_GONE = "GetBinding/behavior/gone-after-delete"
_ORDER = "GetBinding/behavior/state-order"


@check("GetBinding/behavior/not-found", "GetBinding/behavior/not-found-code")
def unbound(world: World) -> Flow:
    """IMM-GB-NOTFOUND: buckets that are not bound, two of them almost the one that is."""
    base = base_params("GetBinding", world)
    control = yield from ask(Call("GetBinding", base, reuse=True))
    bound = base["URI"].removeprefix("oss://")
    begun = [bound[:-1]] if bound[-2:].isalnum() and len(bound) > _SHORTEST else []
    longest = f"0-unbound-{world.token}".ljust(_LONGEST, "9")
    for bucket in (f"{bound[:54]}-{world.token}", longest, *begun):
        probe = yield Call("GetBinding", {**base, "URI": f"oss://{bucket}"})
        yield from _not_found(probe, control, f"the bucket '{bucket}', which is not bound,")


def _not_found(probe: Exchange, control: Exchange, what: str) -> Iterator[Verdict]:
    if not control.accepted:
        why = f"the control was not accepted: {why_unusable(control)}"
        yield Verdict("GetBinding/behavior/not-found", "inconclusive", observed=why)
        return
    if is_denied(probe):  # the key may read the binding of the control
        yield conforms("GetBinding/behavior/not-found", probe)
        return
    yield refusal("GetBinding/behavior/not-found", probe, control, what)
    if react(probe).refuses:
        yield refusal("GetBinding/behavior/not-found-code", probe, control, what, NOT_FOUND)


@check(
    _ORDER,
    "GetBinding/behavior/phase-order",
    "GetBinding/behavior/phase-empty-only-ready",
    "GetBinding/behavior/create-time-kept",
    "GetBinding/behavior/time-order",
    "GetBinding/behavior/times-equal",
    "GetBinding/behavior/read-only",
    "GetBinding/behavior/echo",
    "GetBinding/behavior/success-200",
    "GetBinding/behavior/no-null",
    "GetBinding/behavior/not-found",
    "CreateBinding/behavior/times-equal",
    _GONE,
    tier="create-and-clean",
)
def life_of_a_binding(world: World) -> Flow:
    """Bind a bucket in a dataset of the check's own, watch it, and delete the binding."""
    own = Own(world)
    yield from own.tidied(_life(own))


def _life(own: Own) -> Flow:
    world, place = own.world, own.place("states")
    made = yield from own.dataset(place)
    if made.accepted:
        yield from not_bound_in(own.world, place)
        created = needed((yield from own.bind_any(place, "s")))
    else:
        created = yield Call("CreateBinding", base_params("CreateBinding", world), reuse=True)
        needed(created if created.accepted else made)
    read = Call("GetBinding", created.call.params)
    seen = [e for e in (yield from follow(read, _settled, world.settle_seconds)) if e.accepted]
    yield from _state_order(seen)
    yield from _times(created, seen)
    later: list[Exchange] = []
    for pause in (0.05, 0.05, 0.1):
        later.append((yield read))
        yield Wait(pause)
    yield from _phase_order([*seen, *later])
    yield from _read_only([*seen[-1:], *later])
    yield from _deletion(own, read)
    if seen and all(_state(e) == "Ready" for e in seen):
        yield from _stays_ready(own, place, made)
    if seen and all(_state(e) in (*_FINAL, "Retrying") for e in seen):
        raise BlockedError(f"the binding was never more than '{_state(seen[-1])}'; add [fixtures] bucket")
    needed(made)


def not_bound_in(world: World, place: Place) -> Flow:
    """Judge that a binding of the run is not found in a dataset that has none."""
    if "binding" not in world.lacking and "GetBinding" in world.operations:
        control = yield from ask(Call("GetBinding", base_params("GetBinding", world), reuse=True))
        probe = yield Call("GetBinding", {**place.params, "URI": control.call.params["URI"]})
        yield from _not_found(probe, control, "a bucket that is bound to another dataset only")


def _state(exchange: Exchange) -> Any:
    return member(exchange, "Binding").get("State")


def _phase(exchange: Exchange) -> Any:
    return member(exchange, "Binding").get("Phase")


def _settled(exchange: Exchange) -> bool:
    return _state(exchange) in _FINAL or (_state(exchange) == "Running" and _phase(exchange) == "IncrementalScanning")


def _state_order(seen: list[Exchange]) -> Iterator[Verdict]:
    """Judge the order of states; one that failed or was stopped had no chance to run."""
    states = [_state(e) for e in seen]
    if "Running" in states:
        yield expect(
            _ORDER,
            "Ready" not in states[states.index("Running") :],
            expected="State 'Running' after 'Ready', and not the other way round",
            observed="State 'Ready' after 'Running'",
            exchange=seen[-1],
        )


def _stays_ready(own: Own, place: Place, made: Exchange) -> Flow:
    """Judge a server on which a binding stayed 'Ready': no source says how long, but a scan that is over has begun."""
    read = (yield from scanned_binding(own, place)) if made.accepted else None
    seconds = own.world.settle_seconds
    if read is not None:
        last = yield from until(read, lambda e: e.accepted and _state(e) != "Ready", seconds)
        if _state(last) == "Ready":
            expected = "State 'Running' once all known objects of the bucket are indexed"
            yield expect(_ORDER, False, expected=expected, observed="State 'Ready' even then", exchange=last)
            return
    why = f"State 'Ready' all of {seconds:g} s; if scans begin later, raise [limits] settle_seconds"
    yield Verdict(_ORDER, "inconclusive", observed=why)


def _times(created: Exchange, seen: list[Exchange]) -> Iterator[Verdict]:
    """Judge the times of a new binding, which nobody paused or restarted."""
    made = read_instant(member(created, "Binding").get("CreateTime"))
    for exchange in seen:
        binding = member(exchange, "Binding")
        told = read_instant(binding.get("CreateTime"))
        if made and told:
            yield _same("GetBinding/behavior/create-time-kept", made, told, "CreateTime of the creation", exchange)
        updated = read_instant(binding.get("UpdateTime"))
        if told and updated:
            yield _same("GetBinding/behavior/times-equal", told, updated, "UpdateTime equal to CreateTime", exchange)


def _same(requirement: str, one: Instant, other: Instant, wanted: str, exchange: Exchange) -> Verdict:
    seconds = (other.nanoseconds - one.nanoseconds) / 1e9
    return expect(
        requirement,
        one.same(other),
        expected=wanted,
        observed=f"a time that differs by {seconds:.9g} s",
        exchange=exchange,
    )


def _phase_order(seen: list[Exchange]) -> Iterator[Verdict]:
    phases = [_phase(e) for e in seen]
    if "IncrementalScanning" not in phases:
        why = "no answer had the Phase 'IncrementalScanning'"
        yield Verdict("GetBinding/behavior/phase-order", "inconclusive", observed=why)
        return
    back = "FullScanning" in phases[phases.index("IncrementalScanning") :]
    yield expect(
        "GetBinding/behavior/phase-order",
        not back,
        expected="no Phase 'FullScanning' after 'IncrementalScanning'",
        observed="'FullScanning' came back",
        exchange=seen[-1],
    )


def _read_only(seen: list[Exchange]) -> Iterator[Verdict]:
    """Compare readings of a binding whose scan is over; before that it changes by itself."""
    steady = [e for e in seen if e.accepted]
    if not steady or not _settled(steady[0]):
        why = "the binding was still being scanned"
        yield Verdict("GetBinding/behavior/read-only", "inconclusive", observed=why)
        return
    first = member(steady[0], "Binding")
    for exchange in steady[1:]:
        now = member(exchange, "Binding")
        changed = [name for name in _KEPT if (now.get(name) or "") != (first.get(name) or "")]
        yield expect(
            "GetBinding/behavior/read-only",
            not changed,
            expected="the same binding in every reading",
            observed=f"{', '.join(changed)} changed between two readings",
            exchange=exchange,
        )


def _deletion(own: Own, read: Call) -> Flow:
    """IMM-GB-AFTER-DELETE: what was deleted is not found, or says so."""
    if not own.removals:
        return
    call = own.removals[-1]
    deleted = yield call
    if not deleted.accepted:
        yield unsure(_GONE, deleted)
        return
    own.removals.remove(call)
    seen = yield from follow(read, _gone, own.world.settle_seconds)
    if says_nothing(seen[-1]):
        yield unsure(_GONE, seen[-1])
        return
    yield expect(
        _GONE,
        _gone(seen[-1]),
        expected="no binding, or State 'Deleted', after DeleteBinding",
        observed=f"State '{_state(seen[-1])}'" if seen[-1].accepted else summarize(seen[-1]),
        exchange=seen[-1],
    )
    if not seen[-1].accepted and _gone(seen[-1]):
        yield from _bound_again(own, Call("CreateBinding", call.params), deleted)


def _bound_again(own: Own, call: Call, deleted: Exchange) -> Flow:
    """Make a binding anew that is gone: it has no duplicate, and is as old as a new one."""
    again = yield from until(call, lambda e: react(e) is not Reaction.TAKEN, own.world.settle_seconds)
    expected = "a bucket can be bound again once its binding was deleted"
    if again.accepted:
        own.removals.append(Call("DeleteBinding", call.params))
        yield from judged_creation(again)
    if again.accepted or react(again) is Reaction.TAKEN:
        yield expect(
            _GONE, again.accepted, expected=expected, observed=summarize(again), exchange=again, control=deleted
        )


def _gone(exchange: Exchange) -> bool:
    return react(exchange) is not Reaction.BROKEN and (not exchange.accepted or _state(exchange) == "Deleted")
