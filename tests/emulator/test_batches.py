"""Batch producing jobs."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator import Request
from emulator.http import FORM_TYPE
from tests.emulator.conftest import Caller, Reply, StillClock

INPUT = '{ "MediaArray": ["m1"],\n\t"TitleArray": ["the missing cat"] }'
OUTPUT = '{"MediaURL": "http://b.oss-cn-shanghai.aliyuncs.com/x_{index}.mp4", "Count": 3, "MaxDuration": 12.5}'
EDITING = '{"MediaConfig": {"Volume": 0}}'
LOST = '{"MediaGroupArray": [{"GroupName": "g", "MediaArray": ["m1", "missing-1"]}]}'


def submitted(caller: Caller, **params: object) -> Reply:
    """Call SubmitBatchMediaProducingJob with defaults."""
    return caller.ice("SubmitBatchMediaProducingJob", **({"InputConfig": INPUT, "OutputConfig": OUTPUT} | params))


def read(caller: Caller, job_id: str) -> dict[str, Any]:
    """Return a batch job."""
    reply = caller.ice("GetBatchMediaProducingJob", JobId=job_id)
    assert reply.status == 200, reply.body
    job: dict[str, Any] = reply.body["EditingBatchJob"]
    return job


def test_submitted_texts_come_back(caller: Caller) -> None:
    """The configurations come back byte for byte."""
    given = {
        "InputConfig": INPUT,
        "OutputConfig": OUTPUT,
        "EditingConfig": EDITING,
        "UserData": '{"NotifyAddress":"x"}',
    }
    job_id = submitted(caller, **given).body["JobId"]

    job = read(caller, job_id)

    assert {name: job[name] for name in given} == given
    assert job["JobId"] == job_id


def test_texts_that_were_not_given_are_left_out(caller: Caller) -> None:
    """What was not submitted does not come back."""
    job = read(caller, submitted(caller).body["JobId"])

    assert not {"EditingConfig", "UserData", "Extend", "CompleteTime", "ExtendInput", "ExtendOutput"} & job.keys()


@pytest.mark.parametrize(
    ("seconds", "status", "sub_statuses"),
    [
        (0, "Init", ["Init", "Init", "Init"]),
        (0.06, "Processing", ["Processing", "Init", "Init"]),
        (0.1, "Processing", ["Success", "Processing", "Init"]),
        (0.15, "Finished", ["Success", "Success", "Success"]),
    ],
)
def test_progress(caller: Caller, clock: StillClock, seconds: float, status: str, sub_statuses: list[str]) -> None:
    """The job and its sub-jobs only move forward, and it is complete when all of them are."""
    job_id = submitted(caller).body["JobId"]
    clock.advance(seconds)

    job = read(caller, job_id)

    assert (job["Status"], [sub["Status"] for sub in job["SubJobList"]]) == (status, sub_statuses)
    assert ("CompleteTime" in job) == (status == "Finished")
    assert job["CreateTime"] == "2024-05-06T07:08:09Z" <= job["ModifiedTime"]


def test_sub_jobs_that_succeeded(caller: Caller, clock: StillClock) -> None:
    """Each output has ids of its own, its URL and its length, and no error."""
    job_id = submitted(caller).body["JobId"]
    clock.advance(1)

    subs = read(caller, job_id)["SubJobList"]

    assert [sub["MediaURL"] for sub in subs] == [f"http://b.oss-cn-shanghai.aliyuncs.com/x_{n}.mp4" for n in range(3)]
    assert {sub["Duration"] for sub in subs} == {12.5}
    assert all(not {"ErrorCode", "ErrorMessage"} & sub.keys() for sub in subs)
    assert len({job_id, *(sub[name] for sub in subs for name in ("JobId", "MediaId", "ProjectId"))}) == 10


def test_job_with_a_lost_material_fails(caller: Caller, clock: StillClock) -> None:
    """All sub-jobs fail with the error that Extend has too, and the job is finished."""
    job_id = submitted(caller, InputConfig=LOST).body["JobId"]
    clock.advance(1)

    job = read(caller, job_id)

    error = {"ErrorCode": "InvalidMaterial.NotFound", "ErrorMessage": 'The specified clips id not found:["missing-1"]'}
    assert job["Status"] == "Finished"
    assert json.loads(job["Extend"]) == error
    assert [{name: sub[name] for name in ("Status", *error)} for sub in job["SubJobList"]] == [
        {"Status": "Failed"} | error
    ] * 3
    assert all(not {"MediaId", "MediaURL"} & sub.keys() for sub in job["SubJobList"])


@pytest.mark.parametrize(
    ("material", "status"),
    [
        ("conformance-missing-ab12", "Failed"),
        ("https://media.example.com/missing/a.mp4", "Failed"),
        ("https://media.example.com/missing.mp4", "Failed"),
        ("dismissing", "Success"),
        ("missing2", "Success"),
    ],
)
def test_lost_materials(caller: Caller, clock: StillClock, material: str, status: str) -> None:
    """A material is lost if ``missing`` is a part of its id or URL, set off from letters and digits."""
    definition = json.dumps({"MediaGroupArray": [{"GroupName": "g", "MediaArray": [material]}]})
    job_id = submitted(caller, InputConfig=definition).body["JobId"]
    clock.advance(1)

    job = read(caller, job_id)

    assert {sub["Status"] for sub in job["SubJobList"]} == {status}


def test_job_type(caller: Caller) -> None:
    """A job has a type; input named after the sample shows the two texts that only some types have."""
    plain = read(caller, submitted(caller).body["JobId"])
    sample = read(caller, submitted(caller, InputConfig='{"MediaArray": ["sampleobject"]}').body["JobId"])

    assert (plain["JobType"], sample["JobType"]) == ("Script", "Smart_Mix_Media_Select")
    assert all(isinstance(json.loads(sample[name]), dict) for name in ("ExtendInput", "ExtendOutput"))


def test_client_token_makes_one_job(caller: Caller) -> None:
    """The same token and parameters give the same job; without a token each call makes one."""
    jobs = [submitted(caller, ClientToken="t").body["JobId"] for _ in range(2)]
    others = [submitted(caller).body["JobId"] for _ in range(2)]

    assert (len(set(jobs)), len(set(jobs + others))) == (1, 3)


def test_client_token_with_other_parameters_is_refused(caller: Caller) -> None:
    """A token never makes a second job."""
    submitted(caller, ClientToken="t")

    assert submitted(caller, ClientToken="t", UserData="{}").code == "IdempotentParameterMismatch"


def test_configurations_in_a_form(caller: Caller) -> None:
    """Two configurations may be in a form body while the rest is in the query."""
    headers = (("content-type", FORM_TYPE), ("x-acs-action", "SubmitBatchMediaProducingJob"))
    request = Request(
        "POST", "/", urlencode({"OutputConfig": OUTPUT}), (*headers, ("x-acs-version", "2020-11-09")), b""
    )

    body = urlencode({"InputConfig": INPUT, "EditingConfig": EDITING}).encode()
    response = caller.emulator.handle(replace(request, body=body))

    job = read(caller, json.loads(response.body)["JobId"])
    assert (job["InputConfig"], job["EditingConfig"]) == (INPUT, EDITING)


@pytest.mark.parametrize(("days", "status"), [(0, 200), (300, 200), (400, 404)])
def test_job_is_kept_for_a_year(caller: Caller, clock: StillClock, days: int, status: int) -> None:
    """A job of more than a year ago is not found."""
    job_id = submitted(caller).body["JobId"]
    clock.advance(days * 86_400)

    assert caller.ice("GetBatchMediaProducingJob", JobId=job_id).status == status


@pytest.mark.parametrize(("job_id", "expected"), [("x", (404, "JobNotFound")), ("", (400, "MissingParameter"))])
def test_unknown_job(caller: Caller, job_id: str, expected: tuple[int, str]) -> None:
    """An unknown id and no id are refused."""
    reply = caller.ice("GetBatchMediaProducingJob", JobId=job_id)

    assert (reply.status, reply.code) == expected


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"InputConfig": ""}, "MissingParameter"),
        ({"OutputConfig": ""}, "MissingParameter"),
        ({"InputConfig": "{"}, "InvalidParameter.InputConfig"),
        ({"EditingConfig": "[]"}, "InvalidParameter.EditingConfig"),
        ({"UserData": "x"}, "InvalidParameter.UserData"),
        ({"OutputConfig": '{"Count": 0}'}, "InvalidParameter.OutputConfig"),
        ({"OutputConfig": '{"Count": 101}'}, "InvalidParameter.OutputConfig"),
        ({"OutputConfig": '{"Count": "2"}'}, "InvalidParameter.OutputConfig"),
        ({"OutputConfig": '{"MediaURL": "x.mp4"}'}, "InvalidParameter.OutputConfig"),
        ({"OutputConfig": '{"MediaURL": 1}'}, "InvalidParameter.OutputConfig"),
        ({"OutputConfig": '{"MediaURL": "http://a/b.mp4", "Count": 2}'}, "InvalidParameter.OutputConfig"),
    ],
)
def test_submissions_are_refused(caller: Caller, params: dict[str, str], code: str) -> None:
    """Missing and wrong parameters are refused."""
    reply = submitted(caller, **params)

    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize(
    "output", ["{}", '{"MediaURL": "http://a/b.mp4"}', '{"MaxDuration": "x"}', f'{{"MaxDuration": {10**400}}}']
)
def test_sparse_output_configurations(caller: Caller, clock: StillClock, output: str) -> None:
    """Everything in OutputConfig is optional: there is one output with a URL and a length."""
    job_id = submitted(caller, OutputConfig=output).body["JobId"]
    clock.advance(1)

    (sub,) = read(caller, job_id)["SubJobList"]

    assert sub["MediaURL"].startswith("http")
    assert sub["Duration"] == 15
