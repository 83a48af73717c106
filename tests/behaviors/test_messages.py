"""The checks of messages: what they say of lawful servers, and of one that is wrong in a way of its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.behaviors.messages import success, user_data
from conformance.exchange import Answer as Received
from conformance.exchange import Call as Sent
from conformance.exchange import Exchange, Notice, Source
from conformance.exchange import Sent as Request
from conformance.judge import AnswerJudge
from conformance.notifications.linking import Links
from conformance.notifications.parsing import read_queued
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Answer, Call, Emulator, Publication
from openapi import load_contract
from tests.behaviors.judging import by_id

MEANING = "Notifications/behavior/message-success-meaning"
EMPTY = "Notifications/behavior/receive-empty"


def judged(fault: PlantedFault, *select: str) -> dict[str, dict[str, Any]]:
    """Return the entries of a report by requirement."""
    report = judge_emulator([fault], settings=Settings(select=select))
    return by_id(report)


def published(**members: Any) -> PlantedFault:
    """Return a fault that changes members of every message."""

    def change(publication: Publication, emulator: Emulator) -> list[Publication]:
        del emulator
        return [replace(publication, text=json.dumps(json.loads(publication.text) | members))]

    return PlantedFault("members", MEANING, "messages have other members", published=change)


def notice(value: dict[str, Any]) -> Notice:
    """Return a message about a call that indexed one file."""
    asked = Sent("IndexFileMeta", {"File": {"URI": "oss://examplebucket/a.jpg"}})
    cause = Exchange(asked, Request("POST", "http://localhost/", ()), Received(200, {}, b"{}", {}))
    return Notice(Source("push"), b"", value=value, cause=cause)


def test_a_call_that_failed_as_a_whole_is_lawful() -> None:
    """A message that gives a reason for the whole call is not judged by its files, of which no source tells."""
    files = [{"URI": "oss://examplebucket/a.jpg", "Error": ""}]

    verdicts = list(success(notice({"Success": False, "Message": "The quota is spent.", "Files": files})))

    assert [v for v in verdicts if v.outcome == "violates"] == []


def test_a_reason_for_no_failure_is_found_out() -> None:
    """A message that tells of a failure, with a reason, while every file was indexed is found wrong."""
    found = judged(published(Success=False, Message="It failed."), MEANING)

    assert found[MEANING]["outcome"] == "violates"


@pytest.mark.parametrize(("status", "code"), [(404, "QueueNotExist"), (400, "InvalidDateHeader")])
def test_a_queue_that_cannot_be_read_breaks_nothing(status: int, code: str) -> None:
    """An error about something else than an empty queue is no wrong answer of an empty queue."""

    def refuse(call: Call, emulator: Emulator) -> Answer | None:
        del emulator
        return Answer(status, {"Code": code, "Message": "No."}) if call.action == "ReceiveMessage" else None

    found = judged(PlantedFault("queue", EMPTY, "the queue is not there", before=refuse), "Notifications/behavior/*")

    assert found[EMPTY]["outcome"] != "violates"


def told_user_data(given: str, told: str) -> dict[str, str]:
    """Return what is said of a message whose UserData is `told`, about a call with `given`; an empty one is none."""
    topic = {"Notification": {"MNS": {"TopicName": "topic"}}}
    asked = Sent("IndexFileMeta", {"UserData": given, **topic} if given else topic)
    cause = Exchange(asked, Request("POST", "http://localhost/", ()), Received(200, {}, b"{}", {}))
    heard = Notice(Source("push"), b"", value={"UserData": told} if told else {}, cause=cause)
    return {v.requirement.partition("/")[0]: v.outcome for v in user_data(heard)}


@pytest.mark.parametrize(
    ("given", "told", "said"),
    [
        ("a", "a", {"IndexFileMeta": "conforms", "Notifications": "conforms"}),
        ("ab", "a", {"IndexFileMeta": "violates", "Notifications": "conforms"}),
        ("a", "", {"IndexFileMeta": "violates", "Notifications": "violates"}),
        ("", "a", {"Notifications": "violates"}),
        ("", "", {}),
    ],
)
def test_user_data_comes_back_unchanged_and_not_unasked(given: str, told: str, said: dict[str, str]) -> None:
    """The operation judges that UserData is unchanged, the rule of all messages that it is there, and only then."""
    found = told_user_data(given, told)

    assert found == said


def delivered(queue_id: str, topic_id: str) -> Notice:
    """Return a copy in a queue of a message about the call that `links` knows."""
    inner = {"UserData": "run-1", "Files": [{"URI": "oss://examplebucket/run-1/a.jpg", "Error": ""}]}
    fields = {"TopicName": "topic", "MessageId": topic_id, "Message": json.dumps(inner)}
    return read_queued(Source("queue", "q"), {"MessageId": queue_id, "MessageBody": json.dumps(fields)})


@pytest.fixture
def links() -> Links:
    """Return what knows one call that asked for a message."""
    params = {"File": {"URI": "oss://examplebucket/run-1/a.jpg"}, "UserData": "run-1"}
    asked = Sent("IndexFileMeta", {**params, "Notification": {"MNS": {"TopicName": "topic"}}})
    links = Links("run-1", "topic")
    links.note(Exchange(asked, Request("POST", "http://localhost/", ()), Received(200, {}, b"{}", {}), number=1))
    return links


def test_two_copies_in_a_queue_are_one_message(links: Links) -> None:
    """A message that is handed on to a queue twice, as retries may do, counts as one."""
    links.link(delivered("queue-1", "topic-1"))

    again = links.link(delivered("queue-2", "topic-1"))

    assert again.rank == 1


def test_two_messages_of_a_topic_are_two(links: Links) -> None:
    """A message that is published twice counts as two."""
    links.link(delivered("queue-1", "topic-1"))

    again = links.link(delivered("queue-2", "topic-2"))

    assert again.rank == 2


def test_names_in_json_text_break_no_spelling() -> None:
    """How members are spelled inside JSON text, which only examples show, is no matter of the members of an answer."""
    node = load_contract().operations["GetBatchMediaProducingJob"].response

    sight = AnswerJudge(node).judge({"EditingBatchJob": {"Extend": '{"errorCode":"InvalidMaterial.NotFound"}'}})

    assert sight.misspelt == []
    assert sight.unknown == ["$.EditingBatchJob.Extend#.errorCode"]


def test_a_file_that_is_told_of_and_not_stored_is_found_out() -> None:
    """A file whose Error is empty is to be found (IMM-BGFM-AFTER-INDEX), one of PDS too."""
    lost = after_reading(lambda file: not str(file.get("URI")).startswith("pds:"))

    found = judged(lost, "IndexFileMeta/behavior/message-error-decides")

    assert found["BatchGetFileMeta/behavior/found-after-index"]["outcome"] == "violates"


def after_reading(stored: Callable[[dict[str, Any]], bool]) -> PlantedFault:
    """Return a fault that shows only the files that are `stored`."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        files: Any = answer.payload.get("Files")
        if call.action == "BatchGetFileMeta" and answer.status == 200:
            answer.payload["Files"] = [file for file in files if stored(file)]
        return answer

    return PlantedFault("lost", MEANING, "some files are not stored", after=after)
