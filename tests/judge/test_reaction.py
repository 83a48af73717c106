"""How answers are classified, and what is said of them in a few words."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.judge import react, why_unusable
from conformance.judge.reaction import (
    Reaction,
    in_short,
    is_denied,
    misses_made_up,
    misses_some,
    refused_for_rule,
    summarize,
)
from tests.judge.conftest import Answered, Unanswered

CODES = {
    "InvalidParameter": Reaction.REFUSED,
    "resourcenotfound": Reaction.REFUSED,
    "NotFoundX": Reaction.REFUSED,
    "ResourceNotFound": Reaction.NOT_FOUND,
    "InvalidTaskId.NotFound": Reaction.NOT_FOUND,
    "ResourceAlreadyExists": Reaction.TAKEN,
    "Binding.AlreadyExisted": Reaction.TAKEN,
    "InvalidAction.NotFound": Reaction.UNKNOWN_OPERATION,
    "InvalidApi.NotFound": Reaction.UNKNOWN_OPERATION,
    "InvalidVersion": Reaction.UNKNOWN_OPERATION,
    "InvalidProduct.NotFound": Reaction.UNKNOWN_OPERATION,
    "InvalidProtocol.NeedSsl": Reaction.UNKNOWN_OPERATION,
    "UnsupportedHTTPMethod": Reaction.UNKNOWN_OPERATION,
    "InvalidAccessKeyId.NotFound": Reaction.AUTHENTICATION,
    "SignatureDoesNotMatch": Reaction.AUTHENTICATION,
    "SignatureNonceUsed": Reaction.AUTHENTICATION,
    "IncompleteSignature": Reaction.AUTHENTICATION,
    "InvalidSignatureVersion": Reaction.AUTHENTICATION,
    "InvalidTimeStamp.Expired": Reaction.AUTHENTICATION,
    "IllegalTimestamp": Reaction.AUTHENTICATION,
    "InvalidSecurityToken.Expired": Reaction.AUTHENTICATION,
    "MissingSecurityToken": Reaction.AUTHENTICATION,
    "MissingAccessKeyId": Reaction.AUTHENTICATION,
    "MissingSignatureNonce": Reaction.AUTHENTICATION,
    "MissingTimestamp": Reaction.AUTHENTICATION,
    "Forbidden.RAM": Reaction.AUTHENTICATION,
    "NoPermission": Reaction.AUTHENTICATION,
    "StatusForbidden": Reaction.AUTHENTICATION,
    "OperationDenied.Suspended": Reaction.AUTHENTICATION,
    "Throttling.User": Reaction.THROTTLED,
    "ServiceUnavailable": Reaction.THROTTLED,
    "ServiceUnAvailable": Reaction.THROTTLED,
    "": Reaction.UNCLEAR,
}
REFUSALS = {Reaction.REFUSED, Reaction.NOT_FOUND, Reaction.TAKEN}


def test_throttling_is_known_in_xml_too(exchange: Answered) -> None:
    """An answer in XML is to be waited for like any other, if its Code says so."""
    made = exchange(400, None)
    assert made.answer is not None
    body = b"<Error><RequestId>1</RequestId><Code>Throttling.Api</Code></Error>"

    assert react(replace(made, answer=replace(made.answer, body=body))) is Reaction.THROTTLED


@pytest.mark.parametrize("status", [400, 499])
@pytest.mark.parametrize("code", CODES)
def test_code_of_a_refusal_decides(exchange: Answered, code: str, status: int) -> None:
    """The Code of a 4xx says what was refused; without one it says nothing."""
    assert react(exchange(status, {"Code": code})) is CODES[code]


@pytest.mark.parametrize(
    ("status", "value", "reaction"),
    [
        (200, {}, Reaction.ACCEPTED),
        (299, {"Code": "Throttling"}, Reaction.ACCEPTED),
        (200, None, Reaction.BROKEN),
        (199, {}, Reaction.BROKEN),
        (302, {"Code": "InvalidParameter"}, Reaction.BROKEN),
        (399, {"Code": "Throttling"}, Reaction.BROKEN),
        (404, None, Reaction.UNCLEAR),
        (404, {"Code": 404}, Reaction.UNCLEAR),
        (429, None, Reaction.THROTTLED),
        (429, {"Code": "InvalidParameter"}, Reaction.THROTTLED),
        (430, {"Code": "InvalidParameter"}, Reaction.REFUSED),
        (500, {"Code": "InvalidParameter"}, Reaction.BROKEN),
        (503, {"Code": "ServiceUnavailable"}, Reaction.THROTTLED),
        (503, None, Reaction.BROKEN),
    ],
)
def test_status_decides_first(
    exchange: Answered, status: int, value: dict[str, Any] | None, reaction: Reaction
) -> None:
    """2xx with an object accepts, 4xx refuses, 429 throttles, all else is broken."""
    assert react(exchange(status, value)) is reaction


def test_silence_is_broken(unanswered: Unanswered) -> None:
    """A request without an answer was not answered properly."""
    assert react(unanswered("no answer came")) is Reaction.BROKEN


@pytest.mark.parametrize("reaction", Reaction)
def test_what_a_reaction_says(reaction: Reaction) -> None:
    """Each reaction accepts, refuses what the request holds, says nothing about it, or is no reaction."""
    assert reaction.refuses is (reaction in REFUSALS)
    assert reaction.understands is (reaction in {Reaction.ACCEPTED, Reaction.TAKEN})
    assert reaction.unrelated is (reaction not in REFUSALS | {Reaction.ACCEPTED, Reaction.BROKEN})


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("InvalidParameter", True),
        ("ResourceNotFound", True),
        ("ResourceAlreadyExists", False),
        ("SignatureDoesNotMatch", False),
        ("Throttling", False),
        ("InvalidVersion", False),
        ("", False),
    ],
)
def test_refused_for_a_rule(exchange: Answered, code: str, refused: bool) -> None:
    """A refusal about something else, or because something exists, is none for a broken rule."""
    assert refused_for_rule(exchange(400, {"Code": code})) is refused


def test_acceptance_refuses_no_rule(exchange: Answered) -> None:
    """What was accepted was not refused for a rule."""
    assert not refused_for_rule(exchange(200, {}))


LONG = "m" * 161


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((400, {"Code": "Bad", "Message": "It is bad."}), "HTTP 400 with Code 'Bad': It is bad."),
        ((400, {"Code": "Bad", "Message": ""}), "HTTP 400 with Code 'Bad'"),
        ((400, {"Code": "Bad", "Message": 7}), "HTTP 400 with Code 'Bad'"),
        ((400, {"Code": "Bad", "message": "no"}), "HTTP 400 with Code 'Bad'"),
        ((400, {"Code": "Bad", "Message": LONG}), f"HTTP 400 with Code 'Bad': {'m' * 160}… (161 characters)"),
        ((400, {"Code": "c" * 81}), f"HTTP 400 with Code '{'c' * 80}… (81 characters)'"),
        ((200, {"RequestId": "1"}), "HTTP 200"),
    ],
)
def test_summary_of_an_envelope(exchange: Answered, given: tuple[int, dict[str, Any] | None], text: str) -> None:
    """A summary has status, Code and message, each on one line and cut short."""
    assert summarize(exchange(*given)) == text


@pytest.mark.parametrize("status", [300, 399])
def test_summary_of_a_redirect(exchange: Answered, status: int) -> None:
    """A redirect is told with where it leads."""
    moved = exchange(status, headers={"location": "l" * 161}, problem="the body is empty")

    assert summarize(moved) == (f"HTTP {status}, a redirect to '{'l' * 160}… (161 characters)' that is not followed")


@pytest.mark.parametrize(
    ("status", "headers"), [(299, {"location": "/a"}), (400, {"location": "/a"}), (302, {"server": "/a"})]
)
def test_summary_of_an_unreadable_body(exchange: Answered, status: int, headers: dict[str, str]) -> None:
    """What is no redirect is told with why its body cannot be read."""
    unreadable = exchange(status, headers=headers, problem="the body is empty")

    assert summarize(unreadable) == f"HTTP {status}, but the body is empty"


def test_summary_of_silence(unanswered: Unanswered) -> None:
    """Without an answer the failure is the summary, whole."""
    assert summarize(unanswered("no connection (refused) (twice)")) == "no connection (refused) (twice)"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((200, None), "HTTP 200 without a JSON object"),
        ((200, {}), "HTTP 200 with an empty object"),
        ((200, {"RequestId": "1"}), "HTTP 200 with RequestId"),
        ((299, {"Code": "Bad"}), "HTTP 299 with Code"),
        ((300, {"Code": "Bad"}), "HTTP 300 with Code 'Bad'"),
        ((404, {"Code": "c" * 81}), f"HTTP 404 with Code '{'c' * 80}… (81 characters)'"),
        ((404, {"Code": 1}), "HTTP 404 with Code"),
        ((200, dict.fromkeys("BACDEFGHI")), "HTTP 200 with A, B, C, D, E, F, G, H"),
        ((200, {"m" * 81: 1}), f"HTTP 200 with {'m' * 80}… (81 characters)"),
    ],
)
def test_equal_answers_read_equal(exchange: Answered, given: tuple[int, dict[str, Any] | None], text: str) -> None:
    """To be counted, answers are told by status and Code, or by the names of their members."""
    assert in_short(exchange(*given)) == text


def test_equal_failures_read_equal(unanswered: Unanswered) -> None:
    """To be counted, failures are told without their details."""
    assert in_short(unanswered("no connection (refused) (twice)")) == "no connection"


@pytest.mark.parametrize(
    ("operation", "params", "missed"),
    [
        ("BatchGetFileMeta", {"URIs": ["known", "other"]}, True),
        ("BatchGetFileMeta", {"URIs": ["known"]}, False),
        ("BatchGetFileMeta", {"URIs": "other"}, False),
        ("BatchGetFileMeta", {"JobIds": ["other"]}, False),
        ("GetUrlUploadInfos", {"JobIds": ["other"]}, True),
        ("GetUrlUploadInfos", {"UploadURLs": ["known", "other"]}, True),
        ("GetUrlUploadInfos", {"JobIds": ["known"], "UploadURLs": ["other"]}, False),
        ("GetUrlUploadInfos", {"URIs": ["other"]}, False),
        ("GetTask", {"URIs": ["other"], "JobIds": ["other"], "TaskId": ["other"]}, False),
    ],
)
def test_what_is_not_known_is_missed(exchange: Answered, operation: str, params: dict[str, Any], missed: bool) -> None:
    """A look-up that asks for more than what is known may be refused as not found."""
    refused = exchange(404, {"Code": "ResourceNotFound"}, operation=operation)
    probe = replace(refused, call=replace(refused.call, params=params))

    assert misses_some(probe, ["known"]) is missed


@pytest.mark.parametrize(("status", "code"), [(200, ""), (400, "InvalidArgument"), (403, "Forbidden")])
def test_nothing_is_missed_unless_it_is_not_found(exchange: Answered, status: int, code: str) -> None:
    """An answer, or a refusal for another reason, is not about what is unknown."""
    given = exchange(status, {"Code": code}, operation="BatchGetFileMeta")
    probe = replace(given, call=replace(given.call, params={"URIs": ["other"]}))

    assert not misses_some(probe, ["known"])


@pytest.mark.parametrize(
    ("code", "message", "made_up"),
    [
        ("InvalidArgument", "The bucket does not exist.", True),
        ("InvalidArgument", "File access forbidden.", True),
        ("ResourceNotFound", "The specified topic is not found.", True),
        ("InvalidArgument", "No such object: a.jpg", True),
        ("NoSuchBucket", None, True),
        ("ResourceNotFound", "The specified resource project is not found.", False),
        ("InvalidArgument", "The file is too large.", False),
        ("InvalidArgument", 7, False),
        ("SignatureDoesNotMatch", "The bucket does not exist.", False),
    ],
)
def test_what_a_run_makes_up_may_be_missing(exchange: Answered, code: str, message: object, made_up: bool) -> None:
    """Buckets, objects and topics may have to exist; a project that the run has made is not made up."""
    assert misses_made_up(exchange(400, {"Code": code, "Message": message})) is made_up


def test_what_is_taken_misses_nothing(exchange: Answered) -> None:
    """An answer that is no refusal says of nothing that it is missing."""
    assert not misses_made_up(exchange(200, {"Message": "The bucket does not exist."}))


def test_clause_of_an_unusable_answer(exchange: Answered) -> None:
    """A reason names the operation, what its answer means and what it was."""
    missing = exchange(404, {"Code": "ResourceNotFound", "Message": "No such task."})

    assert why_unusable(missing) == (
        "GetTask was refused as not found (HTTP 404 with Code 'ResourceNotFound': No such task.)"
    )


@pytest.mark.parametrize(
    ("status", "code", "denied"),
    [
        (400, "NoPermission", True),
        (403, "Forbidden.RAM", True),
        (399, "NoPermission", False),
        (404, "ResourceNotFound", False),
    ],
)
def test_want_of_a_permission_is_told_by_the_code(exchange: Answered, status: int, code: str, denied: bool) -> None:
    """A refusal with such a Code says that the key may not, whatever its status; other answers do not."""
    assert is_denied(exchange(status, {"Code": code})) is denied


def test_without_an_answer_nothing_is_denied(unanswered: Unanswered) -> None:
    """A request that failed says nothing about permissions."""
    assert is_denied(unanswered("late")) is False


def test_a_head_that_is_too_long_is_said_to_be(exchange: Answered) -> None:
    """The reason names the length and the status, not what the body of an HTTP server looks like."""
    refused = exchange(414, None)
    long = replace(refused, sent=replace(refused.sent, url=f"http://127.0.0.1/?{'a' * 5000}"))

    assert why_unusable(long) == (
        "GetTask was refused as too long before the operation saw it (HTTP 414 for a head of 5018 bytes)"
    )
