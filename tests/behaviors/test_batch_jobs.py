"""Checks of GetBatchMediaProducingJob: a correct server, servers with a fault, and other lawful servers."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from conformance.selftest.planting import PlantedFault
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, unknown_action
from emulator.limits import Timings
from emulator.state import BatchJob
from emulator.times import nanoseconds
from tests.behaviors.judging import Requirements, declared, judge, lawful, unsure

OPERATION = "GetBatchMediaProducingJob"
OLD, YOUNG = "0" * 32, "1" * 32
REQUIREMENTS = declared(OPERATION)
judged = partial(judge, select=(f"{OPERATION}/behavior/*",), operation=OPERATION)

Job = dict[str, Any]


def with_jobs(emulator: Emulator) -> None:
    """Put a job of 400 days ago and one of 300 days ago into an emulator."""
    for job, days in ((OLD, 400), (YOUNG, 300)):
        created = nanoseconds(emulator.clock.now() - timedelta(days=days))
        submitted = {"InputConfig": "{}", "OutputConfig": "{}"}
        sub_job = {"JobId": f"{job}-0", "MediaId": "2" * 32, "ProjectId": "3" * 32, "URL": "https://example.com/o.mp4"}
        emulator.state.batch_jobs[job] = BatchJob(job, created, submitted, [sub_job], "")


@pytest.fixture
def unseeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the emulator start without any resource."""
    monkeypatch.setattr("conformance.selftest.judging.seed", lambda emulator: Fixtures())


def in_jobs(change: Callable[[Job], None]) -> PlantedFault:
    """Return a deviation in the job of accepted answers."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200:
            job: Any = answer.payload["EditingBatchJob"]
            change(job)
        return answer

    return lawful(after=after)


@pytest.fixture(scope="module")
def clean() -> Requirements:
    """Return what a run against the correct server finds."""
    return judged()


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_correct_server_shows_it(clean: Requirements, requirement: str) -> None:
    """Each declared requirement is exercised by the embedded emulator and kept."""
    assert clean[requirement]["outcome"] == "conforms"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:20], "it ends after 20 characters"),
        (lambda text: "", "it is empty"),
        (lambda text: None, "it is absent"),
        (lambda text: text.replace("Volume", "Loudness", 1), "in it MediaConfig.Volume is absent in the place of 0.7"),
        (lambda text: text.replace("false", "0", 1), "in it Any[1] is 0 in the place of false"),
    ],
)
def test_where_a_configuration_differs_is_told(change: Callable[[str], str | None], said: str) -> None:
    """A configuration that comes back otherwise is told by the first place that differs, and not as a whole."""
    found = judged(in_jobs(lambda job: job.update(EditingConfig=change(job.get("EditingConfig") or ""))))

    observed = [finding["observed"] for finding in found[f"{OPERATION}/behavior/configs-echo"]["findings"]]
    assert said in observed


def test_numbers_are_those_of_doubles() -> None:
    """A configuration that was read and written by one whose numbers are doubles is the same JSON."""

    def rewritten(job: Job) -> None:
        job["EditingConfig"] = json.dumps(json.loads(job.get("EditingConfig") or "{}", parse_int=float))

    assert judged(in_jobs(rewritten))[f"{OPERATION}/behavior/configs-echo"]["outcome"] == "conforms"


def sparse(job: Job) -> None:
    """Leave out or empty what may be absent."""
    job.setdefault("CompleteTime", "")
    job.setdefault("Extend", "")
    job["JobType"] = ""
    for sub_job in job["SubJobList"]:
        del sub_job["ProjectId"]
        sub_job.pop("Duration", None)


def reordered(job: Job) -> None:
    """Turn the sub-jobs round and add members."""
    job["SubJobList"].reverse()
    job["Progress"] = 100


def signed(job: Job) -> None:
    """Sign the URLs of the outputs."""
    for sub_job in job["SubJobList"]:
        if "MediaURL" in sub_job:
            sub_job["MediaURL"] += "?Expires=1&Signature=a%2Fb"


def without_outputs(job: Job) -> None:
    """Show no sub-jobs of a job that failed as a whole."""
    if "Extend" in job:
        job["SubJobList"] = []


@pytest.mark.parametrize("change", [sparse, reordered, signed, without_outputs])
def test_other_answers_are_lawful(change: Callable[[Job], None]) -> None:
    """Absent, empty and further members, another order, signed URLs and no sub-jobs break no declared MUST."""
    requirements = judged(in_jobs(change))

    assert not unsure(requirements)
    assert unsure(requirements, "SHOULD") in ([], [f"{OPERATION}/behavior/known-members"])


def test_texts_may_be_written_again() -> None:
    """Configurations that were parsed and written again break a SHOULD only."""

    def change(job: Job) -> None:
        for name in ("InputConfig", "EditingConfig", "OutputConfig", "UserData"):
            if name in job:
                job[name] = json.dumps(json.loads(job[name]), separators=(" ,", " :"), sort_keys=True)

    requirements = judged(in_jobs(change))

    broken = [i for i, r in requirements.items() if r["outcome"] == "violates"]
    assert broken == [f"{OPERATION}/behavior/configs-verbatim"]


@pytest.mark.parametrize("members", [(), ("JobId",), ("Status", "SubJobList")])
def test_empty_answer_is_not_the_job(members: tuple[str, ...]) -> None:
    """An empty job in the place of an unknown or an expired one breaks a SHOULD only."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.payload.get("Code") != "JobNotFound":
            return answer
        shell = {"JobId": call.params["JobId"], "Status": "", "SubJobList": []}
        job = {name: shell[name] for name in members}
        payload = {"RequestId": answer.payload["RequestId"], "EditingBatchJob": job}
        return replace(answer, status=200, payload=payload)

    requirements = judged(lawful(after=after))

    assert not [i for i in unsure(requirements) if "/behavior/" in i]
    assert requirements[f"{OPERATION}/behavior/unknown-job"]["outcome"] == "violates"


