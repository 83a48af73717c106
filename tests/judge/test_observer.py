"""What an exchange shows by itself: occasions, and verdicts on what is broken."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.registry import Scope, Watch
from conformance.exchange import Call, Exchange, Verdict, VerdictOutcome
from conformance.judge.observer import Observation, Observer, settled_by_observer
from openapi import Contract
from tests.judge.conftest import Answered, Unanswered

ID = "7C2D9E36-3C1E-4417-BDB2-1E034F5A6B7C"
TASK = {"RequestId": ID, "Status": "Running"}
ERROR = {"RequestId": ID, "HostId": "imm.test", "Code": "InvalidParameter", "Message": "It is bad."}
STRICT = "Gateway/behavior/strict-json"
SPELLING = "Gateway/behavior/member-spelling"

Seen = tuple[dict[str, int], list[Verdict]]
Watched = Callable[..., Seen]


def watch(requirement: str, operation: str = "*", scope: Scope = "any", outcome: VerdictOutcome = "conforms") -> Watch:
    """Return a watch that says of each exchange what it is told to."""
    return Watch(requirement, operation, scope, lambda seen: [Verdict(requirement, outcome, exchange=seen)])


@pytest.fixture
def observer(contract: Contract) -> Observer:
    """Return an observer without watches."""
    return Observer(contract, ())


@pytest.fixture
def watched(contract: Contract) -> Watched:
    """Return what observes with the given watches, and tells the outcome of watches alone."""

    def observe(exchange: Exchange, *watches: Watch) -> Seen:
        found = Observer(contract, watches).observe(exchange)
        names = {w.requirement for w in watches}
        return {n: c for n, c in found.occasions.items() if n in names}, found.verdicts

    return observe


def only(found: Observation, prefix: str) -> set[str]:
    """Return the occasions of an observation below a prefix."""
    return {name for name, count in found.occasions.items() if name.startswith(prefix) and count}


@pytest.mark.parametrize("status", [200, 299])
def test_success_is_judged_by_the_schema_of_its_operation(observer: Observer, exchange: Answered, status: int) -> None:
    """A success gives occasion for the schema of the operation, its members and its JSON, and no more."""
    found = observer.observe(exchange(status, TASK))

    assert found.verdicts == []
    assert found.occasions == Counter(
        [
            "GetTask/response/type",
            "GetTask/response/RequestId/required",
            "GetTask/response/RequestId/type",
            "GetTask/response/RequestId/pattern",
            "GetTask/response/RequestId/minLength",
            "GetTask/response/Status/required",
            "GetTask/response/Status/type",
            "GetTask/response/Status/enum",
            "GetTask/behavior/no-null",
            SPELLING,
            STRICT,
        ]
    )


@pytest.mark.parametrize("status", [400, 404, 500])
def test_error_is_judged_by_the_envelope(observer: Observer, exchange: Answered, status: int) -> None:
    """An error gives occasion for the envelope, and for no schema of its operation."""
    found = observer.observe(exchange(status, ERROR))

    assert found.verdicts == []
    assert only(found, "GetTask/") == set()
    assert only(found, "Gateway/error/") >= {"Gateway/error/type", "Gateway/error/Code/type"}
    assert only(found, "Gateway/behavior/") == {"Gateway/behavior/no-null", SPELLING, STRICT}


@pytest.mark.parametrize("status", [199, 300, 399])
def test_other_statuses_have_no_schema(observer: Observer, exchange: Answered, status: int) -> None:
    """What is neither success nor error is judged as JSON alone."""
    found = observer.observe(exchange(status, TASK))

    assert (found.occasions, found.verdicts) == (Counter([STRICT]), [])


@pytest.mark.parametrize(
    ("status", "requirement"),
    [(200, "GetTask/response/type"), (400, "Gateway/error/type"), (500, "Gateway/error/type")],
)
def test_body_that_is_no_object(observer: Observer, exchange: Answered, status: int, requirement: str) -> None:
    """A body that is no JSON object breaks the type of the answer, and is told by what it is."""
    empty = exchange(status, problem="the body is empty")

    found = observer.observe(empty)

    observed = f"HTTP {status}, but the body is empty"
    assert found.verdicts == [Verdict(requirement, "violates", "a JSON object", observed, empty)]
    assert found.occasions == Counter([requirement, STRICT])


@pytest.mark.parametrize("value", [None, {"Any": None}])
def test_success_outside_of_the_contract_has_no_schema(
    observer: Observer, exchange: Answered, value: dict[str, Any] | None
) -> None:
    """The successes of provisioning are judged as JSON alone."""
    found = observer.observe(exchange(200, value, operation="CreateProject"))

    assert (found.occasions, found.verdicts) == (Counter([STRICT]), [])


def test_breach_is_a_verdict(observer: Observer, exchange: Answered) -> None:
    """Each breach is a violation of its requirement, with the exchange that shows it."""
    bad = exchange(200, {"RequestId": ID, "Status": "Lost"})

    found = observer.observe(bad)

    assert [(v.requirement, v.outcome, v.observed, v.exchange) for v in found.verdicts] == [
        ("GetTask/response/Status/enum", "violates", '$.Status is "Lost"', bad)
    ]
    assert found.verdicts[0].expected.startswith("one of '")


def test_what_is_not_claimed_breaks_nothing_of_its_own(contract: Contract, exchange: Answered) -> None:
    """Of an operation that a target does not claim only what is the gateway's is judged."""
    bad = exchange(200, {"RequestId": 5, "UploadInfos": {}}, operation="GetUrlUploadInfos")

    found = Observer(contract, (), {"GetTask"}).observe(bad)

    assert found.verdicts == []
    assert all(name.startswith("Gateway/") for name in found.occasions)


