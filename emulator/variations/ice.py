"""Variations of upload jobs and batch jobs (ice.md 1, 2 and 5)."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from emulator.calls import Answer, Call
from emulator.errors import ICE_ERRORS, job_not_found
from emulator.json_text import JsonObject, read_json, write_json
from emulator.variations.model import Change, Variation, add_absent, each, empty_unless_given, on, replaced, without

if TYPE_CHECKING:
    from emulator.core import Emulator

_UPLOADS: Final = "GetUrlUploadInfos"
_BATCHES: Final = "GetBatchMediaProducingJob"
_LISTS: Final = ("JobIds", "UploadURLs")
_CONFIGS: Final = ("InputConfig", "EditingConfig", "OutputConfig")


def _items(text: str) -> list[str]:
    return [item for part in text.split(",") if (item := part.strip())]


def _first_ten(call: Call, emulator: "Emulator") -> Call | None:
    if call.action != _UPLOADS:
        return None
    most = emulator.limits.max_job_ids
    cut = {
        name: ",".join(list(dict.fromkeys(_items(text)))[:most]) for name in _LISTS if (text := call.params.get(name))
    }
    return replace(call, params={**call.params, **cut})


def _repeats_counted(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    if call.action != _UPLOADS or answer.status != 200:
        return answer
    name = next(name for name in _LISTS if call.params.get(name))
    count = len(_items(call.params[name]))
    if count <= emulator.limits.max_job_ids:
        return answer
    return emulator.refuse(call, ICE_ERRORS.over_limit(name, f"expected at most 10 items, found {count}"))


def _no_empty_lists(*names: str) -> Change:
    def change(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
        for name in names:
            if payload.get(name) == []:
                del payload[name]

    return change


def _reversed_infos(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    items = payload.get("URLUploadInfoList")
    if isinstance(items, list):
        items.reverse()


def _media_early(payload: JsonObject, call: Call, emulator: "Emulator") -> None:
    def change(entry: JsonObject) -> None:
        job = emulator.state.upload_jobs[str(entry["JobId"])]
        if not job.fails:
            entry["MediaId"] = job.media_id

    each("URLUploadInfoList", change=change)(payload, call, emulator)


def _code_200(entry: JsonObject) -> None:
    add_absent(entry, {"ErrorCode": "200", "ErrorMessage": "Success"})


def _encoded_urls(payload: JsonObject, call: Call, emulator: "Emulator") -> None:
    def change(entry: JsonObject) -> None:
        entry["UploadURL"] = quote(str(entry["UploadURL"]), safe="")

    each("URLUploadInfoList", change=change)(payload, call, emulator)
    _spell_unknown(payload, call, lambda url: quote(unquote(url), safe=""))


def _decoded_urls(payload: JsonObject, call: Call, _emulator: "Emulator") -> None:
    _spell_unknown(payload, call, unquote)


def _spell_unknown(payload: JsonObject, call: Call, spell: Callable[[str], str]) -> None:
    unknown = payload.get("NonExists")
    if isinstance(unknown, list) and not call.params.get("JobIds"):
        payload["NonExists"] = [spell(str(url)) for url in unknown]


def _one_text(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    if unknown := payload.get("NonExists"):
        payload["NonExists"] = [str(unknown)]


def _none_found(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    if call.action != _UPLOADS or answer.status != 200 or answer.payload.get("URLUploadInfoList"):
        return answer
    return emulator.refuse(call, job_not_found(next(text for name in _LISTS if (text := call.params.get(name)))))


def _late_sub_jobs(job: JsonObject) -> None:
    if job["Status"] == "Init":
        job.pop("SubJobList")


def _before_extras(job: JsonObject) -> None:
    without("ExtendInput", "ExtendOutput")(job)
    for sub_job in _sub_jobs(job):
        without("Duration")(sub_job)


def _reversed_sub_jobs(job: JsonObject) -> None:
    if "SubJobList" in job:
        job["SubJobList"] = _sub_jobs(job)[::-1]


def _sub_jobs(job: JsonObject) -> list[JsonObject]:
    found = job.get("SubJobList")
    return found if isinstance(found, list) else []


def _compact_configs(job: JsonObject) -> None:
    # A job may have an empty text in the place of a configuration.
    job.update({name: write_json(read_json(str(job[name]))) for name in _CONFIGS if job.get(name)})


def _empty_error(sub_job: JsonObject) -> None:
    if sub_job["Status"] == "Success":
        sub_job.update(ErrorCode="", ErrorMessage="")


def _empty_job(call: Call, answer: Answer, _emulator: "Emulator") -> Answer:
    if call.action != _BATCHES or answer.payload.get("Code") != "JobNotFound":
        return answer
    return replace(answer, status=200, payload={"RequestId": answer.payload["RequestId"], "EditingBatchJob": {}})


VARIATIONS: Final = (
    Variation(
        "first-ten-answered",
        "Of more than ten ids or URLs the first ten are answered.",
        ("ICE-GUUI-JOBIDS-MAX", "ICE-GUUI-URLS-MAX", "ICE-5.15"),
        groups=("over-ten",),
        before=_first_ten,
    ),
    Variation(
        "repeats-counted",
        "Repeated ids and URLs count towards the ten.",
        ("ICE-5.19",),
        groups=("over-ten",),
        after=_repeats_counted,
    ),
    Variation(
        "no-empty-non-exists",
        "NonExists is absent when it would be empty.",
        ("ice.md 1.2",),
        after=on(_UPLOADS, change=_no_empty_lists("NonExists")),
    ),
    Variation(
        "no-empty-info-list",
        "URLUploadInfoList is absent when it would be empty.",
        ("ice.md 1.2",),
        after=on(_UPLOADS, change=_no_empty_lists("URLUploadInfoList")),
    ),
    Variation(
        "infos-reversed",
        "Upload jobs come in the opposite order.",
        ("ice.md 1.4",),
        after=on(_UPLOADS, change=_reversed_infos),
    ),
    Variation(
        "status-normal",
        "A job that ended well has the Status Normal, as in the sample.",
        ("ICE-GUUI-STATUS-ENUM", "ICE-5.11"),
        groups=("upload-status",),
        after=on(_UPLOADS, change=each("URLUploadInfoList", change=replaced("Status", {"SUCCESS": "Normal"}))),
    ),
    Variation(
        "upload-success",
        "A job without a callback ends as UPLOAD_SUCCESS.",
        ("ice.md 1.3",),
        groups=("upload-status",),
        after=on(_UPLOADS, change=each("URLUploadInfoList", change=replaced("Status", {"SUCCESS": "UPLOAD_SUCCESS"}))),
    ),
    Variation(
        "upload-fail",
        "A job that failed ends as UPLOAD_FAIL.",
        ("ice.md 1.3",),
        after=on(
            _UPLOADS, change=each("URLUploadInfoList", change=replaced("Status", {"DOWNLOAD_FAIL": "UPLOAD_FAIL"}))
        ),
    ),
    Variation(
        "empty-upload-texts",
        "What an upload job does not have yet is an empty text.",
        ("ICE-GUUI-COMPLETE-WHEN-DONE", "ice.md 1.2"),
        after=on(
            _UPLOADS,
            change=each(
                "URLUploadInfoList", change=empty_unless_given("CompleteTime", "MediaId", "FileSize", "UserData")
            ),
        ),
    ),
    Variation(
        "code-200",
        "A job that did not fail has the ErrorCode 200, as in the sample.",
        ("ICE-5.12",),
        after=on(_UPLOADS, change=each("URLUploadInfoList", change=_code_200)),
    ),
    Variation(
        "media-id-early",
        "MediaId is there from the start.",
        ("ice.md 1.2",),
        after=on(_UPLOADS, change=_media_early),
    ),
    Variation(
        "no-file-size",
        "FileSize is absent.",
        ("ice.md 1.2",),
        after=on(_UPLOADS, change=each("URLUploadInfoList", change=without("FileSize"))),
    ),
    Variation(
        "urls-encoded",
        "URLs are percent-encoded in answers.",
        ("ICE-5.18",),
        groups=("non-existing",),
        after=on(_UPLOADS, change=_encoded_urls),
    ),
    Variation(
        "urls-decoded",
        "URLs are decoded in NonExists, however they were asked for.",
        ("ICE-5.18", "ICE-GUUI-NONEXIST-FLAT"),
        groups=("non-existing",),
        after=on(_UPLOADS, change=_decoded_urls),
    ),
    Variation(
        "non-exists-one-text",
        "NonExists holds one text that looks like a list, as in the sample.",
        ("ICE-GUUI-NONEXIST-FLAT", "ICE-5.2"),
        groups=("non-existing",),
        after=on(_UPLOADS, change=_one_text),
    ),
    Variation(
        "none-found-404",
        "A call that finds no upload job at all is refused with HTTP 404.",
        ("ICE-GUUI-UNKNOWN-NOT-ERROR",),
        groups=("non-existing",),
        after=_none_found,
    ),
    Variation(
        "more-upload-urls",
        "UploadMediaByURL takes more than twenty URLs.",
        ("ICE-UMBU-MAX-ERR",),
        limits={"max_submit_urls": 100},
    ),
    Variation(
        "job-type-absent",
        "A batch job has no JobType.",
        ("ICE-GBMPJ-JOBTYPE", "ICE-5.8"),
        groups=("job-type",),
        after=on(_BATCHES, change=each("EditingBatchJob", change=without("JobType"))),
    ),
    Variation(
        "job-type-empty",
        "JobType of a batch job is empty, as in the sample.",
        ("ICE-GBMPJ-JOBTYPE", "ICE-5.8"),
        groups=("job-type",),
        after=on(_BATCHES, change=each("EditingBatchJob", change=lambda job: job.update(JobType=""))),
    ),
    Variation(
        "no-batch-extras",
        "A batch job has no ExtendInput, ExtendOutput and Duration, as before they were added.",
        ("ICE-5.8", "CHG"),
        after=on(
            _BATCHES,
            change=each("EditingBatchJob", change=_before_extras),
        ),
    ),
    Variation(
        "empty-batch-texts",
        "What a batch job does not have is an empty text.",
        ("ICE-GBMPJ-COMPLETE-WHEN-DONE", "ice.md 2.2"),
        after=on(
            _BATCHES,
            change=each(
                "EditingBatchJob", change=empty_unless_given("EditingConfig", "UserData", "Extend", "CompleteTime")
            ),
        ),
    ),
    Variation(
        "compact-configs",
        "Configurations come back without white space.",
        ("ICE-GBMPJ-CONFIG-ECHO-BYTES",),
        after=on(_BATCHES, change=each("EditingBatchJob", change=_compact_configs)),
    ),
    Variation(
        "late-sub-jobs",
        "SubJobList is absent until the job is processed.",
        ("ice.md 2.2",),
        after=on(_BATCHES, change=each("EditingBatchJob", change=_late_sub_jobs)),
    ),
    Variation(
        "sub-jobs-reversed",
        "Sub-jobs come in the opposite order.",
        ("ice.md 2.2",),
        after=on(_BATCHES, change=each("EditingBatchJob", change=_reversed_sub_jobs)),
    ),
    Variation(
        "no-sub-job-project",
        "Sub-jobs have no ProjectId.",
        ("ice.md 2.2",),
        after=on(_BATCHES, change=each("EditingBatchJob", "SubJobList", change=without("ProjectId"))),
    ),
    Variation(
        "empty-sub-job-error",
        "A sub-job that succeeded has an empty ErrorCode and ErrorMessage.",
        ("ICE-GBMPJ-SUB-NOERR", "ICE-5.4"),
        after=on(_BATCHES, change=each("EditingBatchJob", "SubJobList", change=_empty_error)),
    ),
    Variation(
        "unknown-batch-job-empty",
        "An unknown batch job is answered with an empty object.",
        ("ICE-GBMPJ-UNKNOWN", "ICE-5.16"),
        groups=("unknown-batch-job",),
        after=_empty_job,
    ),
)
