"""Faults of GetUrlUploadInfos by which a key is told in one place, but in the wrong one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from urllib.parse import unquote

from conformance.selftest.faults.upload_jobs import BEHAVIOR, Entry, Payload, asked, change_answer
from conformance.selftest.planting import After, plant
from emulator import Call


def _called_unknown(payload: Payload, member: str, key: str) -> None:
    """Move the entries of a key to NonExists."""
    entries = payload["URLUploadInfoList"]
    left = [e for e in entries if e[member] != key]
    if len(left) < len(entries):
        payload["URLUploadInfoList"] = left
        payload["NonExists"].append(key)


def _behind_an_unknown(name: str, member: str, wanted: Callable[[Sequence[str]], bool]) -> After:
    """Return a hook that calls the last known key behind an unknown one unknown, where `wanted` picks the known."""

    def change(call: Call, payload: Payload) -> None:
        keys = asked(call, name)
        found = {e[member] for e in payload["URLUploadInfoList"]}
        known = [key for key in keys if key in found]
        strange = [place for place, key in enumerate(keys) if key not in found]
        if strange and known and wanted(known) and keys.index(known[-1]) > strange[0]:
            _called_unknown(payload, member, known[-1])

    return change_answer(change)


def _one_left() -> After:
    def change(call: Call, payload: Payload) -> None:
        entries = payload["URLUploadInfoList"]
        if len(entries) == 1 and len(asked(call, "UploadURLs")) > 1:
            _called_unknown(payload, "UploadURL", entries[0]["UploadURL"])

    return change_answer(change)


plant("upload-last-behind-unknown", f"{BEHAVIOR}/several-job-ids", "Behind an unknown id the last id is unknown.")(
    lambda: _behind_an_unknown("JobIds", "JobId", lambda known: len(known) > 1)
)
plant("upload-url-behind-unknown", f"{BEHAVIOR}/several-urls", "Behind an unknown URL the last URL is unknown.")(
    lambda: _behind_an_unknown("UploadURLs", "UploadURL", lambda known: len(known) > 1)
)
plant("upload-one-url-left", f"{BEHAVIOR}/by-url", "Among unknown URLs a single known one is unknown too.")(_one_left)


@plant("upload-failed-unknown", f"{BEHAVIOR}/by-job-id", "A job that failed is unknown by its id.")
def _failed_unknown() -> After:
    def change(call: Call, payload: Payload) -> None:
        for entry in list(payload["URLUploadInfoList"]) if asked(call, "JobIds") else ():
            if entry["Status"].endswith("FAIL"):
                _called_unknown(payload, "JobId", entry["JobId"])

    return change_answer(change)


@plant("upload-comma-other-id", f"{BEHAVIOR}/encoded-url", "By a URL with a comma the job has another id.")
def _comma_other_id() -> After:
    def change(call: Call, payload: Payload) -> None:
        for entry in payload["URLUploadInfoList"] if asked(call, "UploadURLs") else ():
            if "," in entry["UploadURL"]:
                entry["JobId"] = entry["JobId"][::-1]

    return change_answer(change)


@plant("upload-url-has-to-fit", f"{BEHAVIOR}/job-ids-win", "Beside UploadURLs a job of another URL is unknown.")
def _url_has_to_fit() -> After:
    def change(call: Call, payload: Payload) -> None:
        urls = [unquote(item) for item in call.params.get("UploadURLs", "").split(",") if item]
        for entry in list(payload["URLUploadInfoList"]) if urls and call.params.get("JobIds") else ():
            if entry["UploadURL"] not in urls:
                _called_unknown(payload, "JobId", entry["JobId"])

    return change_answer(change)


def _lends_entry(name: str, member: str) -> After:
    """Return a hook that gives an unknown key the entry of the known one behind it."""

    def change(call: Call, payload: Payload) -> None:
        keys = asked(call, name)
        entries: dict[str, Entry] = {e[member]: e for e in payload["URLUploadInfoList"]}
        for key, following in pairwise(keys):
            if key not in entries and following in entries:
                lent = entries[following]
                payload["URLUploadInfoList"].append({**lent, "JobId": lent["JobId"][::-1], member: key})
                payload["NonExists"] = [item for item in payload["NonExists"] if unquote(item) != key]

    return change_answer(change)


plant("upload-id-borrows", f"{BEHAVIOR}/non-existing-id", "An unknown id before a known one has the entry of that.")(
    lambda: _lends_entry("JobIds", "JobId")
)
plant("upload-url-borrows", f"{BEHAVIOR}/non-existing-url", "An unknown URL before a known one has its entry.")(
    lambda: _lends_entry("UploadURLs", "UploadURL")
)
