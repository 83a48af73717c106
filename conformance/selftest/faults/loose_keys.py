"""Faults of servers that take what is almost the key of a thing for its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.selftest.faults.upload_jobs import BEHAVIOR, OPERATION, Payload, change_answer
from conformance.selftest.planting import After, plant
from emulator import Answer, Call, Emulator

_BATCH = "GetBatchMediaProducingJob"


@plant("upload-scheme-ignored", f"{BEHAVIOR}/non-existing-url", "A URL with http is found where one with https is.")
def _scheme_ignored() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 200:
            return answer
        payload: Any = answer.payload
        for key in [key for key in payload["NonExists"] if key.startswith("http%3A")]:
            other = {**call.params, "UploadURLs": key.replace("http%3A", "https%3A")}
            found: Any = emulator.operate(replace(call, params=other)).payload
            for entry in found["URLUploadInfoList"]:
                payload["NonExists"].remove(key)
                named = {"UploadURL": unquote(key), "JobId": entry["JobId"][::-1]}
                payload["URLUploadInfoList"].append({**entry, **named})
        return answer

    return after


@plant("upload-case-ignored", f"{BEHAVIOR}/every-key-once", "Of two ids that differ in case only one is answered.")
def _case_ignored() -> After:
    def change(_: Call, payload: Payload) -> None:
        known = {e["JobId"] for e in payload["URLUploadInfoList"]}
        payload["NonExists"] = [key for key in payload["NonExists"] if key.lower() not in known]

    return change_answer(change)


@plant("upload-media-as-job", f"{BEHAVIOR}/non-existing-id", "The id of a medium is found as that of its job.")
def _media_as_job() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 200:
            return answer
        payload: Any = answer.payload
        media = {job.media_id for job in emulator.state.upload_jobs.values()}
        for key in [key for key in payload["NonExists"] if key in media]:
            payload["NonExists"].remove(key)
            payload["URLUploadInfoList"].append({**payload["URLUploadInfoList"][0], "JobId": key})
        return answer

    return after


def _also_found(what: Callable[[str, Emulator], bool]) -> After:
    """Return a hook that answers ids that are no batch job's with the newest job, renamed, where `what` holds."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        asked, jobs = call.params.get("JobId", ""), list(emulator.state.batch_jobs)
        if call.action != _BATCH or not asked or asked in jobs or not what(asked, emulator):
            return answer
        found = emulator.operate(replace(call, params={**call.params, "JobId": jobs[-1]}))
        job: Any = found.payload["EditingBatchJob"]
        job["JobId"] = asked
        return found

    return after


@plant("batch-any-case", f"{_BATCH}/behavior/unknown-job", "The case of letters in a JobId does not count.")
def _any_case() -> After:
    return _also_found(lambda asked, emulator: asked.lower() in emulator.state.batch_jobs)


@plant("batch-beginning-found", f"{_BATCH}/behavior/unknown-job", "A job is found by the beginning of its id.")
def _beginning_found() -> After:
    return _also_found(lambda asked, emulator: any(id_.startswith(asked) for id_ in emulator.state.batch_jobs))


@plant("batch-sub-job-found", f"{_BATCH}/behavior/unknown-job", "A sub-job is answered like a batch job.")
def _sub_job_found() -> After:
    def is_sub_job(asked: str, emulator: Emulator) -> bool:
        return any(sub["JobId"] == asked for job in emulator.state.batch_jobs.values() for sub in job.sub_jobs)

    return _also_found(is_sub_job)


@plant("batch-upload-job-found", f"{_BATCH}/behavior/unknown-job", "An upload job is answered like a batch job.")
def _upload_job_found() -> After:
    return _also_found(lambda asked, emulator: asked in emulator.state.upload_jobs)


@plant("task-in-any-case", "GetTask/behavior/unknown-task", "The case of letters in a TaskId does not count.")
def _task_in_any_case() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project = emulator.state.projects.get(call.params.get("ProjectName", ""))
        given = call.params.get("TaskId", "")
        if call.action != "GetTask" or project is None or given in project.tasks:
            return answer
        for known in [id_ for id_ in project.tasks if given.lower() == id_.lower()]:
            answer = emulator.operate(replace(call, params={**call.params, "TaskId": known}))
            answer.payload["TaskId"] = given
        return answer

    return after
