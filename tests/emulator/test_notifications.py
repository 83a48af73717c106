"""What is published when indexing ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, Request, Subscription
from tests.emulator.conftest import Caller, StillClock

TOPIC = {"MNS": {"TopicName": "topic"}}
GOOD, BAD = "oss://bucket/a.jpg", "oss://bucket/missing/b.jpg"


def published(caller: Caller, topic: str = "topic") -> list[dict[str, Any]]:
    """Return the messages of a topic."""
    return [json.loads(text) for text in caller.emulator.messages(topic)]


def test_message(dataset: Caller, clock: StillClock) -> None:
    """The message tells of every file in the order of the request; one bad file does not stop the other."""
    files = [{"URI": BAD}, {"URI": GOOD, "CustomLabels": {"category": "Pets"}}]
    dataset.scoped("BatchIndexFileMeta", Files=files, Notification=TOPIC, UserData="dä")
    clock.advance(1)

    (message,) = published(dataset)
    assert message.pop("RequestId")
    assert message == {
        "ProjectName": "project",
        "DatasetName": "dataset",
        "StartTime": "2024-05-06T15:08:09.123456+08:00",
        "EndTime": "2024-05-06T15:08:09.143456+08:00",
        "Success": True,
        "Message": "",
        "Files": [
            {"URI": BAD, "Error": "[InvalidArgument] File does not exist."},
            {"URI": GOOD, "CustomLabels": {"category": "Pets"}, "Error": ""},
        ],
        "UserData": "dä",
    }


def test_fields_are_those_of_the_documented_sample(dataset: Caller, clock: StillClock, data: Path) -> None:
    """Without UserData a message has the fields of the sample."""
    sample = json.loads((data / "examples" / "IndexFileMeta.notification.json").read_text())
    dataset.scoped("IndexFileMeta", File={"URI": GOOD, "CustomLabels": {}}, Notification=TOPIC)
    clock.advance(1)

    (message,) = published(dataset)
    assert message.keys() == sample.keys()
    assert message["Files"][0].keys() == sample["Files"][0].keys()


def test_message_comes_when_indexing_ends(dataset: Caller, clock: StillClock) -> None:
    """Nothing is published before the files can be read."""
    dataset.scoped("IndexFileMeta", File={"URI": GOOD}, Notification=TOPIC)

    assert published(dataset) == []


def test_message_goes_to_the_named_topic_only(dataset: Caller, clock: StillClock) -> None:
    """No other topic gets the message, and without a topic nothing is published."""
    dataset.scoped("IndexFileMeta", File={"URI": GOOD}, Notification=TOPIC)
    dataset.scoped("IndexFileMeta", File={"URI": GOOD})
    clock.advance(1)

    assert (len(published(dataset)), published(dataset, "other")) == (1, [])


def test_deletion_under_way_is_reported(dataset: Caller, clock: StillClock) -> None:
    """A file whose entry was deleted before it was indexed has an error."""
    dataset.scoped("IndexFileMeta", File={"URI": GOOD}, Notification=TOPIC)
    dataset.scoped("DeleteFileMeta", URI=GOOD)
    clock.advance(1)

    assert published(dataset)[0]["Files"][0]["Error"].startswith("[StatusConflict]")


@pytest.mark.parametrize(
    "notification",
    [
        {},
        TOPIC,
        {"RocketMQ": {"InstanceId": "i", "TopicName": "t"}},
        {"ExtendedMessageURI": "oss://bucket/details.json", **TOPIC},
    ],
)
def test_notifications_are_accepted(dataset: Caller, notification: dict[str, object]) -> None:
    """Every documented form is accepted."""
    assert dataset.scoped("IndexFileMeta", File={"URI": GOOD}, Notification=notification).status == 200


@pytest.mark.parametrize(
    "notification",
    [
        [],
        "topic",
        {"MNS": {}},
        {"MNS": "topic"},
        {"MNS": {"TopicName": 1}},
        {"RocketMQ": {"TopicName": "t"}},
        {"RocketMQ": {"InstanceId": "i"}},
        {"ExtendedMessageURI": "http://example.com/"},
    ],
)
def test_other_notifications_are_refused(dataset: Caller, notification: object) -> None:
    """A notification without its topic, or of another type, is refused."""
    reply = dataset.scoped("IndexFileMeta", File={"URI": GOOD}, Notification=json.dumps(notification))

    assert (reply.status, reply.code) == (400, "InvalidArgument")


@pytest.mark.parametrize(("method", "path"), [("GET", "/queues/queue"), ("PUT", "/queues/queue/messages")])
def test_what_is_not_served_of_a_queue_is_refused_in_its_own_words(method: str, path: str) -> None:
    """A client of the message service reads the Code in the XML that it knows, whatever it asks of a queue."""
    subscribed = Emulator(subscriptions=[Subscription("topic", "acs:mns:test:1:queues/queue", "queue", "SIMPLIFIED")])

    answer = subscribed.handle(Request(method, path, "", (("x-mns-version", "2015-06-06"),), b""))

    assert (answer.status, b"<Code>InvalidRequestURL</Code>" in answer.body) == (400, True)
