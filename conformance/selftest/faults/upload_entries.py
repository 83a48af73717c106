"""Faults of GetUrlUploadInfos in the entries of its answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

from conformance.selftest.edits import in_zone, later
from conformance.selftest.faults.upload_jobs import BEHAVIOR, OPERATION, Entry, Payload, asked, change_answer
from conformance.selftest.planting import After, plant
from emulator import Call

ENDED = ("SUCCESS", "DOWNLOAD_FAIL")


def _entries(change: Callable[[Entry], None]) -> After:
    """Return a hook that changes each entry of accepted answers."""

    def each(_: Call, payload: Payload) -> None:
        for entry in payload["URLUploadInfoList"]:
            change(entry)

    return change_answer(each)


@plant("upload-no-such-day", f"{BEHAVIOR}/complete-time-real", "A failed job ends on 30 February.")
def _no_such_day() -> After:
    def change(entry: Entry) -> None:
        if entry["Status"] == "DOWNLOAD_FAIL":
            entry["CompleteTime"] = "2030-02-30T10:00:00Z"

    return _entries(change)


@plant("upload-ends-early", f"{BEHAVIOR}/time-order", "A failed job ends before it was made.")
def _ends_early() -> After:
    def change(entry: Entry) -> None:
        if entry["Status"] == "DOWNLOAD_FAIL":
            entry["CompleteTime"] = "2001-01-01T00:00:00Z"

    return _entries(change)


@plant("upload-time-too-soon", f"{BEHAVIOR}/complete-when-done", "CompleteTime is set once the source is fetched.")
def _time_too_soon() -> After:
    def change(entry: Entry) -> None:
        if entry["Status"].startswith(("DOWNLOAD", "UPLOAD")):
            entry.setdefault("CompleteTime", entry["CreationTime"])

    return _entries(change)


@plant(
    "upload-local-time",
    f"{OPERATION}/response/URLUploadInfoList[]/CreationTime/pattern",
    "Times are those of Shanghai, marked as UTC.",
)
def _local_time() -> After:
    return _entries(in_zone(8, "CreationTime", "CompleteTime"))


@plant(
    "upload-a-month-ago",
    f"{OPERATION}/response/URLUploadInfoList[]/CreationTime/pattern",
    "Times are a month behind, as if months were counted from 0.",
)
def _a_month_ago() -> After:
    return _entries(in_zone(-24 * 31, "CreationTime", "CompleteTime"))


@plant("upload-time-lost", f"{BEHAVIOR}/complete-when-done", "A failed job has an empty CompleteTime.")
def _time_lost() -> After:
    return _entries(lambda entry: entry.update(CompleteTime="") if entry["Status"] == "DOWNLOAD_FAIL" else None)


@plant("upload-failed-silently", f"{BEHAVIOR}/failed-job-error", "A failed job has an empty ErrorMessage.")
def _failed_silently() -> After:
    return _entries(lambda entry: entry.update(ErrorMessage="") if entry["Status"] == "DOWNLOAD_FAIL" else None)


@plant("upload-media-lost", f"{BEHAVIOR}/succeeded-job-media-id", "A succeeded job found by URL has no MediaId.")
def _media_lost() -> After:
    def change(call: Call, payload: Payload) -> None:
        if asked(call, "UploadURLs"):
            for entry in payload["URLUploadInfoList"]:
                entry.pop("MediaId", None)

    return change_answer(change)


@plant("upload-user-data-quotes", f"{BEHAVIOR}/user-data-echo", "Quotes inside the texts of UserData are lost.")
def _user_data_quotes() -> After:
    def change(entry: Entry) -> None:
        if "UserData" in entry:
            entry["UserData"] = json.dumps(json.loads(entry["UserData"].replace('\\"', "")))

    return _entries(change)


@plant("upload-new-member", f"{BEHAVIOR}/known-members", "The entry of a failed job has a further member.")
def _new_member() -> After:
    return _entries(lambda entry: entry.update(Reason="x") if entry["Status"] == "DOWNLOAD_FAIL" else None)


@plant("upload-looks-counted", f"{BEHAVIOR}/read-only", "The size of an ended job grows with every look.")
def _looks_counted() -> After:
    looks: Counter[str] = Counter()

    def change(entry: Entry) -> None:
        if entry["Status"] == "SUCCESS":
            looks[entry["JobId"]] += 1
            entry["FileSize"] = str(int(entry["FileSize"]) + looks[entry["JobId"]])

    return _entries(change)


@plant("upload-ends-by-url", f"{BEHAVIOR}/values-kept", "A job found by its URL ended later than one found by its id.")
def _ends_by_url() -> After:
    def change(call: Call, payload: Payload) -> None:
        for entry in payload["URLUploadInfoList"] if asked(call, "UploadURLs") else ():
            if entry["Status"] == "SUCCESS":
                entry["CompleteTime"] = later(entry["CompleteTime"], seconds=9)

    return change_answer(change)


@plant("upload-null-error", f"{BEHAVIOR}/no-null", "A job that goes on has ErrorCode null.")
def _null_error() -> After:
    return _entries(lambda entry: None if entry["Status"] in ENDED else entry.update(ErrorCode=None))


@plant("upload-user-data-once", f"{BEHAVIOR}/user-data-echo", "Of the jobs of one upload the first has the UserData.")
def _user_data_once() -> After:
    def change(_: Call, payload: Payload) -> None:
        texts: set[str] = set()
        for entry in payload["URLUploadInfoList"]:
            if entry.get("UserData") in texts:
                del entry["UserData"]
            texts.add(entry.get("UserData", ""))

    return change_answer(change)
