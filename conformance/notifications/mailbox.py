"""The messages of a run: collected from its channels, linked to their calls, waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from conformance.exchange import Exchange, Inconclusive, Listen, Notice, Source, Wait
from conformance.notifications.channel import Channel, ChannelError
from conformance.notifications.linking import Links
from conformance.polling import waits


@dataclass(slots=True)
class Mailbox:
    """Collects messages while flows listen.

    `connect` opens the channels when the first flow listens: calls are
    noted from the start, but an address is taken only where it is needed.
    """

    connect: Callable[[], Sequence[Channel]]
    links: Links
    notices: list[Notice] = field(default_factory=list)
    _channels: Sequence[Channel] | None = None

    def open(self) -> None:
        """Open the channels; a second time does nothing."""
        if self._channels is None:
            self._channels = self.connect()

    def note(self, exchange: Exchange) -> None:
        """Remember a call, so that messages about it are known."""
        self.links.note(exchange)

    def listen(self, step: Listen, let_pass: Callable[[Wait], None]) -> Iterator[Notice | Exchange]:
        """Yield what comes in until the step is done or its time is over.

        Raises Inconclusive if a channel does not work.
        """
        self.open()
        for wait in (None, *waits(step.seconds)):
            if wait:
                let_pass(wait)
            yield from self._collect()
            if self._is_done(step):
                return

    def about(self, exchange: Exchange) -> tuple[Notice, ...]:
        """Return the messages about a call that came so far."""
        return tuple(n for n in self.notices if n.cause is not None and n.cause.number == exchange.number)

    def close(self) -> None:
        """Close the channels."""
        for channel in self._channels or ():
            channel.close()

    def _collect(self) -> Iterator[Notice | Exchange]:
        for channel in self._channels or ():
            try:
                for item in channel.collect():
                    yield self._kept(item) if isinstance(item, Notice) else item
            except ChannelError as error:
                raise Inconclusive(f"no message can be received: {error}") from None

    def _kept(self, notice: Notice) -> Notice:
        linked = self.links.link(notice)
        self.notices.append(linked)
        return linked

    def _is_done(self, step: Listen) -> bool:
        heard = self.about(step.about)
        if step.until is not None:
            return step.until(heard)
        return {n.source for n in heard} >= self._sources()

    def _sources(self) -> set[Source]:
        return {source for channel in self._channels or () for source in channel.sources}
