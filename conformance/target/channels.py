"""Opening the notification channels that a target file describes."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.exchange import Source
from conformance.notifications import Channel, ChannelError, PushReceiver, QueueReader
from conformance.notifications.scrubbed import ScrubbedChannel
from conformance.serving import NotServedError
from conformance.target.config import Target, TargetError
from conformance.wire.scrubbing import Scrubber
from conformance.wire.signing import Keys


def open_channels(target: Target, keys: Keys, token: str) -> Sequence[Channel]:
    """Open what `[notifications]` names; `token` tells the messages of this run.

    Raises TargetError if an address is taken or a queue cannot be read.
    """
    given = target.notifications
    channels: list[Channel] = []
    if "listen" in given:
        channels.append(_receiver(given["listen"], given.get("format", ""), given.get("path", "")))
    if "queue" in given:
        source = Source("queue", given["queue"])
        reader = QueueReader(given["mns_endpoint"], given["queue"], keys=keys, token=token, source=source)
        _check(reader)
        channels.append(reader)
    scrubber = Scrubber(held=keys.held if target.credentials or target.chain else tuple)
    return [ScrubbedChannel(channel, scrubber) for channel in channels]


def _receiver(address: str, content_format: str, path: str) -> PushReceiver:
    try:
        return PushReceiver(address, Source("push", address, content_format, path))
    except (OSError, OverflowError, UnicodeError, NotServedError) as error:
        msg = f"notifications.listen '{address}' cannot be opened: {error}"
        raise TargetError(msg) from None


def _check(reader: QueueReader) -> None:
    """Read the queue once, so that what is wrong with it is known before anything is judged by it."""
    try:
        for _ in reader.collect():
            pass
    except ChannelError as error:
        reader.close()
        msg = f"[notifications]: {error}"
        raise TargetError(msg) from None
