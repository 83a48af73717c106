"""Writing the log while a run goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from conformance.evidence.encoding import exchange_to_json, notice_to_json, plain
from conformance.exchange import Exchange, Notice, Source
from conformance.notifications.channel import Channel, ChannelError
from conformance.target.config import Fixtures
from reports.runlog import LogWriter
from reports.tally import Tally

End = Literal["done", "cut", "over", "left-out", "defect"]


class PlaybackError(Exception):
    """A log that is judged again cannot go on; it is no defect of the case."""


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a process of a run knows its own: the token in names, the mark in descriptions.

    `recalled` are the choices of examples that it draws first, by case.
    """

    token: str
    mark: str
    recalled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Recorder:
    """Writes what one process sees; without a writer it keeps nothing.

    `part` is the name of the process.
    """

    writer: LogWriter | None = None
    part: str = "main"
    _under_way: list[tuple[str, Tally]] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    def begin(self, identity: Identity, seeded: Fixtures, *, in_process: bool, at_once: int) -> None:
        """Write by what the part can be judged again."""
        own = {name: plain(value) for name, value in asdict(identity).items() if value}
        self.write("header", {**own, "seeded": plain(asdict(seeded)), "in_process": in_process, "at_once": at_once})

    @property
    def active(self) -> bool:
        """Whether anything is done with what is seen."""
        return self.writer is not None

    def enter(self, case: str, tally: Tally) -> None:
        """Begin a case; what `tally` gets until it is settled is its, and none of the case in which it began."""
        self._under_way.append((case, tally.copy() if self.active else Tally()))

    def exchange(self, exchange: Exchange) -> Exchange:
        """Write an exchange with the target and return it."""
        if self.active:
            self.write("exchange", {"what": "call", **self._context(), **exchange_to_json(exchange)})
        return exchange

    def opened(self, channels: Sequence[Channel]) -> Sequence[Channel]:
        """Write which channels were opened; return them so that what comes in is written too."""
        if not self.active:
            return channels
        sources = [[asdict(s) for s in c.sources] for c in channels]
        self.write("exchange", {"what": "channels", **self._context(), "sources": sources})
        return [_Recorded(self, c, number) for number, c in enumerate(channels)]

    def received(self, channel: int, turn: int, item: Notice | Exchange | str) -> None:
        """Write what the `turn`th collecting from a channel brought; a text is why it failed."""
        members: dict[str, Any]
        if isinstance(item, str):
            members = {"error": item}
        elif isinstance(item, Exchange):
            members = {"queue": exchange_to_json(item)}
        else:
            members = {"notice": notice_to_json(item)}
        self.write("exchange", {"what": "received", **self._context(), "channel": channel, "turn": turn, **members})

    def settled(self, end: End, tally: Tally, why: str = "") -> None:
        """Write what the case settled, and why it could not judge if it could not."""
        if self.active:
            self.write("verdict", {**self._context(), **verdict_to_json(end, self._added(tally), why)})
        self._under_way.pop()

    def write(self, kind: str, members: Mapping[str, Any]) -> None:
        """Write one line."""
        if self.writer is not None:
            self.writer.append(kind, {"part": self.part, **members})

    def _added(self, tally: Tally) -> Tally:
        """Return what `tally` got of the case under way; the one in which it began has nothing of that."""
        added = tally.since(self._under_way[-1][1])
        if len(self._under_way) > 1:
            self._under_way[-2][1].merge(added)
        return added

    def close(self) -> None:
        """Close the log."""
        if self.writer is not None:
            self.writer.close()

    def _context(self) -> dict[str, Any]:
        return {
            "case": self._under_way[-1][0] if self._under_way else "",
            "at": round(time.monotonic() - self._started, 6),
        }


def verdict_to_json(end: End, settled: Tally, why: str) -> dict[str, Any]:
    """Return what a case settled as members of a line."""
    return {"end": end, "why": why, "tally": {k: v for k, v in settled.to_json().items() if v}}


class _Recorded:
    """A channel of which everything that comes in is written."""

    def __init__(self, recorder: Recorder, channel: Channel, number: int) -> None:
        self._recorder = recorder
        self._channel = channel
        self._number = number
        self._turn = 0

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where messages come in."""
        return self._channel.sources

    def collect(self) -> Iterable[Notice | Exchange]:
        """Yield what comes in. Raises ChannelError as the channel does."""
        self._turn += 1
        turn = self._turn
        try:
            for item in self._channel.collect():
                self._recorder.received(self._number, turn, item)
                yield item
        except ChannelError as error:
            self._recorder.received(self._number, turn, str(error))
            raise

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()
