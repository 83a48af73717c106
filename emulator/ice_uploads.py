"""URL upload jobs: UploadMediaByURL and GetUrlUploadInfos (ice.md 1 and 3.1)."""

import random
from typing import Final
from urllib.parse import unquote, urlsplit

from emulator.context import Context
from emulator.json_text import JsonObject
from emulator.names import is_absent_url
from emulator.params import Params
from emulator.state import UploadJob
from emulator.times import span, utc_seconds_text

_GOOD_STATES: Final = ("PENDING", "PROCESSING", "DOWNLOADING", "DOWNLOAD_SUCCESS", "UPLOADING", "SUCCESS")
_BAD_STATES: Final = ("PENDING", "PROCESSING", "DOWNLOADING", "DOWNLOAD_FAIL")
_SIZE_KNOWN_FROM: Final = _GOOD_STATES.index("DOWNLOAD_SUCCESS")


def upload_media_by_url(params: Params, context: Context) -> JsonObject:
    """UploadMediaByURL: one job for each URL given (ICE-UMBU-ONE-PER-URL)."""
    urls = [unquote(item) for item in _split(params.text("UploadURLs"))]
    _check_urls(params, urls, context)
    params.mapping("UploadTargetConfig")
    params.mapping("PostProcessConfig")
    params.json("UserData")
    jobs = [_new_job(url, params.optional("UserData"), context) for url in urls]
    context.state.upload_jobs |= {job.job_id: job for job in jobs}
    return {"UploadJobs": [{"JobId": job.job_id, "MediaId": job.media_id, "SourceURL": job.url} for job in jobs]}


def get_url_upload_infos(params: Params, context: Context) -> JsonObject:
    """GetUrlUploadInfos: by job ids, or else by URLs; every key is either found or in NonExists."""
    ids = list(dict.fromkeys(_split(params.optional("JobIds"))))
    if ids:
        _check_count(params, "JobIds", ids, context.limits.max_job_ids)
        return _answer({job_id: _jobs_by_id(job_id, context) for job_id in ids}, context)
    texts = {unquote(item): item for item in reversed(_split(params.optional("UploadURLs")))}
    if not texts:
        raise params.errors.missing("JobIds or UploadURLs")
    _check_count(params, "UploadURLs", list(texts), context.limits.max_upload_urls)
    return _answer({text: _jobs_by_url(url, context) for url, text in reversed(texts.items())}, context)


def _split(text: str) -> list[str]:
    return [item for part in text.split(",") if (item := part.strip())]


def _check_count(params: Params, name: str, items: list[str], most: int) -> None:
    if len(items) > most:
        raise params.errors.over_limit(name, f"expected at most {most} items, found {len(items)}")


def _check_urls(params: Params, urls: list[str], context: Context) -> None:
    if not urls:
        raise params.errors.missing("UploadURLs")
    _check_count(params, "UploadURLs", urls, context.limits.max_submit_urls)
    extensions = _extensions(params)
    for url in urls:
        path = _http_path(url)
        if path is None:
            raise params.errors.invalid("UploadURLs", f'expected an absolute http or https URL, found "{url}"')
        if "." not in path.rpartition("/")[2] and not extensions.get(url):
            raise params.errors.invalid("UploadURLs", f'expected a URL with a file extension, found "{url}"')


def _http_path(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.path if parts.scheme in ("http", "https") and parts.netloc else None


def _extensions(params: Params) -> dict[str, str]:
    """Return the FileExtension of every URL that MediaMetaData gives one for."""
    extensions: dict[str, str] = {}
    for index, item in enumerate(params.array("MediaMetaData")):
        entry = params.as_object(f"MediaMetaData[{index}]", item)
        values = [entry.get("SourceURL", ""), entry.get("FileExtension", "")]
        url, extension = params.texts(f"MediaMetaData[{index}]", values)
        extensions[unquote(url)] = extension
        extensions[url] = extension
    return extensions


def _new_job(url: str, user_data: str, context: Context) -> UploadJob:
    return UploadJob(
        job_id=context.ids.job_id(),
        media_id=context.ids.job_id(),
        url=url,
        create_time=context.now,
        file_size=random.Random(url).randint(10_000, 500_000_000),
        user_data=user_data,
        fails=is_absent_url(url),
    )


def _jobs_by_id(job_id: str, context: Context) -> list[UploadJob]:
    job = context.state.upload_jobs.get(job_id)
    return [job] if job else []


def _jobs_by_url(url: str, context: Context) -> list[UploadJob]:
    """Return the jobs of a URL, the newest first, so that the cap on records cuts off the oldest."""
    return [job for job in reversed(context.state.upload_jobs.values()) if job.url == url]


def _answer(found: dict[str, list[UploadJob]], context: Context) -> JsonObject:
    records = [_payload(job, context) for job in _capped(list(found.values()), context.limits.max_records)]
    return {"NonExists": [key for key, jobs in found.items() if not jobs], "URLUploadInfoList": records}


def _capped(groups: list[list[UploadJob]], most: int) -> list[UploadJob]:
    """Return at most ``most`` jobs, key by key; every key keeps its newest, so that none seems unknown."""
    ranked = [(rank, position) for position, group in enumerate(groups) for rank in range(len(group))]
    kept = sorted(sorted(ranked)[:most], key=lambda place: (place[1], place[0]))
    return [groups[position][rank] for rank, position in kept]


def states_of(job: UploadJob) -> tuple[str, ...]:
    """Return the states that a job goes through, the last of which stays."""
    return _BAD_STATES if job.fails else _GOOD_STATES


def _payload(job: UploadJob, context: Context) -> JsonObject:
    states = states_of(job)
    step = span(context.timings.upload_step)
    reached = min((context.now - job.create_time) // step if step else len(states), len(states) - 1)
    payload: JsonObject = {
        "JobId": job.job_id,
        "UploadURL": job.url,
        "Status": states[max(0, reached)],
        "CreationTime": utc_seconds_text(job.create_time),
    }
    if job.user_data:
        payload["UserData"] = job.user_data
    if not job.fails and reached >= _SIZE_KNOWN_FROM:
        payload["FileSize"] = str(job.file_size)
    ended = reached == len(states) - 1
    return payload | (_result(job, job.create_time + reached * step) if ended else {})


def _result(job: UploadJob, end_time: int) -> JsonObject:
    result: JsonObject = {"CompleteTime": utc_seconds_text(end_time)}
    if job.fails:
        return result | {"ErrorCode": "FileNotFound", "ErrorMessage": f"The source cannot be downloaded: {job.url}."}
    return result | {"MediaId": job.media_id}
