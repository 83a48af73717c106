"""Faults of GetBatchMediaProducingJob, one for each declared requirement."""

from __future__ import annotations

import json
import struct
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.selftest.edits import in_zone, later
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import job_not_found

OPERATION = "GetBatchMediaProducingJob"
BEHAVIOR = f"{OPERATION}/behavior"
_TEN_YEARS = 10 * 365 * 24 * 60 * 60

Job = dict[str, Any]


def _job(change: Callable[[Job], None], *states: str) -> After:
    """Return a hook that changes the job of accepted answers, in the given states or in all."""

    def after(call: Call, answer: Answer, _: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200:
            job: Any = answer.payload["EditingBatchJob"]
            if not states or job["Status"] in states:
                change(job)
        return answer

    return after


def _last_sub_job(change: Callable[[Job], None], *states: str) -> After:
    """Return a hook that changes the last sub-job, in the given states or in all."""

    def last(job: Job) -> None:
        sub_job = job["SubJobList"][-1]
        if not states or sub_job["Status"] in states:
            change(sub_job)

    return _job(last)


def _config(name: str, change: Callable[[Any], str]) -> After:
    """Return a hook that rewrites one of the submitted texts."""
    return _job(lambda job: job.update({name: change(json.loads(job[name]))}) if name in job else None)


@plant("batch-id-of-finished", f"{BEHAVIOR}/by-job-id", "A finished job has another id.")
def _id_of_finished() -> After:
    return _job(lambda job: job.update(JobId=f"{job['JobId']}-1"), "Finished")


@plant("batch-unchanged-yet", f"{BEHAVIOR}/job-state-and-times", "A job that was never changed has no ModifiedTime.")
def _unchanged_yet() -> After:
    def change(job: Job) -> None:
        del job["ModifiedTime"]

    return _job(change, "Init")


@plant(
    "batch-local-time",
    f"{OPERATION}/response/EditingBatchJob/CreateTime/pattern",
    "Times are those of New York, marked as UTC.",
)
def _local_time() -> After:
    return _job(in_zone(-5, "CreateTime", "ModifiedTime", "CompleteTime"))


@plant("batch-output-part", f"{BEHAVIOR}/configs-echo", "Nested settings of OutputConfig are lost.")
def _output_part() -> After:
    def flat(config: Any) -> str:
        return json.dumps({name: value for name, value in config.items() if not isinstance(value, dict)})

    return _config("OutputConfig", flat)


def _rewritten(change: Callable[[Any], Any]) -> Callable[[Any], str]:
    """Return what reads a JSON value, changes each text and number in it, and writes it."""

    def walked(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walked(inner) for name, inner in value.items()}
        return [walked(inner) for inner in value] if isinstance(value, list) else change(value)

    return lambda config: json.dumps(walked(config))


@plant("batch-short-floats", f"{BEHAVIOR}/configs-echo", "Numbers of EditingConfig have four bytes.")
def _short_floats() -> After:
    def short(value: Any) -> Any:
        return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, float) else value

    return _config("EditingConfig", _rewritten(short))


@plant("batch-flags-as-numbers", f"{BEHAVIOR}/configs-echo", "Flags of EditingConfig become 0 and 1.")
def _flags_as_numbers() -> After:
    return _config("EditingConfig", _rewritten(lambda v: int(v) if isinstance(v, bool) else v))


@plant("batch-digits-as-numbers", f"{BEHAVIOR}/configs-echo", "Texts of digits in InputConfig become numbers.")
def _digits_as_numbers() -> After:
    return _config("InputConfig", _rewritten(lambda v: int(v) if isinstance(v, str) and v.isdecimal() else v))


@plant("batch-nulls-lost", f"{BEHAVIOR}/configs-echo", "Members of EditingConfig that are null or empty are left out.")
def _nulls_lost() -> After:
    def change(config: dict[str, Any]) -> str:
        return json.dumps({name: value for name, value in config.items() if value not in (None, [], {})})

    return _config("EditingConfig", change)


@plant("batch-titles-once", f"{BEHAVIOR}/configs-echo", "What a list of InputConfig holds twice is left out once.")
def _titles_once() -> After:
    def change(config: dict[str, Any]) -> str:
        return json.dumps({**config, "TitleArray": list(dict.fromkeys(config.get("TitleArray", [])))})

    return _config("InputConfig", change)


