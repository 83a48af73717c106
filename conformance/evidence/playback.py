"""A target that is a log: it answers what was answered, if it is asked what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.evidence.encoding import (
    call_to_json,
    exchange_from_json,
    fixtures_from_json,
    notice_from_json,
    queue_call,
    sources_from_json,
)
from conformance.evidence.recording import PlaybackError
from conformance.exchange import Call, Exchange, Notice, Source
from conformance.notifications.channel import Channel, ChannelError
from conformance.target import Connection, Target
from conformance.turnstile import BudgetExhaustedError, RunOverError
from openapi import Contract
from reports.runlog import canonical


class DisagreesError(PlaybackError):
    """The log is not what the kit's checks give; the text says where."""


class UnbegunError(DisagreesError):
    """The log is of a run that could not begin."""


class EndOfLogError(PlaybackError):
    """The log ends here: the run was killed."""


class Playback:
    """The lines of one process, taken one after the other."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self._head = lines[0]
        self._lines = lines
        self._at = 1

    def connect(self, target: Target, contract: Contract) -> Connection:
        """Return the connection to the log; it stands for `conformance.target.connect`."""
        del target, contract
        return Connection(
            client=self,
            sleep=lambda _: None,
            in_process=self._head["in_process"],
            stop=lambda: None,
            open_channels=self._open,
            seeded=fixtures_from_json(self._head["seeded"]),
            at_once=self._head["at_once"],
            admit=self.admit,
        )

    def admit(self) -> None:
        """Raise RunOverError where the run sent nothing more; what it had left its processes shared."""
        line = self.peek()
        if line["kind"] == "verdict" and line["end"] in ("cut", "over"):
            raise (BudgetExhaustedError if line["end"] == "cut" else RunOverError)(line["why"])

    def send(self, call: Call) -> Exchange:
        """Return what came of `call`, if the log goes on with it.

        Raises DisagreesError if it does not, RunOverError where the run
        sent nothing more, EndOfLogError at the end of a killed run.
        """
        self.admit()
        line = self.peek()
        asked = call_to_json(call)
        if line["kind"] != "exchange" or line["what"] != "call" or canonical(line["call"]) != canonical(asked):
            msg = f"{place_of(line)}: the check asks for {_told(asked)}, and the log has {_shown(line)}"
            raise DisagreesError(msg)
        self._at += 1
        return exchange_from_json(line, call)

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def peek(self) -> dict[str, Any]:
        """Return the next line. Raises EndOfLogError if there is none."""
        if self._at == len(self._lines):
            raise EndOfLogError
        return self._lines[self._at]

    def take(self, kind: str, what: str = "") -> dict[str, Any]:
        """Return the next line and go on. Raises DisagreesError if it is something else."""
        line = self.peek()
        if line["kind"] != kind or line.get("what", "") != what:
            msg = f"{place_of(line)}: expected a line of the kind '{kind}', found {_shown(line)}"
            raise DisagreesError(msg)
        self._at += 1
        return line

    @property
    def last(self) -> dict[str, Any]:
        """The line that was taken last."""
        return self._lines[self._at - 1]

    def next_case(self) -> str | None:
        """Return the case that the next line is of, None at the end."""
        return None if self._at == len(self._lines) else str(self.peek()["case"])

    def _open(self, token: str) -> Sequence[Channel]:
        del token
        line = self.take("exchange", "channels")
        return [_Recorded(self, number, sources_from_json(s)) for number, s in enumerate(line["sources"])]


class _Recorded:
    """A channel that hands over what a log says came in."""

    def __init__(self, playback: Playback, number: int, sources: tuple[Source, ...]) -> None:
        self.sources = sources
        self._playback = playback
        self._number = number
        self._turn = 0

    def collect(self) -> Iterator[Notice | Exchange]:
        """Yield what came in at this turn. Raises ChannelError where the channel failed."""
        self._turn += 1
        before: Exchange | None = None
        while self._is_next():
            line = self._playback.take("exchange", "received")
            if "error" in line:
                raise ChannelError(line["error"])
            if "queue" in line:
                before = exchange_from_json(line["queue"], queue_call(line["queue"]), parsed=False)
                yield before
            else:
                yield notice_from_json(line["notice"], before)

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _is_next(self) -> bool:
        try:
            line = self._playback.peek()
        except EndOfLogError:
            return False
        return line.get("what") == "received" and (line["channel"], line["turn"]) == (self._number, self._turn)


def place_of(line: Mapping[str, Any]) -> str:
    """Return the number of a line and its case, for an objection."""
    return f"line {line['seq'] + 1} ({line.get('case') or line['kind']})"


def _told(call: dict[str, Any]) -> str:
    text = f"{call['operation']} {canonical(call['params'])}"
    return text if len(text) <= 300 else f"{text[:299]}…"


def _shown(line: dict[str, Any]) -> str:
    if line["kind"] == "exchange" and line["what"] == "call":
        return _told(line["call"])
    return f"a line of the kind '{line['kind']}'"
