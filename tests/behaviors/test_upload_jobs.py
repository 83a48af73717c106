"""Checks of GetUrlUploadInfos: a correct server, servers with a fault, and other lawful servers."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, unknown_action
from emulator.limits import Timings
from emulator.state import UploadJob
from tests.behaviors.judging import Hook, Requirements, declared, judge, lawful, unsure, violated

OPERATION = "GetUrlUploadInfos"
SELECT = (f"{OPERATION}/behavior/*",)
REQUIREMENTS = declared(OPERATION)
judged = partial(judge, select=SELECT, operation=OPERATION)


@pytest.fixture
def unseeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the emulator start without any resource."""
    monkeypatch.setattr("conformance.selftest.judging.seed", lambda emulator: Fixtures())


def in_answers(change: Callable[[dict[str, Any]], None]) -> Hook:
    """Return a hook that changes accepted answers of the operation."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200:
            change(answer.payload)
        return answer

    return after


@pytest.fixture(scope="module")
def clean() -> Requirements:
    """Return what a run against the correct server finds."""
    return judged()


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_correct_server_shows_it(clean: Requirements, requirement: str) -> None:
    """Each declared requirement is exercised by the embedded emulator and kept."""
    assert clean[requirement]["outcome"] == "conforms"


def refuse_unknown(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Refuse calls whose keys are all unknown."""
    if call.action != OPERATION or answer.status != 200 or answer.payload["URLUploadInfoList"]:
        return answer
    return emulator.refuse(call, ApiError(404, "JobNotFound", "There is no such job."))


def test_unknown_keys_may_be_refused() -> None:
    """A server that refuses calls about unknown keys alone breaks a SHOULD only."""
    requirements = judged(lawful(after=refuse_unknown))

    broken = [i for i, r in requirements.items() if r["outcome"] == "violates"]
    assert broken == [f"{OPERATION}/behavior/unknown-is-no-error"]


def test_refusing_unknown_keys_is_no_refusal_of_a_request() -> None:
    """A server that refuses calls about unknown keys alone still accepts every valid list of keys."""
    report = judge_emulator(
        variations=("none-found-404",), settings=Settings(select=(f"{OPERATION}/request/*/accepts",))
    )

    outcomes = {r["id"]: r["outcome"] for r in report["requirements"] if r["id"].endswith("/maxItems/accepts")}
    assert {outcomes[f"{OPERATION}/request/{name}/maxItems/accepts"] for name in ("JobIds", "UploadURLs")} == {
        "conforms"
    }


@pytest.mark.parametrize("listed", [str, json.dumps])
def test_unknown_keys_may_be_a_list_as_text(listed: Callable[[list[str]], str]) -> None:
    """Unknown keys in one text that looks like a list break a SHOULD only."""

    def change(payload: dict[str, Any]) -> None:
        payload["NonExists"] = [listed(payload["NonExists"])] if payload["NonExists"] else []

    requirements = judged(lawful(after=in_answers(change)))

    broken = [i for i, r in requirements.items() if r["outcome"] == "violates"]
    assert broken == [f"{OPERATION}/behavior/non-existing-flat"]


def encoded(payload: dict[str, Any]) -> None:
    """Percent-encode all URLs."""
    payload["NonExists"] = [quote(key, safe="") for key in payload["NonExists"]]
    for entry in payload["URLUploadInfoList"]:
        entry["UploadURL"] = quote(entry["UploadURL"], safe="")


def reordered(payload: dict[str, Any]) -> None:
    """Turn lists round and add members."""
    payload["URLUploadInfoList"].reverse()
    payload["NonExists"].reverse()
    payload["Total"] = len(payload["URLUploadInfoList"])


def sparse(payload: dict[str, Any]) -> None:
    """Leave out or empty what may be absent."""
    for entry in payload["URLUploadInfoList"]:
        entry.setdefault("CompleteTime", "")
        entry.setdefault("MediaId", "")
        entry.setdefault("ErrorCode", "200")
        entry.setdefault("ErrorMessage", "Success")
        entry.pop("FileSize", None)
    for name in ("NonExists", "URLUploadInfoList"):
        if not payload[name]:
            del payload[name]


def normal(payload: dict[str, Any]) -> None:
    """Say Normal in the place of every documented state."""
    for entry in payload["URLUploadInfoList"]:
        entry["Status"] = "Normal"


