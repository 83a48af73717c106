"""URL upload jobs."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.conftest import Caller, StillClock

URL = "https://media.example.com/a,b &c.mp4"
PLAIN = "http://media.example.com/plain.mp4"
LOST = "https://media.example.com/missing/a.mp4"
UTC = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def joined(*urls: str) -> str:
    """Return URLs encoded and joined."""
    return ",".join(quote(url, safe="") for url in urls)


def uploaded(caller: Caller, *urls: str, **params: object) -> list[dict[str, str]]:
    """Submit upload jobs and return them."""
    reply = caller.ice("UploadMediaByURL", UploadURLs=joined(*urls), **params)
    assert reply.status == 200, reply.body
    jobs: list[dict[str, str]] = reply.body["UploadJobs"]
    return jobs


def infos(caller: Caller, **params: str) -> dict[str, Any]:
    """Call GetUrlUploadInfos and return the answer."""
    reply = caller.ice("GetUrlUploadInfos", **params)
    assert reply.status == 200, reply.body
    return reply.body


def test_one_job_for_each_url(caller: Caller) -> None:
    """Each URL has its job, in order, also when it is given twice."""
    jobs = uploaded(caller, URL, PLAIN, URL)

    assert [job["SourceURL"] for job in jobs] == [URL, PLAIN, URL]
    assert all(re.fullmatch("[0-9a-f]{32}", job["JobId"]) for job in jobs)
    assert len({job["JobId"] for job in jobs}) == 3


def test_job_is_found_by_id(caller: Caller) -> None:
    """A job is found by its id, and nothing is missing."""
    (job,) = uploaded(caller, URL)

    body = infos(caller, JobIds=job["JobId"])

    assert [info["JobId"] for info in body["URLUploadInfoList"]] == [job["JobId"]]
    assert body["NonExists"] == []


def test_jobs_are_found_by_ids(caller: Caller) -> None:
    """Ids are joined by commas, with blanks, empty items and repetitions ignored."""
    one, two = (job["JobId"] for job in uploaded(caller, URL, PLAIN))

    body = infos(caller, JobIds=f" {two},,{one} ,{two}")

    assert [info["JobId"] for info in body["URLUploadInfoList"]] == [two, one]


def test_jobs_are_found_by_urls(caller: Caller) -> None:
    """Encoded and plain URLs are found, those with a comma too."""
    uploaded(caller, URL, PLAIN)

    body = infos(caller, UploadURLs=f"{joined(URL)},{PLAIN}")

    assert [info["UploadURL"] for info in body["URLUploadInfoList"]] == [URL, PLAIN]


def test_url_uploaded_twice_has_two_records(caller: Caller) -> None:
    """Every job of a URL is shown, the newest first."""
    jobs = uploaded(caller, URL, URL)

    body = infos(caller, UploadURLs=joined(URL))

    assert [info["JobId"] for info in body["URLUploadInfoList"]] == [jobs[1]["JobId"], jobs[0]["JobId"]]


def test_records_are_capped(caller: Caller) -> None:
    """At most 100 records come back, and every known URL has one."""
    for _ in range(6):
        uploaded(caller, *[URL] * 20)
    uploaded(caller, PLAIN)

    body = infos(caller, UploadURLs=joined(URL, PLAIN))

    assert len(body["URLUploadInfoList"]) == 100
    assert {info["UploadURL"] for info in body["URLUploadInfoList"]} == {URL, PLAIN}
    assert body["NonExists"] == []


def test_unknown_ids_are_named(caller: Caller) -> None:
    """An id without a job is in NonExists, as it was asked for; the others are found."""
    (job,) = uploaded(caller, URL)

    body = infos(caller, JobIds=f"x,{job['JobId']},Y")

    assert (body["NonExists"], len(body["URLUploadInfoList"])) == (["x", "Y"], 1)


def test_unknown_urls_are_named(caller: Caller) -> None:
    """A URL without a job is in NonExists, as it was asked for."""
    body = infos(caller, UploadURLs=f"{joined(URL)}, {PLAIN} ")

    assert (body["NonExists"], body["URLUploadInfoList"]) == ([joined(URL), PLAIN], [])


def test_job_ids_go_before_urls(caller: Caller) -> None:
    """With both parameters only the ids count."""
    uploaded(caller, URL)

    body = infos(caller, JobIds="x", UploadURLs=joined(URL, PLAIN))

    assert (body["NonExists"], body["URLUploadInfoList"]) == (["x"], [])


@pytest.mark.parametrize("params", [{}, {"JobIds": ""}, {"JobIds": " , ", "UploadURLs": ""}])
def test_one_parameter_is_required(caller: Caller, params: dict[str, str]) -> None:
    """With neither parameter the call is refused; empty texts count as not given."""
    reply = caller.ice("GetUrlUploadInfos", **params)

    assert (reply.status, reply.code) == (400, "MissingParameter")


@pytest.mark.parametrize("name", ["JobIds", "UploadURLs"])
@pytest.mark.parametrize(("count", "status"), [(10, 200), (11, 400)])
def test_number_of_keys(caller: Caller, name: str, count: int, status: int) -> None:
    """Ten keys are accepted, eleven refused."""
    reply = caller.ice("GetUrlUploadInfos", **{name: ",".join(f"k{number}" for number in range(count))})

    assert (reply.status, reply.code) == (status, "" if status == 200 else f"InvalidParameter.{name}")


def test_repeated_keys_count_once(caller: Caller) -> None:
    """The limit counts different keys."""
    assert infos(caller, JobIds=",".join(["x"] * 11))["NonExists"] == ["x"]


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (0, "PENDING"),
        (0.05, "PROCESSING"),
        (0.1, "DOWNLOADING"),
        (0.15, "DOWNLOAD_SUCCESS"),
        (0.2, "UPLOADING"),
        (0.25, "SUCCESS"),
        (99, "SUCCESS"),
    ],
)
def test_progress(caller: Caller, clock: StillClock, seconds: float, status: str) -> None:
    """A job goes through its states; size, media and end appear when they are known."""
    (job,) = uploaded(caller, URL, UserData='{"a": 1}')
    clock.advance(seconds)

    (info,) = infos(caller, JobIds=job["JobId"])["URLUploadInfoList"]

    assert (info["Status"], info["UserData"], info["CreationTime"]) == (status, '{"a": 1}', "2024-05-06T07:08:09Z")
    assert ("MediaId" in info, "CompleteTime" in info) == (status == "SUCCESS", status == "SUCCESS")
    assert ("FileSize" in info) == (seconds >= 0.15)
    assert all(isinstance(value, str) for value in info.values())


def test_ended_job(caller: Caller, clock: StillClock) -> None:
    """A job that succeeded shows its media, its size in digits and its end."""
    (job,) = uploaded(caller, URL)
    clock.advance(2)

    (info,) = infos(caller, JobIds=job["JobId"])["URLUploadInfoList"]

    assert info["MediaId"] == job["MediaId"]
    assert re.fullmatch(r"\d+", info["FileSize"])
    assert re.fullmatch(UTC, info["CompleteTime"])
    assert info["CreationTime"] <= info["CompleteTime"]
    assert not {"ErrorCode", "ErrorMessage", "UserData"} & info.keys()


@pytest.mark.parametrize("url", [LOST, "https://media.example.invalid/a.mp4", "http://NOWHERE.Invalid:8080/a.mp4"])
def test_failed_job(caller: Caller, clock: StillClock, url: str) -> None:
    """A job whose source or host does not exist shows an error and no media."""
    (job,) = uploaded(caller, url)
    clock.advance(2)

    (info,) = infos(caller, JobIds=job["JobId"])["URLUploadInfoList"]

    assert info["Status"] == "DOWNLOAD_FAIL"
    assert info["ErrorCode"]
    assert info["ErrorMessage"]
    assert info["CompleteTime"]
    assert not {"MediaId", "FileSize"} & info.keys()


@pytest.mark.parametrize(("count", "status"), [(20, 200), (21, 400)])
def test_number_of_uploads(caller: Caller, count: int, status: int) -> None:
    """Twenty URLs are accepted, twenty-one refused."""
    urls = joined(*(f"http://example.com/{number}.mp4" for number in range(count)))

    assert caller.ice("UploadMediaByURL", UploadURLs=urls).status == status


@pytest.mark.parametrize(
    "url", ["a.mp4", "ftp://example.com/a.mp4", "http:///a.mp4", "http://example.com/a", "http://[/a.b"]
)
def test_other_urls_are_refused(caller: Caller, url: str) -> None:
    """A URL must be absolute and have a file extension."""
    assert caller.ice("UploadMediaByURL", UploadURLs=joined(url)).code == "InvalidParameter.UploadURLs"


def test_extension_of_the_metadata(caller: Caller) -> None:
    """A URL without an extension is accepted if the metadata has one for it."""
    url = "https://example.com/video?id=1"

    assert uploaded(caller, url, MediaMetaData=[{"SourceURL": url, "FileExtension": "mp4"}])


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"UploadURLs": ""}, "MissingParameter"),
        ({"UploadURLs": ","}, "MissingParameter"),
        ({"UserData": "{"}, "InvalidParameter.UserData"),
        ({"MediaMetaData": "{}"}, "InvalidParameter.MediaMetaData"),
        ({"MediaMetaData": "[1]"}, "InvalidParameter.MediaMetaData[0]"),
        ({"UploadTargetConfig": "[]"}, "InvalidParameter.UploadTargetConfig"),
    ],
)
def test_uploads_are_refused(caller: Caller, params: dict[str, str], code: str) -> None:
    """Missing and malformed parameters are refused."""
    reply = caller.ice("UploadMediaByURL", **({"UploadURLs": PLAIN} | params))

    assert (reply.status, reply.code) == (400, code)


def test_equal_calls_give_equal_answers(caller: Caller) -> None:
    """Reading changes nothing."""
    uploaded(caller, URL)

    answers = [infos(caller, UploadURLs=joined(URL)) for _ in range(2)]

    assert answers[0] | {"RequestId": ""} == answers[1] | {"RequestId": ""}
