"""Notifications: receiving the messages of a topic, reading them, and knowing what they are about."""

from conformance.notifications.channel import UNTAKEN, Channel, ChannelError
from conformance.notifications.judging import NoticeJudge
from conformance.notifications.linking import Links
from conformance.notifications.mailbox import Mailbox
from conformance.notifications.queue_reader import QueueReader
from conformance.notifications.receiver import PushReceiver

__all__ = [
    "UNTAKEN",
    "Channel",
    "ChannelError",
    "Links",
    "Mailbox",
    "NoticeJudge",
    "PushReceiver",
    "QueueReader",
]
