"""A channel without the secrets of the run, should a message hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.exchange import Exchange, Notice, Source
from conformance.notifications.channel import Channel
from conformance.notifications.parsing import read_push, read_queued
from conformance.wire.scrubbing import Scrubber


class ScrubbedChannel:
    """Hands over what another channel receives, without secrets."""

    def __init__(self, channel: Channel, scrubber: Scrubber) -> None:
        self._channel = channel
        self._scrubber = scrubber

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where messages come in."""
        return self._channel.sources

    def collect(self) -> Iterator[Notice | Exchange]:
        """Yield what came in. Raises ChannelError as the channel does."""
        for item in self._channel.collect():
            yield self._exchange(item) if isinstance(item, Exchange) else self._notice(item)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _exchange(self, exchange: Exchange) -> Exchange:
        answer = exchange.answer
        if answer is None:
            return exchange
        headers = {name: self._scrubber.text(value) for name, value in answer.headers.items()}
        return replace(exchange, answer=replace(answer, headers=headers, body=self._scrubber.clean(answer.body)))

    def _notice(self, notice: Notice) -> Notice:
        text = self._scrubber.text
        if notice.source.kind == "push":
            headers = {name: text(value) for name, value in notice.headers.items()}
            return read_push(
                notice.source, notice.method, text(notice.path), headers, self._scrubber.clean(notice.body)
            )
        fields = {name: text(value) for name, value in notice.queue.items()}
        return replace(read_queued(notice.source, fields), deleted=notice.deleted)
