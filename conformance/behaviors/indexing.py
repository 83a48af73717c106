"""BatchIndexFileMeta and IndexFileMeta: which calls are taken, and what their answers tell (imm.md 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.behaviors._index_calls import BATCH, BOTH, SINGLE, Indexing, forget, makes_up, subjects
from conformance.behaviors._lookups import by_uri, look_up
from conformance.behaviors.file_lookups import long_uri
from conformance.behaviors.own import Own, refusal
from conformance.checks.registry import check, conforms, expect, watch
from conformance.exchange import Call, Exchange, Flow, Form, Inconclusive, Verdict
from conformance.judge.reaction import Reaction, react, summarize, why_unusable
from conformance.polling import until
from conformance.world import BlockedError, World, base_params

_OUTCOME = ("Files", "File", "Error", "EndTime")
_MUCH = {"CustomId": "much", "CustomLabels": {"Category": "Persons"}, "Title": "test"}
_MULTI_BYTE = "é\N{CAT FACE}.jpg"


def _success_200(indexing: Indexing, exchange: Exchange) -> Iterator[Verdict]:
    """Judge the status of a success (IMM-BIFM-OK, IMM-IFM-OK)."""
    status = exchange.answer.status if exchange.answer else 0
    requirement = indexing.requirement("success-200")
    yield expect(requirement, status == 200, expected="HTTP 200", observed=f"HTTP {status}", exchange=exchange)


def _tells_nothing(indexing: Indexing, exchange: Exchange) -> Iterator[Verdict]:
    """Judge that the answer holds nothing of the later message (IMM-BIFM-ASYNC, IMM-IFM-ASYNC)."""
    told = [name for name in _OUTCOME if exchange.value.get(name)]
    yield expect(
        indexing.requirement("asynchronous"),
        not told,
        expected="an answer that does not tell the outcome",
        observed=f"{' and '.join(told)} in the answer",
        exchange=exchange,
    )


def _is_silent(indexing: Indexing, exchange: Exchange) -> Iterator[Verdict]:
    """Count the calls without Notification that succeed."""
    if "Notification" not in exchange.call.params:
        yield conforms(indexing.requirement("without-notification"), exchange)


@watch(BATCH.requirement("no-task-id"))
def no_task_id(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that no TaskId is answered (IMM-BIFM-NO-TASKID)."""
    requirement, found = BATCH.requirement("no-task-id"), "TaskId" in exchange.value
    yield expect(requirement, not found, expected="no TaskId", observed="a TaskId", exchange=exchange)


def _without_notification(indexing: Indexing, world: World) -> Flow:
    """Leave Notification out, of a bare file and of one with much; where that is refused, ask again with it."""
    params = base_params(indexing.name, world)
    yield from _asked_again(indexing, Call(indexing.name, params, reuse=True))
    name = "Files" if indexing.takes_many else "File"
    files = [{**file, **_MUCH} for file in (params[name] if indexing.takes_many else [params[name]])]
    yield from _asked_again(indexing, Call(indexing.name, {**params, name: files if indexing.takes_many else files[0]}))


def _asked_again(indexing: Indexing, call: Call) -> Flow:
    probe = yield call
    if probe.accepted:
        return
    topic = {"MNS": {"TopicName": "test-topic"}}
    twin = yield Call(indexing.name, {**call.params, "Notification": topic})
    if not twin.accepted:
        raise Inconclusive(why_unusable(probe))
    yield refused_or_not(indexing.requirement("without-notification"), probe, twin, "no Notification is given")


def refused_or_not(requirement: str, probe: Exchange, control: Exchange, what: str) -> Verdict:
    """Judge that `probe` was accepted; its twin `control` was."""
    reaction = react(probe)
    if reaction.unrelated or probe.answer is None:
        return Verdict(requirement, "inconclusive", observed=why_unusable(probe))
    return expect(
        requirement,
        reaction is Reaction.ACCEPTED,
        expected=f"accepted: {what}",
        observed=f"{reaction.value}: {summarize(probe)}",
        exchange=probe,
        control=control,
    )


def _no_http(indexing: Indexing, world: World) -> Flow:
    """Index http and https URIs, alone and after good ones (IMM-URI-NO-HTTP)."""
    requirement = indexing.requirement("no-http-uri")
    control = yield from indexing.control(world)
    good = {"URI": world.uri("row.jpg")}
    bad = [{"URI": f"{scheme}://{world.bucket}.example.com/photo.jpg"} for scheme in ("http", "https")]
    batches = [[entry] for entry in bad] + ([[good, bad[1]]] if indexing.takes_many else [])
    for inputs in batches:
        probe = yield indexing.call(world.writing, inputs)
        yield refusal(requirement, probe, control, f"the URI '{inputs[-1]['URI']}'")


def _long_keys(indexing: Indexing, world: World) -> Flow:
    """Index keys of exactly 1023 and of 1024 bytes (IMM-URI-OBJECT-NAME)."""
    own = Own(world)
    yield from own.tidied(_lengths(own, indexing))


