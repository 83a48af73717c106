"""Upload jobs: what UploadMediaByURL makes and refuses (facts ice.md 3.1 and 4.3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from conformance.behaviors.own import is_text, refusal, says_nothing, unsure
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Verdict
from conformance.judge.reaction import summarize, why_unusable
from conformance.polling import until
from conformance.world import BlockedError, World

_TWENTY = "Provisioning/behavior/upload-twenty-urls"
_EXTENSION = "Provisioning/behavior/upload-file-extension"
_DONE = ("SUCCESS", "UPLOAD_SUCCESS", "Normal")
_FAILED = ("FAIL", "FAILED")


@check(
    _TWENTY,
    "Provisioning/behavior/upload-urls-over",
    "Provisioning/behavior/upload-jobs",
    "Provisioning/behavior/upload-job-per-url",
    "Provisioning/behavior/upload-job-queryable",
    _EXTENSION,
    operation="GetUrlUploadInfos",
    tier="full",
)
def upload_jobs(world: World) -> Flow:
    """Upload twenty URLs, one more, and some without a file extension."""
    urls = [f"https://media.example.com/{world.token}/many/{number}.mp4" for number in range(21)]
    urls[19] = f"https://media.example.com/{world.token}/many/a,b+c.mp4?x=1&y=2"
    twenty = yield _upload(urls[:20])
    if not twenty.accepted:
        control = yield _upload(urls[:2])
        if not control.accepted or says_nothing(twenty):
            raise BlockedError(f"{why_unusable(twenty)}, and the check needs it")
        yield expect(_TWENTY, False, expected="20 URLs accepted", observed=summarize(twenty), exchange=twenty)
        return
    yield expect(_TWENTY, True, expected="", observed="", exchange=twenty)
    over = yield _upload(urls)
    yield _over(over, twenty)
    yield from _queryable(world, twenty)
    for url in (
        f"https://media.example.com/{world.token}/video",
        f"https://media.example.com/{world.token}.d/video?name=a.mp4",
    ):
        yield from _without_extension(world, url, twenty)


def _upload(urls: list[str]) -> Call:
    return Call("UploadMediaByURL", {"UploadURLs": ",".join(quote(url, safe="") for url in urls)})


def _over(over: Exchange, control: Exchange) -> Verdict:
    """ICE-UMBU-MAX-ERR: beyond the limit HTTP 400."""
    requirement = "Provisioning/behavior/upload-urls-over"
    verdict = refusal(requirement, over, control, "UploadMediaByURL with 21 URLs")
    if verdict.outcome != "conforms" or over.answer is None:
        return verdict
    wanted = "UploadMediaByURL with 21 URLs is refused with HTTP 400"
    status = over.answer.status
    return expect(requirement, status == 400, expected=wanted, observed=f"HTTP {status}", exchange=over)


def _ids(made: Exchange) -> list[str]:
    jobs = made.value.get("UploadJobs")
    items = jobs if isinstance(jobs, list) else []
    return [job["JobId"] for job in items if isinstance(job, dict) and is_text(job.get("JobId"))]


def _infos(exchange: Exchange) -> dict[str, dict[str, Any]]:
    infos = exchange.value.get("URLUploadInfoList")
    items = infos if isinstance(infos, list) else []
    return {i["JobId"]: i for i in items if isinstance(i, dict) and is_text(i.get("JobId"))}


def _queryable(world: World, made: Exchange) -> Flow:
    """ICE-UMBU-QUERYABLE: the last ten jobs of an upload are found."""
    ids = _ids(made)[-10:]
    if not ids:
        return
    seen = yield from until(
        Call("GetUrlUploadInfos", {"JobIds": ids}), lambda e: set(ids) <= set(_infos(e)), world.settle_seconds
    )
    if says_nothing(seen):
        yield unsure("Provisioning/behavior/upload-job-queryable", seen)
        return
    found = len(set(ids) & set(_infos(seen)))
    yield expect(
        "Provisioning/behavior/upload-job-queryable",
        found == len(set(ids)),
        expected=f"GetUrlUploadInfos finds {len(set(ids))} jobs just made",
        observed=f"it finds {found}" if seen.accepted else summarize(seen),
        exchange=seen,
    )


def _without_extension(world: World, url: str, control: Exchange) -> Flow:
    """ICE-UMBU-EXT: refused at once, or a job that fails."""
    made = yield _upload([url])
    ids = _ids(made)
    if not (made.accepted and ids):
        yield refusal(_EXTENSION, made, control, "a URL without a file extension")
        return

    def status(exchange: Exchange) -> str:
        return str(_infos(exchange).get(ids[0], {}).get("Status", ""))

    call = Call("GetUrlUploadInfos", {"JobIds": ids[:1]})
    seen = yield from until(call, lambda e: _has_ended(status(e)), world.settle_seconds)
    if not _has_ended(status(seen)):
        yield Verdict(_EXTENSION, "inconclusive", observed=f"the job is '{status(seen)}' and was not refused")
        return
    yield expect(
        _EXTENSION,
        status(seen).endswith(_FAILED),
        expected="a URL without a file extension is refused, or its job fails",
        observed=f"its job has the Status '{status(seen)}'",
        exchange=seen,
        control=control,
    )


def _has_ended(status: str) -> bool:
    """Whether an upload job is at its end (ice.md 1.3); the success of a download is not."""
    return status in _DONE or status.endswith(_FAILED)