def test_null_members_are_told(observer: Observer, exchange: Answered) -> None:
    """The first member that is null is told, and the rest of them is not."""
    bad = exchange(200, {**TASK, "UserData": None, "Tags": None})

    assert observer.observe(bad).verdicts == [
        Verdict(
            "GetTask/behavior/no-null", "violates", "a member without a value is left out", "$.UserData is null", bad
        )
    ]


def test_null_of_an_unknown_member_is_a_null_only(observer: Observer, exchange: Answered) -> None:
    """A member that is null is treated as absent, so one that no document names is not told as undocumented."""
    bad = exchange(200, {"RequestId": ID, "NonExists": [], "More": None}, operation="GetUrlUploadInfos")
    names = ("GetUrlUploadInfos/behavior/known-members", "GetUrlUploadInfos/behavior/no-null")

    found = [(v.requirement, v.observed) for v in observer.observe(bad).verdicts if v.requirement in names]

    assert found == [(names[1], "$.More is null")]


def test_null_in_an_error_is_the_gateways(observer: Observer, exchange: Answered) -> None:
    """A null in an error is none of the operation."""
    found = observer.observe(exchange(400, {**ERROR, "Recommend": None}))

    assert [(v.requirement, v.observed) for v in found.verdicts] == [
        ("Gateway/behavior/no-null", "$.Recommend is null")
    ]


def test_unknown_members_are_told_where_the_list_is_closed(observer: Observer, exchange: Answered) -> None:
    """Members that no document names are told of an operation that has all of its own named."""
    bad = exchange(200, {"RequestId": ID, "More": 1, "UploadInfos": []}, operation="GetUrlUploadInfos")
    name = "GetUrlUploadInfos/behavior/known-members"

    found = [v for v in observer.observe(bad).verdicts if v.requirement == name]

    assert found == [Verdict(name, "violates", "documented members only", "$.More is not documented", bad)]


def test_unknown_members_are_nothing_where_the_list_is_open(observer: Observer, exchange: Answered) -> None:
    """Members that no document names are no fault of an operation that may have more."""
    found = observer.observe(exchange(200, {**TASK, "More": 1}))

    assert found.verdicts == []


def test_misspelt_members_are_told(observer: Observer, exchange: Answered) -> None:
    """A member in another spelling is told together with the right one."""
    bad = exchange(200, {**TASK, "user_data": "a"})

    assert observer.observe(bad).verdicts == [
        Verdict(
            SPELLING,
            "violates",
            "members spelled as documented",
            "$.user_data stands for `UserData`, which is absent",
            bad,
        )
    ]


def test_a_misspelt_member_is_told_once(observer: Observer, exchange: Answered) -> None:
    """A member that stands for a documented one is not told as undocumented too, but the others are."""
    bad = exchange(200, {"RequestId": ID, "nonExists": [], "nonExistsToo": []}, operation="GetUrlUploadInfos")
    names = (SPELLING, "GetUrlUploadInfos/behavior/known-members")

    found = {v.requirement: v.observed for v in observer.observe(bad).verdicts if v.requirement in names}

    assert found == {
        SPELLING: "$.nonExists stands for `NonExists`, which is absent",
        names[1]: "$.nonExistsToo is not documented",
    }


