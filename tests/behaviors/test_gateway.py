"""Checks of the gateway: a correct server, servers with one fault, and servers that deviate lawfully."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import pytest

from conformance.selftest.planting import planted_faults
from conformance.selftest.trial import try_fault
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, throttled
from tests.behaviors.judging import Hook, Requirements, declared, judge, lawful, refusing, violated

REQUIREMENTS = declared("Gateway")
FAULTS = sorted(f.id for f in planted_faults().values() if f.requirement in REQUIREMENTS)
UNPROVOKED = {f"Gateway/behavior/{slug}" for slug in ("throttling", "throttling-hint", "forbidden")}
"""What no run provokes; it is judged where a target shows it."""

IMPLIED = {"plus-as-plus": {"header-signed-accepted"}}
"""What a fault cannot but break as well."""

judged = partial(judge, select=("Gateway/behavior/*",), operation="Gateway")


@lru_cache(maxsize=1)
def on_a_correct_server() -> Requirements:
    """Return what a run against the emulator as it is says."""
    return judged()


@pytest.mark.parametrize("requirement", [r for r in REQUIREMENTS if r not in UNPROVOKED])
def test_correct_server_conforms(requirement: str) -> None:
    """Every requirement that a run can provoke is exercised and conforms."""
    assert on_a_correct_server()[requirement]["outcome"] == "conforms"


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught_under_its_requirement(fault: str) -> None:
    """A server with one fault violates that requirement, and no other of the gateway."""
    planted = planted_faults()[fault]
    implied = {f"Gateway/behavior/{slug}" for slug in IMPLIED.get(fault, ())}

    found = set(try_fault(fault).reported) & set(REQUIREMENTS)

    assert found == {planted.requirement} | implied


def test_every_requirement_has_a_fault() -> None:
    """For each requirement there is a server that breaks it."""
    assert {f.requirement for f in planted_faults().values()} >= set(REQUIREMENTS)


def _with_404(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    return replace(answer, status=404) if answer.payload.get("Code") == "ResourceNotFound" else answer


def _with_extras(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    spaced = {**answer.headers, "content-type": "Application/JSON; charset=UTF-8", "x-extra": "1"}
    return replace(answer, payload={**answer.payload, "Extra": {"uri": 1}}, headers=spaced)


def _without_optional(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    if answer.status >= 400:
        return replace(answer, payload={n: v for n, v in answer.payload.items() if n != "Recommend"}, headers={})
    return answer


def _empty_texts(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    return replace(answer, payload={"Code": "", "Message": "", **answer.payload}) if answer.status == 200 else answer


def _without_labels(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    files = answer.payload.get("Files")
    if not isinstance(files, list):
        return answer
    kept = [{n: v for n, v in file.items() if n not in ("CustomId", "CustomLabels")} for file in files]
    return replace(answer, payload={**answer.payload, "Files": kept[::-1]})


@pytest.mark.parametrize("after", [_with_404, _with_extras, _without_optional, _empty_texts, _without_labels])
def test_lawful_answers_break_no_must(after: Hook) -> None:
    """Other lawful answers violate nothing that is a MUST."""
    assert violated(judged(lawful(after=after)), "MUST") == set()


@pytest.mark.parametrize(
    ("error", "broken"),
    [
        (lambda: throttled(20), set()),
        (lambda: ApiError(429, "Throttling", "Slow down.", headers={"x-acs-retry-after": "1"}), set()),
        (lambda: ApiError(429, "Throttling", "Slow down."), {"Gateway/behavior/throttling-hint"}),
        (lambda: ApiError(503, "ServiceUnavailable", "Come back later."), set()),
    ],
)
def test_throttling_breaks_nothing_else(error: Callable[[], ApiError], broken: set[str]) -> None:
    """A target that is busy with every third GET is told apart from one that serves no GET."""
    calls = iter(range(10_000))

    found = judged(refusing(lambda call: call.method == "GET" and next(calls) % 3 == 0, error))

    assert violated(found) == broken


def test_lack_of_permission_is_judged() -> None:
    """A call that is not permitted is refused with 403 and its Code."""
    found = judged(
        refusing(
            lambda call: call.action == "CreateBinding" and call.method == "GET",
            lambda: ApiError(403, "NoPermission", "You are not authorized."),
        )
    )

    assert found["Gateway/behavior/forbidden"]["outcome"] == "conforms"
    assert violated(found) == set()


def test_page_of_a_proxy_is_one_finding() -> None:
    """An answer that is not the service's has a finding for its body and one for its status."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        page = replace(answer, status=502, body=b"<html>Bad Gateway</html>", headers={"content-type": "text/html"})
        return page if call.action == "BatchDeleteFileMeta" else answer

    assert violated(judged(lawful(after=after))) == {"Gateway/error/type", "Gateway/behavior/no-server-error"}