def test_slow_jobs_are_lawful() -> None:
    """Jobs that take seconds to be found and to finish break nothing."""

    def slow(emulator: Emulator) -> None:
        emulator.timings = Timings(batch_start=1.0, batch_end=6.0)

    def late(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        job: Any = answer.payload.get("EditingBatchJob")
        if call.action == OPERATION and job and job["Status"] == "Init":
            return emulator.refuse(call, ApiError(404, "JobNotFound", "There is no such job."))
        return answer

    requirements = judged(lawful(after=late), prepare=slow)

    assert not unsure(requirements)
    assert not unsure(requirements, "SHOULD")


@pytest.mark.usefixtures("unseeded")
def test_jobs_that_never_end_are_lawful() -> None:
    """Jobs that stay in their first state break nothing."""

    def stuck(emulator: Emulator) -> None:
        emulator.timings = Timings(batch_start=10_000.0, batch_end=10_001.0)

    requirements = judged(prepare=stuck)

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/failed-error"]["outcome"] == "not-exercised"


@pytest.mark.usefixtures("unseeded")
def test_refusing_materials_at_once_is_lawful() -> None:
    """A server that looks for materials when a job is submitted breaks nothing."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action == "SubmitBatchMediaProducingJob" and ".invalid" in call.params["InputConfig"]:
            return emulator.refuse(call, ApiError(400, "InvalidMaterial.NotFound", "There is no such material."))
        return None

    requirements = judged(lawful(before=before))

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/failed-error"]["outcome"] == "not-exercised"


def test_other_refusals_are_lawful() -> None:
    """Refusals with 400 and another Code break nothing."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.payload.get("Code") != "JobNotFound":
            return answer
        return emulator.refuse(call, ApiError(400, "InvalidParameter.JobId", "There is no such job."))

    requirements = judged(lawful(after=after))

    assert not unsure(requirements)
    assert not unsure(requirements, "SHOULD")


def unknown_submission(call: Call, emulator: Emulator) -> Answer | None:
    """Refuse to make jobs."""
    if call.action == "SubmitBatchMediaProducingJob":
        return emulator.refuse(call, unknown_action(call.action))
    return None


@pytest.mark.usefixtures("unseeded")
def test_fixtures_do_without_provisioning() -> None:
    """Given jobs show what can be seen of them; what needs a job of the kit's own is blocked."""
    fixtures = Fixtures(batch_jobs=(YOUNG,), expired_batch_jobs=(OLD,))

    requirements = judged(lawful(before=unknown_submission), prepare=with_jobs, fixtures=fixtures)

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/within-year"]["outcome"] == "conforms"
    assert requirements[f"{OPERATION}/behavior/past-year-only"]["outcome"] == "conforms"
    assert requirements[f"{OPERATION}/behavior/configs-echo"]["outcome"] == "blocked"


@pytest.mark.usefixtures("unseeded")
def test_young_job_that_is_lost_is_found() -> None:
    """A job of 300 days ago that is not returned breaks the rule about the past year."""
    half_a_year = (("batch_job_kept_seconds", 183 * 24 * 60 * 60),)

    requirements = judged(
        replace(lawful(), limits=half_a_year), prepare=with_jobs, fixtures=Fixtures(batch_jobs=(YOUNG,))
    )

    assert requirements[f"{OPERATION}/behavior/within-year"]["outcome"] == "violates"


@pytest.mark.usefixtures("unseeded")
def test_nothing_to_look_up_is_no_failure() -> None:
    """Without any job everything is blocked and nothing broken."""
    requirements = judged(lawful(before=unknown_submission))

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/within-year"]["outcome"] == "blocked"