def test_answer_without_known_members_says_nothing_of_members(observer: Observer, exchange: Answered) -> None:
    """Where no known member came, none can be null, unknown or misspelt."""
    found = observer.observe(exchange(200, {"More": 1}))

    assert only(found, "GetTask/behavior/") | only(found, "Gateway/") == {STRICT}
    assert {v.requirement for v in found.verdicts} == {
        "GetTask/response/RequestId/required",
        "GetTask/response/Status/required",
    }


def test_flaws_of_the_json_are_told(observer: Observer, exchange: Answered) -> None:
    """Each flaw of the JSON is a violation, in one occasion."""
    bad = exchange(200, TASK, flaws=("NaN is not JSON", "a string holds a lone surrogate"))

    found = observer.observe(bad)

    assert found.occasions[STRICT] == 1
    assert found.verdicts == [
        Verdict(STRICT, "violates", "strict JSON in UTF-8", "NaN is not JSON", bad),
        Verdict(STRICT, "violates", "strict JSON in UTF-8", "a string holds a lone surrogate", bad),
    ]


def test_contract_without_these_rules(contract: Contract, exchange: Answered) -> None:
    """Of a contract that does not know them, JSON, members and watches are not judged."""
    observer = Observer(replace(contract, ledger={}), (watch("Gateway/behavior/throttling"),))

    found = observer.observe(exchange(200, {**TASK, "UserData": None}, flaws=("NaN is not JSON",)))

    assert found.verdicts == []
    assert only(found, "Gateway/") | only(found, "GetTask/behavior/") == set()


ANY = "Gateway/behavior/no-server-error"
NULL = "GetTask/behavior/no-null"


@pytest.mark.parametrize("form", [{"method": "PUT"}, {"method": "HEAD"}, {"extra": (("Format", "XML"),)}])
def test_unusual_forms_are_not_observed(contract: Contract, exchange: Answered, form: dict[str, Any]) -> None:
    """What comes of another method or another format is no answer of an operation."""
    found = Observer(contract, (watch(ANY),)).observe(exchange(200, {}, **form))

    assert (found.occasions, found.verdicts) == (Counter(), [])


def test_silence_is_not_observed(contract: Contract, unanswered: Unanswered) -> None:
    """Without an answer there is nothing to observe."""
    found = Observer(contract, (watch(ANY),)).observe(unanswered("no answer came"))

    assert (found.occasions, found.verdicts) == (Counter(), [])


@pytest.mark.parametrize(
    ("method", "status", "seen"),
    [
        ("GET", 405, False),
        ("GET", 501, False),
        ("GET", 404, True),
        ("GET", 200, True),
        ("POST", 405, True),
        ("POST", 501, True),
    ],
)
def test_refused_method_is_not_observed(
    observer: Observer, exchange: Answered, method: str, status: int, seen: bool
) -> None:
    """A server that knows no GET is before what the contract is about."""
    found = observer.observe(exchange(status, {}, method=method))

    assert bool(found.occasions) is seen
    assert bool(found.verdicts) is seen


def test_other_format_parameters_are_usual(observer: Observer, exchange: Answered) -> None:
    """A request for JSON is observed like others."""
    assert observer.observe(exchange(200, {}, extra=(("Format", "JSON"),))).verdicts


@pytest.mark.parametrize("outcome", ["conforms", "violates", "inconclusive", "blocked"])
def test_what_watches_say(watched: Watched, exchange: Answered, outcome: VerdictOutcome) -> None:
    """A watch that is content counts, one that is not gives its verdict, all else is nothing."""
    seen = exchange(200, TASK)

    occasions, verdicts = watched(seen, watch(ANY, outcome=outcome))

    assert occasions == ({ANY: 1} if outcome == "conforms" else {})
    assert verdicts == ([Verdict(ANY, "violates", exchange=seen)] if outcome == "violates" else [])


def test_each_content_word_of_a_watch_counts(contract: Contract, exchange: Answered) -> None:
    """A watch that was content twice with one exchange had two occasions."""
    twice = Watch(ANY, "*", "any", lambda seen: [Verdict(ANY, "conforms", exchange=seen)] * 2)

    assert Observer(contract, (twice,)).observe(exchange(200, TASK)).occasions[ANY] == 2


