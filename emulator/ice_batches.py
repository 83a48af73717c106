"""Batch producing jobs: SubmitBatchMediaProducingJob and GetBatchMediaProducingJob (ice.md 2 and 3.2)."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from emulator.context import Context
from emulator.errors import ApiError, job_not_found
from emulator.json_text import JsonObject, read_json, write_json
from emulator.names import is_absent_material
from emulator.params import Params
from emulator.state import BatchJob
from emulator.times import span, utc_seconds_text

_ERROR_CODE: Final = "InvalidMaterial.NotFound"
_SUBMITTED: Final = ("InputConfig", "EditingConfig", "OutputConfig", "UserData", "TemplateConfig")
_SHOWN: Final = ("InputConfig", "EditingConfig", "OutputConfig", "UserData")
_MATERIAL_MEMBERS: Final = frozenset(
    {"MediaArray", "MediaId", "MediaURL", "BackgroundMusicArray", "BackgroundImageArray", "StickerArray"}
)
_SAMPLE: Final = "sampleobject"
_SECONDS: Final = 15.0
_LONGEST_SECONDS: Final = 86_400
_DEFAULT_URL: Final = "https://ice-output.oss-cn-shanghai.aliyuncs.com/{job}_{{index}}.mp4"


def submit_batch_media_producing_job(params: Params, context: Context) -> JsonObject:
    """SubmitBatchMediaProducingJob: the same ClientToken never makes a second job (ICE-SBMPJ-IDEMPOTENT)."""
    submitted = {name: text for name in _SUBMITTED if (text := params.optional(name))}
    _check(params)
    token = params.optional("ClientToken")
    known = context.state.batch_jobs.get(context.state.client_tokens.get(token, ""))
    if known is not None:
        return {"JobId": _same_job(known, submitted)}
    job = _new_job(params, submitted, context)
    context.state.batch_jobs[job.job_id] = job
    if token:
        context.state.client_tokens[token] = job.job_id
    return {"JobId": job.job_id}


def get_batch_media_producing_job(params: Params, context: Context) -> JsonObject:
    """GetBatchMediaProducingJob: a job of more than a year ago is not found (ICE-GBMPJ-YEAR)."""
    job_id = params.text("JobId")
    job = context.state.batch_jobs.get(job_id)
    if job is None or context.now - job.create_time > span(context.limits.batch_job_kept_seconds):
        raise job_not_found(job_id)
    return {"EditingBatchJob": _payload(job, context)}


def _check(params: Params) -> None:
    for name in ("InputConfig", "OutputConfig"):
        params.text(name)
    for name in ("InputConfig", "EditingConfig", "OutputConfig", "TemplateConfig"):
        params.mapping(name)
    params.json("UserData")


def _same_job(job: BatchJob, submitted: dict[str, str]) -> str:
    if job.submitted != submitted:
        raise ApiError(400, "IdempotentParameterMismatch", "The ClientToken was used already with other parameters.")
    return job.job_id


def _new_job(params: Params, submitted: dict[str, str], context: Context) -> BatchJob:
    job_id = context.ids.job_id()
    absent = [text for text in _materials(params.mapping("InputConfig")) if is_absent_material(text)]
    urls = _output_urls(params, job_id, context)
    sub_jobs = [
        {"JobId": context.ids.job_id(), "MediaId": context.ids.job_id(), "ProjectId": context.ids.job_id(), "URL": url}
        for url in urls
    ]
    message = f"The specified clips id not found:{write_json(absent)}" if absent else ""
    return BatchJob(job_id, context.now, submitted, sub_jobs, message)


def _materials(value: object, inside: bool = False) -> Iterator[str]:
    """Yield every text that stands where InputConfig names a material."""
    match value:
        case str() if inside:
            yield value
        case list():
            for item in value:
                yield from _materials(item, inside)
        case dict():
            for name, member in value.items():
                yield from _materials(member, inside or name in _MATERIAL_MEMBERS)


def _output_urls(params: Params, job_id: str, context: Context) -> list[str]:
    output = params.mapping("OutputConfig")
    count = output.get("Count", 1)
    if type(count) is not int or not 1 <= count <= context.limits.max_outputs:
        raise params.errors.invalid("OutputConfig", f"expected a Count from 1 to {context.limits.max_outputs}")
    pattern = output.get("MediaURL", _DEFAULT_URL.format(job=job_id))
    if not isinstance(pattern, str) or not _is_http(pattern):
        raise params.errors.invalid("OutputConfig", "expected an absolute http or https URL as MediaURL")
    if count > 1 and "{index}" not in pattern:
        raise params.errors.invalid("OutputConfig", 'expected "{index}" in MediaURL when Count is over 1')
    return [pattern.replace("{index}", str(index)) for index in range(count)]


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _payload(job: BatchJob, context: Context) -> JsonObject:
    start = job.create_time + span(context.timings.batch_start)
    end = job.create_time + span(context.timings.batch_end)
    payload: JsonObject = {"JobId": job.job_id}
    payload |= {name: job.submitted[name] for name in _SHOWN if name in job.submitted}
    payload |= _job_type(job)
    payload["CreateTime"] = utc_seconds_text(job.create_time)
    payload["SubJobList"] = [_sub_payload(job, index, start, end, context.now) for index in range(len(job.sub_jobs))]
    if context.now < end:
        status, modified = ("Init", job.create_time) if context.now < start else ("Processing", start)
        return payload | {"Status": status, "ModifiedTime": utc_seconds_text(modified)}
    payload |= {"Status": "Finished", "ModifiedTime": utc_seconds_text(end), "CompleteTime": utc_seconds_text(end)}
    return payload | ({"Extend": write_json(_error(job))} if job.error_message else {})


def _job_type(job: BatchJob) -> JsonObject:
    """Return the type of the job; input named after the sample shows the two texts that only some types have."""
    if _SAMPLE not in job.submitted["InputConfig"]:
        return {"JobType": "Script"}
    selection = write_json({"MediaSelection": [{"JobId": sub_job["JobId"]} for sub_job in job.sub_jobs]})
    return {"JobType": "Smart_Mix_Media_Select", "ExtendInput": selection, "ExtendOutput": selection}


def _error(job: BatchJob) -> dict[str, str]:
    return {"ErrorCode": _ERROR_CODE, "ErrorMessage": job.error_message}


def _sub_payload(job: BatchJob, index: int, start: int, end: int, now: int) -> JsonObject:
    sub_job = job.sub_jobs[index]
    payload: JsonObject = {"JobId": sub_job["JobId"], "ProjectId": sub_job["ProjectId"]}
    share = (end - start) // len(job.sub_jobs)
    if now < end and now < start + (index + 1) * share:
        return payload | {"Status": "Init" if now < start + index * share else "Processing"}
    if job.error_message:
        return payload | {"Status": "Failed", **_error(job)}
    output = {"MediaId": sub_job["MediaId"], "MediaURL": sub_job["URL"], "Duration": _duration(job)}
    return payload | {"Status": "Success", **output}


def _duration(job: BatchJob) -> float:
    """Return the length of every output: MaxDuration if that was given as a number."""
    output = read_json(job.submitted["OutputConfig"])
    longest = output.get("MaxDuration") if isinstance(output, dict) else None
    if isinstance(longest, int | float) and not isinstance(longest, bool) and 0 < longest <= _LONGEST_SECONDS:
        return float(longest)
    return _SECONDS