def test_server_that_takes_everything_does_not_conform() -> None:
    """A refusal that does not come is seen, whatever the server answers instead."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        return replace(answer, status=200) if answer.status >= 400 else answer

    found = violated(judged(lawful(after=after)), "MUST")

    assert {"Gateway/behavior/status-class", "Gateway/behavior/unknown-action"} <= found


def test_server_that_refuses_everything_does_not_conform() -> None:
    """Without an accepted twin no refusal counts."""
    found = judged(refusing(lambda call: True, lambda: ApiError(400, "InvalidArgument", "No.")))

    assert found["Gateway/behavior/unknown-action"]["outcome"] != "conforms"
    assert found["Gateway/behavior/missing-parameter"]["outcome"] != "conforms"


def test_server_without_signatures_is_not_judged_by_them() -> None:
    """Where no signature is verified, what is about signatures has a reason instead of an outcome."""
    found = judged(variations=("no-signatures",))

    assert violated(found) == set()
    assert found["Gateway/behavior/replayed-nonce"]["outcome"] == "not-exercised"
    assert "verifies no signatures" in found["Gateway/behavior/replayed-nonce"]["reason"]


def test_parameters_that_sources_call_optional_may_be_left_out() -> None:
    """GetBinding may succeed without DatasetName and URI, and no source fixes the Code of a missing JobId."""

    def known(call: Call, emulator: Emulator) -> Answer | None:
        asked = {"GetBinding": ("DatasetName", "URI"), "GetBatchMediaProducingJob": ("JobId",)}.get(call.action, ())
        left_out = [name for name in asked if name not in call.params]
        return emulator.refuse(call, ApiError(404, "JobNotFound", "There is no such job.")) if left_out else None

    found = judged(lawful(before=known))

    assert found["Gateway/behavior/missing-parameter"]["outcome"] == "conforms"


def test_key_that_may_do_little_is_not_told_what_exists() -> None:
    """Where a policy names one project, another project is forbidden rather than unknown."""

    def elsewhere(call: Call, emulator: Emulator) -> Answer | None:
        project = call.params.get("ProjectName")
        if project is None or project in emulator.state.projects or call.action == "CreateProject":
            return None
        return emulator.refuse(call, ApiError(403, "NoPermission", "You are not authorized."))

    found = judged(lawful(before=elsewhere))

    assert violated(found, "MUST") == set()
    assert found["Gateway/behavior/unknown-project"]["outcome"] == "inconclusive"


def test_objects_that_do_not_exist_are_no_evidence_of_lost_characters() -> None:
    """Where an index call looks for the object, a made-up one with a plain name is refused too; ids show the text."""

    def looking(call: Call) -> bool:
        return "utf-8/" in f"{call.params.get('File')}{call.params.get('Files')}"

    found = judged(refusing(looking, lambda: ApiError(400, "InvalidArgument", "File does not exist.")))

    assert found["Gateway/behavior/utf-8"]["outcome"] == "conforms"


def test_texts_of_the_wire_are_told_as_they_are() -> None:
    """What was sent as it stands is shown so, and not as a value of the kit."""
    finding = judged(planted_faults()["false-in-capitals"])["Gateway/behavior/boolean-case"]["findings"][0]

    assert '"RequestDefinition": "False"' in finding["request"]
    assert "RawText" not in str(finding)