@pytest.mark.parametrize("change", [encoded, reordered, sparse, normal])
def test_other_answers_are_lawful(change: Callable[[dict[str, Any]], None]) -> None:
    """Encoded URLs, another order, further, absent and empty members and Normal break no declared MUST."""
    requirements = judged(lawful(after=in_answers(change)))

    assert not unsure(requirements)


def test_slow_jobs_are_lawful() -> None:
    """Jobs that take seconds to be found and to end break nothing."""

    def slow(emulator: Emulator) -> None:
        emulator.timings = Timings(upload_step=1.2)

    def late(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 200:
            return answer
        payload: dict[str, Any] = answer.payload
        listed = payload["URLUploadInfoList"]
        young = [e for e in listed if e["Status"] == "PENDING"]
        payload["URLUploadInfoList"] = [e for e in listed if e not in young]
        asked_by = "JobId" if call.params.get("JobIds") else "UploadURL"
        payload["NonExists"] += [e[asked_by] for e in young]
        return answer

    requirements = judged(lawful(after=late), prepare=slow)

    assert not unsure(requirements)
    assert not unsure(requirements, "SHOULD")


def test_too_long_lists_may_be_cut() -> None:
    """A server that reads the first ten keys of eleven breaks no MUST."""

    def cut(call: Call, emulator: Emulator) -> Call:
        params = {n: ",".join(v.split(",")[:10]) for n, v in call.params.items() if n in ("JobIds", "UploadURLs")}
        return replace(call, params={**call.params, **params}) if call.action == OPERATION else call

    requirements = judged(lawful(before=cut))

    assert not unsure(requirements)


def test_other_refusals_are_lawful() -> None:
    """Refusals with 404 and another Code break no MUST."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if answer.status != 400 or call.action != OPERATION or answer.payload["Code"] != "MissingParameter":
            return answer
        return emulator.refuse(call, ApiError(404, "JobNotFound", "There is no such job."))

    requirements = judged(lawful(after=after))

    assert not unsure(requirements)


def test_pulling_once_is_lawful() -> None:
    """A server that pulls one URL once only breaks nothing; the rule about two jobs cannot be judged."""

    def once(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "UploadMediaByURL" and answer.status == 200:
            jobs: Any = answer.payload["UploadJobs"]
            first = {job.url: job for job in reversed(list(emulator.state.upload_jobs.values()))}
            for job in jobs:
                if job["JobId"] != first[job["SourceURL"]].job_id:
                    del emulator.state.upload_jobs[job["JobId"]]
                job["JobId"] = first[job["SourceURL"]].job_id
        return answer

    requirements = judged(lawful(after=once))

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/repeated-url"]["outcome"] == "inconclusive"


@pytest.mark.usefixtures("unseeded")
def test_numbered_ids_are_lawful() -> None:
    """Ids such as job-1 and job-12 break nothing, though one is the beginning of the other."""

    def names(emulator: Emulator) -> dict[str, str]:
        return {job: f"job-{number}" for number, job in enumerate(emulator.state.upload_jobs)}

    def before(call: Call, emulator: Emulator) -> Call:
        ids = {name: job for job, name in names(emulator).items()}
        text = ",".join(ids.get(item, item) for item in call.params.get("JobIds", "").split(","))
        return replace(call, params={**call.params, "JobIds": text}) if "JobIds" in call.params else call

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        text = json.dumps(answer.payload)
        for job, name in names(emulator).items():
            text = text.replace(job, name)
        return replace(answer, payload=json.loads(text))

    requirements = judged(lawful(before=before, after=after))

    assert not unsure(requirements)
    assert not unsure(requirements, "SHOULD")


def refusing(*actions: str, text: str = "") -> PlantedFault:
    """Return a server that does not know `actions`, or only not with `text` in a parameter."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action in actions and any(text in value for value in call.params.values()):
            return emulator.refuse(call, unknown_action(call.action))
        return None

    return lawful(before=before)


@pytest.mark.usefixtures("unseeded")
def test_refusing_hosts_that_do_not_exist_is_lawful() -> None:
    """A server that looks for the host at once leaves the rule about failed jobs without an occasion."""
    requirements = judged(refusing("UploadMediaByURL", text=".invalid"))

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/failed-job-error"]["outcome"] == "not-exercised"


@pytest.mark.usefixtures("unseeded")
@pytest.mark.parametrize("count", [1, 2])
def test_fixtures_do_without_provisioning(count: int) -> None:
    """Given jobs show what can be seen of them; what needs jobs of the kit's own is blocked."""
    jobs = [
        UploadJob(f"{n}" * 32, f"{n + 2}" * 32, f"https://example.com/{n}.mp4", 0, 10, "", fails=False)
        for n in range(count)
    ]

    def prepare(emulator: Emulator) -> None:
        emulator.state.upload_jobs = {job.job_id: job for job in jobs}

    fixtures = Fixtures(url_upload_jobs=tuple((job.job_id, job.url) for job in jobs))

    requirements = judged(refusing("UploadMediaByURL"), prepare=prepare, fixtures=fixtures)

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/by-url"]["outcome"] == "conforms"
    assert requirements[f"{OPERATION}/behavior/user-data-echo"]["outcome"] == "blocked"
    several = requirements[f"{OPERATION}/behavior/several-job-ids"]["outcome"]
    assert several == ("blocked" if count == 1 else "conforms")


@pytest.mark.usefixtures("unseeded")
def test_nothing_to_look_up_is_no_failure() -> None:
    """Without any job the rules about unknown keys are judged, and those about jobs are blocked."""
    requirements = judged(refusing("UploadMediaByURL"))

    assert not unsure(requirements)
    assert requirements[f"{OPERATION}/behavior/non-existing-id"]["outcome"] == "conforms"
    assert requirements[f"{OPERATION}/behavior/by-job-id"]["outcome"] == "blocked"


def test_one_of_two_servers_may_know_new_jobs_later() -> None:
    """However URLs are asked for, what one answer lacks is asked for again."""
    asked: list[Call] = []

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200 and "UploadURLs" in call.params:
            asked.append(call)
            payload: dict[str, Any] = answer.payload
            now, infos = emulator.clock.now(), payload["URLUploadInfoList"]
            new = [i for i in infos if (now - datetime.fromisoformat(i["CreationTime"])).total_seconds() < 3]
            if len(asked) % 2 == 0:
                payload["URLUploadInfoList"] = [info for info in infos if info not in new]
                payload["NonExists"] += [info["UploadURL"] for info in new]
        return answer

    found = judged(lawful(after=after))

    assert {"GET", "POST"} <= {call.method for call in asked}
    assert found[f"{OPERATION}/behavior/encoded-url"]["outcome"] == "conforms"


def test_an_id_of_another_form_may_be_refused() -> None:
    """What comes of an id that is shorter than all others is open (ice.md 5.15); the rest of its list is judged."""

    def strict(call: Call, emulator: Emulator) -> Answer | None:
        ids = call.params.get("JobIds", "").split(",") if call.action == OPERATION else []
        short = any(len(id_) == 31 for id_ in ids)
        return emulator.refuse(call, ApiError(400, "InvalidParameter.JobIds", "32 digits each.")) if short else None

    requirements = judged(lawful(before=strict))

    assert unsure(requirements) == []
    assert requirements[f"{OPERATION}/behavior/several-job-ids"]["outcome"] == "conforms"


def test_a_full_answer_may_lack_some() -> None:
    """An answer has a hundred entries at most (ice.md 1.4); that it has none of one URL says nothing then."""
    urls = ("https://example.com/many.mp4", "https://example.com/a b.mp4")
    jobs = [UploadJob(f"{n:032x}", f"{n + 500:032x}", urls[n == 150], n, n + 10, "", fails=False) for n in range(151)]

    def prepare(emulator: Emulator) -> None:
        emulator.state.upload_jobs = {job.job_id: job for job in reversed(jobs)}

    def first_hundred(payload: dict[str, Any]) -> None:
        found = payload["URLUploadInfoList"]
        if len(found) == 100:
            many = [entry for entry in found if "many" in unquote(entry["UploadURL"])]
            payload["URLUploadInfoList"] = [*many, {**many[0], "JobId": jobs[149].job_id}][:100]

    fixtures = Fixtures(url_upload_jobs=((jobs[0].job_id, urls[0]), (jobs[150].job_id, urls[1])))
    server = lawful(before=refusing("UploadMediaByURL").before, after=in_answers(first_hundred))

    requirements = judged(server, prepare=prepare, fixtures=fixtures)

    assert violated(requirements) == set()