def _lengths(own: Own, indexing: Indexing) -> Flow:
    world = own.world
    control = yield from indexing.control(world)
    longest = [{"URI": long_uri(world, 1023, end)} for end in (".jpg", _MULTI_BYTE)]
    forget(own, world.writing, [entry["URI"] for entry in longest])
    probe = control
    for call in indexing.calls(world.writing, longest):
        probe = yield call
        if react(probe).refuses and not makes_up(world):
            raise BlockedError(f"no object with a key of 1023 bytes is known: {why_unusable(probe)}")
        what = "the object key has 1023 bytes in UTF-8"
        yield refused_or_not(indexing.requirement("object-key-1023-bytes"), probe, control, what)
    if probe.accepted:
        over = yield indexing.call(world.writing, [{"URI": long_uri(world, 1024, _MULTI_BYTE)}])
        yield refusal(indexing.requirement("object-key-1024-bytes"), over, probe, "an object key of 1024 bytes")


@check(BATCH.requirement("event-id-unique"), tier="create-and-clean")
def event_ids(world: World) -> Flow:
    """Send equal calls and another one, and compare their EventIds (IMM-BIFM-EVENTID)."""
    requirement = BATCH.requirement("event-id-unique")
    control = yield from BATCH.control(world)
    equal = yield Call(BATCH.name, control.call.params)
    other = yield BATCH.call(world.writing, [{"URI": world.uri("row.jpg"), "CustomId": "again"}])
    seen: dict[str, Exchange] = {}
    for exchange in (control, equal, other):
        id_ = exchange.value.get("EventId")
        if exchange.accepted and isinstance(id_, str) and id_:
            first = seen.setdefault(id_, exchange)
            expected, observed = "another EventId for each call", f"'{id_}' again"
            holds = first is exchange
            if len(seen) > 1 or not holds:
                yield expect(requirement, holds, expected=expected, observed=observed, exchange=exchange)


@check(BATCH.requirement("post-only"), tier="create-and-clean")
def post_only(world: World) -> Flow:
    """Send by GET what POST accepted (IMM-BIFM-POST-ONLY)."""
    requirement = BATCH.requirement("post-only")
    control = yield from BATCH.control(world)
    probe = yield Call(BATCH.name, control.call.params, Form(method="GET"))
    reaction, answer = react(probe), probe.answer
    if answer is None or reaction in (Reaction.AUTHENTICATION, Reaction.THROTTLED):
        raise Inconclusive(why_unusable(probe))
    refused = 400 <= answer.status < 500 or answer.status == 501
    observed = f"{reaction.value}: {summarize(probe)}"
    yield expect(requirement, refused, expected="GET is refused", observed=observed, exchange=probe, control=control)


def _missing(world: World) -> str:
    if not world.missing_uris:
        raise BlockedError("no object is known to be missing; add [fixtures] missing_uris")
    return world.missing_uris[0]


@check(SINGLE.requirement("missing-object"), tier="create-and-clean")
def missing_object(world: World) -> Flow:
    """Index an object that does not exist (IMM-IFM-MISSING-OBJECT)."""
    uri = _missing(world)
    control = yield from SINGLE.control(world)
    probe = yield SINGLE.call(world.writing, [{"URI": uri}])
    yield refused_or_not(SINGLE.requirement("missing-object"), probe, control, "what is missing shows only later")
    yield Call("DeleteFileMeta", {**world.writing.params, "URI": uri})


@check(BATCH.requirement("partial"), tier="create-and-clean")
def partial_failure(world: World) -> Flow:
    """Index an object that does not exist among others, at each end and in the middle (IMM-BIFM-PARTIAL)."""
    _missing(world)
    world.need("files")
    own = Own(world)
    yield from own.tidied(_partial(own))


def _partial(own: Own) -> Flow:
    world, requirement = own.world, BATCH.requirement("partial")
    good = subjects(world, "partial", ("a.jpg", "b.mp4", "c.pdf"))
    bad = list(world.missing_uris[:2])
    mixed = [bad[0], *good[:2], *bad[1:], *good[2:]]
    control = yield from BATCH.control(world)
    probe = yield BATCH.call(world.writing, [{"URI": uri} for uri in mixed])
    forget(own, world.writing, mixed)
    if not probe.accepted:
        yield refused_or_not(requirement, probe, control, "one of the objects does not exist")
        return
    read = look_up(world.writing, mixed)
    seen = yield from until(read, lambda e: set(good) <= by_uri(e).keys(), world.settle_seconds)
    if not seen.accepted:
        raise Inconclusive(why_unusable(seen))
    lost = [uri for uri in good if uri not in by_uri(seen)]
    yield expect(
        requirement,
        not lost,
        expected=f"the other {len(good)} files are indexed within {world.settle_seconds:g} s",
        observed=f"{len(lost)} of them are not found" if lost else "",
        exchange=seen,
    )


for _indexing in BOTH:
    watch(_indexing.requirement("success-200"))(partial(_success_200, _indexing))
    watch(_indexing.requirement("asynchronous"))(partial(_tells_nothing, _indexing))
    watch(_indexing.requirement("without-notification"))(partial(_is_silent, _indexing))
    _check = partial(check, tier="create-and-clean")
    _check(_indexing.requirement("without-notification"))(partial(_without_notification, _indexing))
    _check(_indexing.requirement("no-http-uri"))(partial(_no_http, _indexing))
    _lengths_of = _indexing.requirement("object-key-1024-bytes")
    _check(_indexing.requirement("object-key-1023-bytes"), _lengths_of)(partial(_long_keys, _indexing))