@plant("batch-texts-cut", f"{BEHAVIOR}/configs-echo", "Texts in InputConfig end after 200 characters.")
def _texts_cut() -> After:
    return _config("InputConfig", _rewritten(lambda value: value[:200] if isinstance(value, str) else value))


@plant("batch-long-input-cut", f"{BEHAVIOR}/configs-echo", "A long InputConfig loses its speeches beyond the tenth.")
def _long_input_cut() -> After:
    def cut(job: Job) -> None:
        config = json.loads(job["InputConfig"])
        if len(job["InputConfig"]) > 4096:
            job["InputConfig"] = json.dumps({**config, "SpeechTextArray": config["SpeechTextArray"][:10]})

    return _job(cut)


@plant("batch-accents-joined", f"{BEHAVIOR}/configs-echo", "Accents in InputConfig are joined with their letters.")
def _accents_joined() -> After:
    return _config("InputConfig", _rewritten(lambda v: unicodedata.normalize("NFC", v) if isinstance(v, str) else v))


@plant("batch-input-again", f"{BEHAVIOR}/configs-verbatim", "InputConfig is parsed and written again.")
def _input_again() -> After:
    return _config("InputConfig", json.dumps)


@plant("batch-user-data-part", f"{BEHAVIOR}/user-data-echo", "Line feeds in UserData become spaces.")
def _user_data_part() -> After:
    return _job(lambda job: job.update(UserData=job["UserData"].replace("\\n", " ")) if "UserData" in job else None)


@plant("batch-no-such-day", f"{BEHAVIOR}/complete-time-real", "Jobs end on 31 June.")
def _no_such_day() -> After:
    return _job(lambda job: job.update(CompleteTime="2031-06-31T10:00:00Z"), "Finished")


@plant("batch-modified-early", f"{BEHAVIOR}/time-order", "A job in Processing was last changed before it was made.")
def _modified_early() -> After:
    return _job(lambda job: job.update(ModifiedTime="2001-01-01T00:00:00Z"), "Processing")


@plant("batch-complete-early", f"{BEHAVIOR}/complete-when-finished", "A job in Processing has a CompleteTime.")
def _complete_early() -> After:
    return _job(lambda job: job.update(CompleteTime=job["ModifiedTime"]), "Processing")


@plant("batch-success-message", f"{BEHAVIOR}/succeeded-without-error", "The last Success has an ErrorMessage.")
def _success_message() -> After:
    return _last_sub_job(lambda sub_job: sub_job.update(ErrorMessage="Success"), "Success")


@plant("batch-empty-code", f"{BEHAVIOR}/succeeded-error-absent", "The last Success has an empty ErrorCode.")
def _empty_code() -> After:
    return _last_sub_job(lambda sub_job: sub_job.update(ErrorCode=""), "Success")


@plant("batch-failed-silently", f"{BEHAVIOR}/failed-error", "The last of the failed sub-jobs has no ErrorMessage.")
def _failed_silently() -> After:
    return _last_sub_job(lambda sub_job: sub_job.update(ErrorMessage=""), "Failed")


@plant("batch-output-lost", f"{BEHAVIOR}/succeeded-output", "The last Success has no MediaId.")
def _output_lost() -> After:
    return _last_sub_job(lambda sub_job: sub_job.update(MediaId=""), "Success")


@plant("batch-id-shared", f"{BEHAVIOR}/sub-job-ids-unique", "The last sub-job has the id of the job.")
def _id_shared() -> After:
    return _job(lambda job: job["SubJobList"][-1].update(JobId=job["JobId"]))


@plant("batch-finished-early", f"{BEHAVIOR}/finished-sub-jobs", "The last sub-job of a finished job goes on.")
def _finished_early() -> After:
    return _job(lambda job: job["SubJobList"][-1].update(Status="Processing"), "Finished")


@plant("batch-goes-back", f"{BEHAVIOR}/states-forward", "The second look at a finished job finds it in Processing.")
def _goes_back() -> After:
    looked: set[str] = set()

    def change(job: Job) -> None:
        if job["JobId"] in looked:
            job["Status"] = "Processing"
            del job["CompleteTime"]
        looked.add(job["JobId"])

    return _job(change, "Finished")