@pytest.mark.parametrize(("operation", "runs"), [("*", True), ("GetTask", True), ("GetBinding", False)])
def test_watches_look_at_their_operation(watched: Watched, exchange: Answered, operation: str, runs: bool) -> None:
    """A watch looks at the exchanges of its operation, or of all."""
    occasions, _ = watched(exchange(200, TASK), watch(ANY, operation))

    assert occasions == ({ANY: 1} if runs else {})


def test_watches_of_each_operation_are_its_own(contract: Contract, exchange: Answered) -> None:
    """What looked at one operation before does not look at another."""
    observer = Observer(contract, (watch(ANY, "GetTask"),))
    observer.observe(exchange(200, TASK))

    other = observer.observe(exchange(200, TASK, operation="GetBinding"))
    again = observer.observe(exchange(200, TASK))

    assert (other.occasions[ANY], again.occasions[ANY]) == (0, 1)


@pytest.mark.parametrize(
    ("scope", "status", "runs"),
    [("accepted", 200, True), ("accepted", 400, False), ("answered", 400, True), ("any", 400, True)],
)
def test_scope_of_watches(watched: Watched, exchange: Answered, scope: Scope, status: int, runs: bool) -> None:
    """A watch of accepted requests does not look at refused ones."""
    occasions, _ = watched(exchange(status, ERROR), watch(ANY, scope=scope))

    assert occasions == ({ANY: 1} if runs else {})


@pytest.mark.parametrize("value", [None, {"Code": "Throttling"}, {"RequestId": None}])
def test_throttled_answers_are_judged_as_such_alone(
    contract: Contract, exchange: Answered, value: dict[str, Any] | None
) -> None:
    """A throttled answer may come from before the server: only its throttling is judged."""
    names = (ANY, "Gateway/behavior/throttling", "Gateway/behavior/throttling-hint", NULL)
    observer = Observer(contract, tuple(watch(name) for name in names))

    found = observer.observe(exchange(429, value, flaws=("NaN is not JSON",)))

    assert (found.occasions, found.verdicts) == (Counter(names[1:3]), [])


def test_what_is_settled_without_a_watch(contract: Contract) -> None:
    """Strict JSON, the spelling of members, and where the contract has rules about unknown and null ones, these."""
    settled = settled_by_observer(contract)

    about_members = {
        name for name in contract.ledger if name.endswith(("/behavior/no-null", "/behavior/known-members"))
    }
    assert {STRICT, SPELLING, "Gateway/behavior/no-null", "IndexFileMeta/behavior/no-null"} <= settled
    assert "BatchGetFileMeta/behavior/known-members" in settled
    assert settled <= {STRICT, SPELLING} | about_members


@pytest.mark.parametrize(
    ("status", "value", "length", "broken"),
    [
        (431, None, 20, True),
        (431, None, 9000, False),
        (400, None, 20, True),
        (400, None, 9000, False),
        (400, {"error": "too many"}, 9000, True),
    ],
)
def test_a_refusal_of_a_long_head_is_not_that_of_the_operation(
    observer: Observer, exchange: Answered, status: int, value: dict[str, Any] | None, length: int, broken: bool
) -> None:
    """An HTTP server refuses a long head by itself, without an envelope; what is short it has no reason to refuse."""
    refused = exchange(status, value)
    sent = replace(refused.sent, url=f"http://127.0.0.1/?URIs={'a' * length}")

    assert bool(observer.observe(replace(refused, sent=sent)).verdicts) == broken


@pytest.mark.parametrize(("given", "broken"), [("oss://bucket/an object", False), ("oss://other-bucket", True)])
def test_what_a_lax_server_takes_and_echoes_is_told_of_its_request_alone(
    observer: Observer, exchange: Answered, given: str, broken: bool
) -> None:
    """A value that breaks a rule breaks it where it is taken, and not once more where it is shown."""
    binding = {"ProjectName": "p", "DatasetName": "d", "URI": "oss://bucket/an object", "State": "Ready"}
    seen = exchange(200, {"RequestId": ID, "Binding": binding})
    call = Call("GetBinding", {"ProjectName": "p", "DatasetName": "d", "URI": given})

    verdicts = observer.observe(replace(seen, call=call)).verdicts

    assert ("GetBinding/response/Binding/URI/pattern" in {v.requirement for v in verdicts}) == broken
