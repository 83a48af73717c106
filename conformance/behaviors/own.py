"""What the checks of bindings, tasks and provisioning share: things of their own, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.registry import expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Steps, Verdict
from conformance.judge.reaction import react, summarize, why_unusable
from conformance.polling import re_read, waits
from conformance.provisioning.known import create_dataset
from conformance.world import BlockedError, Place, World

NOT_FOUND = "ResourceNotFound"
EXISTS = "ResourceAlreadyExists"


@dataclass(slots=True)
class Own:
    """The datasets and bindings that one check makes and removes again."""

    world: World
    removals: list[Call] = field(default_factory=list)

    def place(self, suffix: str) -> Place:
        """Return the name of a dataset of the check's own, of all kinds of characters that it may have."""
        return Place(self.world.writing.project, f"_Conformance_{self.world.token}-{suffix}")

    def dataset(self, place: Place, **params: Any) -> Steps:
        """Create a dataset."""
        made = yield from create_dataset(self.world, {**place.params, **params})
        if made.accepted:
            self.removals.append(Call("DeleteDataset", place.params))
        return made

    def bind(self, place: Place, uri: str) -> Steps:
        """Create a binding."""
        params = {**place.params, "URI": uri}
        made: Exchange = yield Call("CreateBinding", params)
        if made.accepted:
            self.removals.append(Call("DeleteBinding", params))
        return made

    def bind_any(self, place: Place, name: str) -> Steps:
        """Create a binding to a bucket of the check's own, or else to the bucket that is given.

        Where buckets are looked for only the given one can be bound.
        """
        made = yield from self.bind(place, f"oss://conformance-{self.world.token}-{name}")
        if made.accepted or not self.world.given_bucket:
            return made
        return (yield from self.bind_given(place))

    def bind_given(self, place: Place) -> Steps:
        """Create a binding to the given bucket; its objects are indexed from then on."""
        known = [f.uri for f in self.world.files if f.uri.startswith(f"oss://{self.world.bucket}/")]
        if known:
            self.removals.append(unindexing(place, known[:100]))
        return (yield from self.bind(place, f"oss://{self.world.bucket}"))

    def clear(self) -> Generator[Step, Any, Exchange | None]:
        """Remove what there is, the last first; return the last answer."""
        last: Exchange | None = None
        while self.removals:
            with suppress(BlockedError):  # what may be somebody's is not removed
                last = yield self.removals.pop()
        return last

    def tidied(self, body: Flow) -> Flow:
        """Drive `body` and remove what it made, also when it cannot judge."""
        try:
            yield from body
        except (BlockedError, Inconclusive):
            yield from self.clear()
            raise
        yield from self.clear()


def unindexing(place: Place, uris: Sequence[str]) -> Call:
    """Return the call that removes index entries, at most a hundred."""
    return Call("BatchDeleteFileMeta", {**place.params, "URIs": list(uris)})


def needed(made: Exchange) -> Exchange:
    """Return an exchange of a provisioning operation. Raises BlockedError unless it was accepted."""
    if not made.accepted:
        raise BlockedError(f"{why_unusable(made)}, and the check needs it")
    return made


def follow(
    call: Call,
    done: Callable[[Exchange], bool],
    seconds: float,
    there: Callable[[Exchange], bool] = lambda _: True,
    first: Call | None = None,
) -> Generator[Step, Any, list[Exchange]]:
    """Repeat `call` until `done` says so or `seconds` have passed; return all exchanges.

    `first` is what begins in its place, if given. What was `there` once and is not any more is read again at once.
    """
    seen: list[Exchange] = [(yield first or call)]
    for wait in waits(seconds):
        if done(seen[-1]):
            break
        yield wait
        seen.append((yield from re_read(call, there, seen)))
    return seen


def refusal(requirement: str, probe: Exchange, control: Exchange, what: str, code: str = "") -> Verdict:
    """Judge that `probe` was refused, with `code` if one is given; its twin `control` was accepted."""
    reaction = react(probe)
    if probe.answer is None or says_nothing(probe):
        return unsure(requirement, probe)
    wanted = f"the Code '{code}'" if code else "a 4xx error"
    return expect(
        requirement,
        reaction.refuses and code in ("", probe.answer.code),
        expected=f"{what} is refused with {wanted}",
        observed=f"it was {reaction.value}: {summarize(probe)}",
        exchange=probe,
        control=control,
    )


def made_again(made: Exchange, requirement: str, what: str) -> Steps:
    """Repeat a call that has made something, judge that it is refused, and return what came of it."""
    again: Exchange = yield made.call
    yield refusal(requirement, again, made, what, EXISTS)
    return again


def says_nothing(exchange: Exchange) -> bool:
    """Whether an exchange tells nothing about what it asked for: no answer, or one about something else."""
    return exchange.answer is None or react(exchange).unrelated


def unsure(requirement: str, exchange: Exchange) -> Verdict:
    """Say that a requirement cannot be judged because of what came of `exchange`."""
    return Verdict(requirement, "inconclusive", observed=why_unusable(exchange))


def undisguised(exchange: Exchange) -> bool:
    """Whether the request asks for what its call says, without parameters added on the wire."""
    form, call = exchange.call.form, exchange.call
    return form.action in (None, call.operation) and not any(name in call.params for name, _ in form.extra)


def asked(exchange: Exchange, name: str) -> str:
    """Return a text parameter as it was asked for; empty if there is none or it is broken on purpose."""
    value = exchange.call.params.get(name)
    return value if isinstance(value, str) else ""


def member(exchange: Exchange, name: str) -> dict[str, Any]:
    """Return an object in an answer; empty if it is not there."""
    value = exchange.value.get(name)
    return value if isinstance(value, dict) else {}


def is_text(value: Any) -> bool:
    """Whether a value is a text with something in it."""
    return isinstance(value, str) and bool(value)