@plant("batch-made-at-each-look", f"{BEHAVIOR}/values-kept", "CreateTime of a job goes back with each look.")
def _made_at_each_look() -> After:
    looks: Counter[str] = Counter()

    def change(job: Job) -> None:
        looks[job["JobId"]] += 1
        job["CreateTime"] = later(job["CreateTime"], seconds=-looks[job["JobId"]])

    return _job(change)


@plant("batch-parts-anew", f"{BEHAVIOR}/values-kept", "Sub-jobs of a finished job have other ids with each look.")
def _parts_anew() -> After:
    looks = 0

    def change(job: Job) -> None:
        nonlocal looks
        looks += 1
        for part in job["SubJobList"]:
            part["JobId"] = f"{looks:08x}{part['JobId'][8:]}"

    return _job(change, "Finished")


@plant("batch-extend-part", f"{BEHAVIOR}/extend-on-failure", "Extend of a failed job has no ErrorMessage.")
def _extend_part() -> After:
    def code_only(error: Any) -> str:
        return json.dumps({"ErrorCode": error["ErrorCode"]})

    return _config("Extend", code_only)


@plant(
    "batch-kept-for-years",
    f"{BEHAVIOR}/past-year-only",
    "Jobs are returned for ten years.",
    batch_job_kept_seconds=_TEN_YEARS,
)
def _kept_for_years() -> None:
    """Nothing but the limit changes."""


@plant("batch-lost-in-work", f"{BEHAVIOR}/within-year", "A job is not found while it is in Processing.")
def _lost_in_work() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200:
            job: Any = answer.payload["EditingBatchJob"]
            return emulator.refuse(call, job_not_found(job["JobId"])) if job["Status"] == "Processing" else answer
        return answer

    return after


@plant("batch-unknown-empty", f"{BEHAVIOR}/unknown-job", "An unknown job is answered with an empty one.")
def _unknown_empty() -> After:
    def after(call: Call, answer: Answer, _: Emulator) -> Answer:
        if call.action != OPERATION or answer.payload.get("Code") != "JobNotFound":
            return answer
        return replace(answer, status=200, payload={"RequestId": answer.payload["RequestId"], "EditingBatchJob": {}})

    return after


@plant("batch-nearest-job", f"{BEHAVIOR}/unknown-job", "An unknown job is answered with the newest one, renamed.")
def _nearest_job() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        jobs = list(emulator.state.batch_jobs)
        strange = call.action == OPERATION and call.params.get("JobId") not in jobs
        if not strange or answer.payload.get("Code") != "JobNotFound" or not jobs:
            return answer
        newest = emulator.operate(replace(call, params={**call.params, "JobId": jobs[-1]}))
        job: Any = newest.payload["EditingBatchJob"]
        job["JobId"] = call.params["JobId"]
        return newest

    return after


@plant("batch-any-job", f"{BEHAVIOR}/without-job-id", "A call without JobId is answered with the newest job.")
def _any_job() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        if call.action == OPERATION and "JobId" not in call.params and emulator.state.batch_jobs:
            return replace(call, params={**call.params, "JobId": list(emulator.state.batch_jobs)[-1]})
        return None

    return before, None


@plant("batch-index-again", f"{BEHAVIOR}/media-url-index", "The last output has the URL of the first.")
def _index_again() -> After:
    def change(job: Job) -> None:
        first, last = job["SubJobList"][0], job["SubJobList"][-1]
        if "MediaURL" in last:
            last["MediaURL"] = first["MediaURL"]

    return _job(change)


@plant("batch-new-member", f"{BEHAVIOR}/known-members", "A failed sub-job has a further member.")
def _new_member() -> After:
    return _last_sub_job(lambda sub_job: sub_job.update(Reason="x"), "Failed")


@plant("batch-null-media", f"{BEHAVIOR}/no-null", "A sub-job that goes on has MediaURL null.")
def _null_media() -> After:
    return _last_sub_job(lambda sub_job: sub_job.update(MediaURL=None), "Processing", "Init")
