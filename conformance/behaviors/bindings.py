"""CreateBinding: refusals, what a creation brings about, limits (facts imm.md 3.5)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors.instants import read_instant
from conformance.behaviors.own import EXISTS, NOT_FOUND, Own, member, needed, refusal, says_nothing, unsure
from conformance.behaviors.zones import told_in_its_zone
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Verdict, VerdictOutcome
from conformance.judge.reaction import Reaction, not_missed, react, says_full, summarize, why_unusable
from conformance.polling import insist, until
from conformance.world import Place, World, base_params

_PDS = "pds://domains/bj1/drives/1/files/{0}/revisions/{0}".format("9520943dc2" * 4)
_CREATED = "CreateBinding/response/Binding/CreateTime/format"
_LIMIT = "CreateBinding/behavior/binding-limit"
_VISIBLE = "CreateBinding/behavior/visible"
_LOOKS = 12
"""So often one after the other is looked for what was missing, to tell several servers from one."""
_NOT_FOUND = "GetBinding/behavior/not-found"
UNBOUND = "Provisioning/behavior/delete-binding-scope"
_DELETE_ORDER = "Provisioning/behavior/delete-dataset-order"


@check(
    "CreateBinding/behavior/unknown-project",
    "CreateBinding/behavior/unknown-dataset",
    tier="create-and-clean",
)
def unknown_places(world: World) -> Flow:
    """IMM-CB-NOPROJECT, IMM-CB-NODATASET: names that exist nowhere, one of them almost like one that does."""
    base = base_params("CreateBinding", world)
    control = yield Call("CreateBinding", base, reuse=True)
    if not react(control).understands:
        raise Inconclusive(f"the control was not accepted: {why_unusable(control)}")
    for slug, name in (("unknown-project", "ProjectName"), ("unknown-dataset", "DatasetName")):
        for unknown in world.unknown_names(base[name]):
            probe = yield Call("CreateBinding", {**base, name: unknown})
            what = f"the unknown {name} '{unknown}'"
            yield refusal(f"CreateBinding/behavior/{slug}", probe, control, what, NOT_FOUND)


@check(
    _VISIBLE,
    "CreateBinding/behavior/uri-with-object",
    "CreateBinding/behavior/uri-of-pds",
    "CreateBinding/behavior/echo",
    "CreateBinding/behavior/success-200",
    "CreateBinding/behavior/no-null",
    "CreateBinding/behavior/initial-state",
    "CreateBinding/behavior/phase-empty-before-scan",
    "CreateBinding/behavior/times-equal",
    "CreateBinding/behavior/reason-only-failed",
    "CreateBinding/behavior/duplicate",
    "CreateBinding/behavior/bind-count",
    _LIMIT,
    _NOT_FOUND,
    UNBOUND,
    _DELETE_ORDER,
    tier="create-and-clean",
)
def creations(world: World) -> Flow:
    """Fill a dataset that takes two bindings, and ask for one too many.

    Without CreateDataset the binding that the rows stand on serves for what one binding can show.
    """
    own = Own(world)
    yield from own.tidied(_creations(own))


def _creations(own: Own) -> Flow:
    place = own.place("bind")
    made = yield from own.dataset(place, DatasetMaxBindCount=2)
    if not made.accepted:
        place = own.world.writing
    refused = yield from _refused_uris(own, place)
    if made.accepted:
        first = yield from own.bind_any(place, "ab")
    else:
        first = yield Call("CreateBinding", base_params("CreateBinding", own.world), reuse=True)
    for requirement, probe, what in refused:
        if first.accepted or probe.accepted:
            yield refusal(requirement, probe, first, what)
    if not first.accepted:
        if made.accepted and says_full(first):
            yield _not_full(first, "a first")
        raise Inconclusive(f"no bucket can be bound: {why_unusable(first if made.accepted else needed(made))}")
    yield from judged_creation(first)
    yield from _visible(first)
    again = yield Call("CreateBinding", first.call.params)
    yield refusal("CreateBinding/behavior/duplicate", again, first, "a second binding of one bucket", EXISTS)
    needed(made)
    if not again.accepted and not any(probe.accepted for _, probe, _ in refused):
        yield from _bind_count(own.world, place, 1)
        yield from _filled(own, place)
    yield from _kept_dataset(own, place)


def _refused_uris(own: Own, place: Place) -> Generator[Step, Any, list[tuple[str, Exchange, str]]]:
    """Try to bind what is no bucket; what is bound nevertheless is removed at once, to leave the count alone."""
    bucket = own.world.bucket if own.world.given_bucket else f"conformance-{own.world.token}-a"
    probes = []
    for slug, what, uri in (
        ("uri-with-object", "a URI with an object after the bucket", f"oss://{bucket}/photo.jpg"),
        ("uri-with-object", "a URI with a folder after the bucket", f"oss://{bucket}/photos/"),
        ("uri-of-pds", "a PDS URI", _PDS),
    ):
        probe = yield from own.bind(place, uri)
        if probe.accepted:
            yield own.removals.pop()
        probes.append((f"CreateBinding/behavior/{slug}", probe, what))
    return probes


def judged_creation(created: Exchange) -> Iterator[Verdict]:
    """Judge what is said of a new binding only; a repeated call may answer with an older one."""
    binding = member(created, "Binding")
    state = binding.get("State")
    if isinstance(state, str):
        yield expect(
            "CreateBinding/behavior/initial-state",
            state == "Ready",
            expected="State 'Ready' right after creation",
            observed=f"State '{state}'",
            exchange=created,
        )
    made, updated = read_instant(binding.get("CreateTime")), read_instant(binding.get("UpdateTime"))
    if made and updated:
        yield expect(
            "CreateBinding/behavior/times-equal",
            made.same(updated),
            expected="equal CreateTime and UpdateTime right after creation",
            observed=f"CreateTime {binding['CreateTime']}, UpdateTime {binding['UpdateTime']}",
            exchange=created,
        )
    yield from told_in_its_zone(_CREATED, "CreateTime", binding.get("CreateTime"), created)


def _visible(created: Exchange) -> Flow:
    read = yield Call("GetBinding", created.call.params)
    if says_nothing(read):
        yield unsure(_VISIBLE, read)
        return
    if not not_missed(read) and (yield from _comes_and_goes(read.call)):
        why = "one of several servers, of which others know it, does not find the new binding yet"
        yield Verdict(_VISIBLE, "inconclusive", observed=why)
        return
    yield expect(
        _VISIBLE,
        read.accepted,
        expected="GetBinding finds the binding right after creation",
        observed=summarize(read),
        exchange=read,
        control=created,
    )


def _comes_and_goes(read: Call) -> Generator[Step, Any, bool]:
    """Return whether what was missing is found, and then missing again: several servers answer, some of them late."""
    found = False
    for _ in range(_LOOKS):
        seen: Exchange = yield read
        if found and not seen.accepted:
            return True
        found = seen.accepted
    return False


def _bind_count(world: World, place: Place, wanted: int) -> Flow:
    """IMM-CB-BINDCOUNT: `wanted` bindings are counted; a statistic may come late."""

    def settled(read: Exchange) -> bool:
        count = member(read, "Dataset").get("BindCount")
        return count == wanted or (type(count) is not int and not_missed(read))

    read = yield from until(Call("GetDataset", place.params), settled, world.settle_seconds)
    count = member(read, "Dataset").get("BindCount")
    if type(count) is not int:
        told = "shows no BindCount" if count is None else f"shows the BindCount {shown(count)}, which is no number"
        why = f"GetDataset {told}" if read.accepted else why_unusable(read)
        outcome: VerdictOutcome = "blocked" if react(read) is Reaction.UNKNOWN_OPERATION else "inconclusive"
        yield Verdict("CreateBinding/behavior/bind-count", outcome, observed=why)
        return
    yield expect(
        "CreateBinding/behavior/bind-count",
        count == wanted,
        expected=f"BindCount {wanted} with as many bindings",
        observed=f"BindCount {count}",
        exchange=read,
    )


def _filled(own: Own, place: Place) -> Flow:
    """IMM-CB-MAX: the second binding is taken and the third refused where two are allowed."""
    token = own.world.token
    second = yield from own.bind(place, f"oss://conformance-{token}-a")
    if not second.accepted:
        if says_full(second):
            yield _not_full(second, "a second")
            return
        yield Verdict(_LIMIT, "inconclusive", observed=f"no second bucket: {why_unusable(second)}")
        return
    yield from judged_creation(second)
    yield from _bind_count(own.world, place, 2)
    third = yield from own.bind(place, f"oss://conformance-{token}-c")
    what = "a third binding where DatasetMaxBindCount is 2"
    yield refusal(_LIMIT, third, second, what, "LimitExceededError")
    if react(third).refuses and "GetBinding" in own.world.operations:
        yield from _replaced(own, second, third)


def _not_full(refused: Exchange, which: str) -> Verdict:
    what = f"{which} binding is accepted where DatasetMaxBindCount is 2"
    return expect(_LIMIT, False, expected=what, observed=summarize(refused), exchange=refused)


def _replaced(own: Own, second: Exchange, third: Exchange) -> Flow:
    """Look for the binding that was refused, and make it in the place of the second, which leaves the first alone."""
    refused = yield Call("GetBinding", third.call.params)
    if not says_nothing(refused):
        yield refusal(_NOT_FOUND, refused, second, "a bucket whose binding was refused")
    *_, first, removal = own.removals
    removed = yield removal
    if not removed.accepted:
        return
    own.removals.pop()
    kept = yield from insist(Call("GetBinding", first.params), lambda e: e.accepted)
    expected = "one of two bindings is still there once the other was removed"
    yield expect(UNBOUND, kept.accepted, expected=expected, observed=summarize(kept), exchange=kept, control=removed)
    again = yield from until(third.call, lambda e: not says_full(e), own.world.settle_seconds)
    if again.accepted:
        own.removals.append(Call("DeleteBinding", third.call.params))
    if again.accepted or says_full(again):
        what = "a binding is accepted in the place of one that was removed"
        yield expect(_LIMIT, again.accepted, expected=what, observed=summarize(again), exchange=again, control=second)


def still_bound(read: Call, before: Exchange) -> Flow:
    """Judge that a bucket, which was bound `before`, is so after it was unbound from another dataset."""
    after = yield from insist(read, lambda e: e.accepted)
    expected = "a bucket is still bound to a dataset once it is unbound from another one"
    yield expect(UNBOUND, after.accepted, expected=expected, observed=summarize(after), exchange=after, control=before)


def _kept_dataset(own: Own, place: Place) -> Flow:
    """IMM-PRV-DELETEDATASET-ORDER: a dataset goes only after its bindings."""
    early = yield Call("DeleteDataset", place.params)
    late = yield from own.clear()
    if early.accepted or (late is not None and late.accepted):
        yield refusal(_DELETE_ORDER, early, late or early, "DeleteDataset with bindings left")
