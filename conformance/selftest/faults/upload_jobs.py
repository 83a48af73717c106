"""Faults of GetUrlUploadInfos, at least one for each declared requirement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, unknown_action

OPERATION = "GetUrlUploadInfos"
BEHAVIOR = f"{OPERATION}/behavior"
ENDED = ("SUCCESS", "DOWNLOAD_FAIL")

Payload = dict[str, Any]
Entry = dict[str, Any]


def _answer(change: Callable[[Call, Payload], None]) -> After:
    """Return a hook that changes accepted answers of the operation."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200:
            change(call, answer.payload)
        return answer

    return after


def _entries(change: Callable[[Entry], None]) -> After:
    """Return a hook that changes each entry of accepted answers."""

    def each(call: Call, payload: Payload) -> None:
        for entry in payload["URLUploadInfoList"]:
            change(entry)

    return _answer(each)


def _keep(payload: Payload, wanted: Callable[[Entry], bool]) -> None:
    payload["URLUploadInfoList"] = [e for e in payload["URLUploadInfoList"] if wanted(e)]


def _keys(call: Call, name: str) -> list[str]:
    """Return the keys that a call asks for by `name`; none if another parameter wins."""
    if name == "UploadURLs" and call.params.get("JobIds"):
        return []
    return [unquote(item) for item in call.params.get(name, "").split(",") if item]


@plant("upload-action-by-url", f"{BEHAVIOR}/action-name", "Asked by URL, the operation is not known by its name.")
def _action_by_url() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action == OPERATION and _keys(call, "UploadURLs"):
            return emulator.refuse(call, unknown_action(call.action))
        return None

    return before, None


@plant("upload-id-alone", f"{BEHAVIOR}/by-job-id", "The job of a single id comes under another id.")
def _id_alone() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(_keys(call, "JobIds")) == 1:
            for entry in payload["URLUploadInfoList"]:
                entry["JobId"] = entry["JobId"].upper() + "-"

    return _answer(change)


@plant("upload-id-vanishes", f"{BEHAVIOR}/by-job-id", "A job is not found while its source is fetched.")
def _id_vanishes() -> After:
    return _answer(lambda call, payload: _keep(payload, lambda e: not e["Status"].startswith("DOWNLOAD")))


@plant("upload-url-alone", f"{BEHAVIOR}/by-url", "The job of a single URL comes without the path of its URL.")
def _url_alone() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(_keys(call, "UploadURLs")) == 1:
            for entry in payload["URLUploadInfoList"]:
                entry["UploadURL"] = entry["UploadURL"].rpartition("/")[0]

    return _answer(change)


@plant("upload-last-id", f"{BEHAVIOR}/several-job-ids", "The last of several ids is not looked up.")
def _last_id() -> After:
    def change(call: Call, payload: Payload) -> None:
        ids = _keys(call, "JobIds")
        if len(ids) > 1:
            _keep(payload, lambda e: e["JobId"] != ids[-1])

    return _answer(change)


@plant("upload-tenth-url", f"{BEHAVIOR}/several-urls", "The tenth URL of a call is not looked up.")
def _tenth_url() -> After:
    def change(call: Call, payload: Payload) -> None:
        urls = _keys(call, "UploadURLs")
        if len(urls) == 10:
            _keep(payload, lambda e: e["UploadURL"] != urls[-1])

    return _answer(change)


@plant("upload-eleven-ids", f"{BEHAVIOR}/job-ids-over", "Eleven ids are taken and answered.", max_job_ids=11)
def _eleven_ids() -> After:
    return _answer(lambda call, payload: None)


@plant("upload-eleven-urls", f"{BEHAVIOR}/urls-over", "Eleven URLs are taken and answered.", max_upload_urls=11)
def _eleven_urls() -> After:
    return _answer(lambda call, payload: None)


@plant("upload-neither-taken", f"{BEHAVIOR}/neither", "A call without keys is answered with an empty list.")
def _neither_taken() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 400 or call.params.keys() & {"JobIds", "UploadURLs"}:
            return answer
        payload = {"RequestId": answer.payload["RequestId"], "NonExists": [], "URLUploadInfoList": []}
        return replace(answer, status=200, payload=payload)

    return after


@plant("upload-neither-code", f"{BEHAVIOR}/neither-code", "A call without keys is refused with the Code of another API.")
def _neither_code() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == OPERATION and answer.payload.get("Code") == "MissingParameter":
            answer.payload["Code"] = "InvalidArgument"
        return answer

    return after


@plant("upload-empty-ids", f"{BEHAVIOR}/empty-is-neither", "Empty JobIds hide the URLs beside them.")
def _empty_ids() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        if call.action == OPERATION and call.params.get("JobIds") == "":
            return replace(call, params={n: v for n, v in call.params.items() if n != "UploadURLs"})
        return None

    return before, None


@plant("upload-first-wins", f"{BEHAVIOR}/job-ids-win", "UploadURLs wins over JobIds where it comes first.")
def _first_wins() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        named = [name for name in call.params if name in ("JobIds", "UploadURLs")]
        if call.action == OPERATION and named == ["UploadURLs", "JobIds"]:
            return replace(call, params={n: v for n, v in call.params.items() if n != "JobIds"})
        return None

    return before, None


@plant("upload-both-added", f"{BEHAVIOR}/job-ids-win", "Unknown URLs beside JobIds stand in NonExists.")
def _both_added() -> After:
    def change(call: Call, payload: Payload) -> None:
        if call.params.get("JobIds") and call.params.get("UploadURLs"):
            payload["NonExists"] += [u for u in call.params["UploadURLs"].split(",") if "none" in u]

    return _answer(change)


@plant("upload-one-unknown-id", f"{BEHAVIOR}/non-existing-id", "Only the first unknown id of a call is told.")
def _one_unknown_id() -> After:
    def change(call: Call, payload: Payload) -> None:
        if _keys(call, "JobIds"):
            payload["NonExists"] = payload["NonExists"][:1]

    return _answer(change)


@plant("upload-unknown-query", f"{BEHAVIOR}/non-existing-url", "An unknown URL with a query is not told.")
def _unknown_query() -> After:
    def change(call: Call, payload: Payload) -> None:
        payload["NonExists"] = [key for key in payload["NonExists"] if "?" not in unquote(key)]

    return _answer(change)


@plant("upload-unknown-kind", f"{BEHAVIOR}/non-existing-kind", "Ids of jobs stand among the URLs of NonExists.")
def _unknown_kind() -> After:
    def change(call: Call, payload: Payload) -> None:
        if _keys(call, "UploadURLs") and payload["NonExists"]:
            payload["NonExists"] += [e["JobId"] for e in payload["URLUploadInfoList"]]

    return _answer(change)


@plant("upload-unknown-as-text", f"{BEHAVIOR}/non-existing-flat", "Several unknown keys come as one list as text.")
def _unknown_as_text() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(payload["NonExists"]) > 1:
            payload["NonExists"] = [str(payload["NonExists"])]

    return _answer(change)


@plant("upload-both-places", f"{BEHAVIOR}/every-key-once", "In long lists a found key stands in NonExists too.")
def _both_places() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(_keys(call, "JobIds")) > 4 and payload["URLUploadInfoList"]:
            payload["NonExists"].append(payload["URLUploadInfoList"][-1]["JobId"])

    return _answer(change)


@plant("upload-entry-twice", f"{BEHAVIOR}/every-key-once", "The last of several jobs has two entries.")
def _entry_twice() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(payload["URLUploadInfoList"]) > 1:
            payload["URLUploadInfoList"].append(payload["URLUploadInfoList"][-1])

    return _answer(change)


@plant("upload-unknown-refused", f"{BEHAVIOR}/unknown-is-no-error", "Several unknown URLs alone are refused.")
def _unknown_refused() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 200 or answer.payload["URLUploadInfoList"]:
            return answer
        return emulator.refuse(call, ApiError(404, "JobNotFound", "No job.")) if _keys(call, "UploadURLs")[1:] else answer

    return after


def _with_urls(respell: Callable[[str], str]) -> tuple[Before, None]:
    """Return a hook that misreads UploadURLs."""

    def before(call: Call, emulator: Emulator) -> Call | None:
        if call.action == OPERATION and call.params.get("UploadURLs"):
            return replace(call, params={**call.params, "UploadURLs": respell(call.params["UploadURLs"])})
        return None

    return before, None


@plant("upload-split-late", f"{BEHAVIOR}/encoded-url", "URLs are decoded before the list is split.")
def _split_late() -> tuple[Before, None]:
    return _with_urls(unquote)


@plant("upload-plus-is-space", f"{BEHAVIOR}/encoded-url", "An encoded plus in a URL is read as a space.")
def _plus_is_space() -> tuple[Before, None]:
    return _with_urls(lambda text: text.replace("%2B", "%20"))


@plant("upload-latin-letters", f"{BEHAVIOR}/encoded-url", "Encoded letters beyond ASCII are not decoded.")
def _latin_letters() -> tuple[Before, None]:
    return _with_urls(lambda text: text.replace("%E7%89%87", "%3F"))


@plant("upload-plain-unknown", f"{BEHAVIOR}/plain-url", "A URL that is not encoded is not matched.")
def _plain_unknown() -> After:
    def change(call: Call, payload: Payload) -> None:
        plain = [item for item in call.params.get("UploadURLs", "").split(",") if "://" in item]
        if plain and not call.params.get("JobIds"):
            _keep(payload, lambda e: e["UploadURL"] not in plain)
            payload["NonExists"] = list(dict.fromkeys([*payload["NonExists"], *plain]))

    return _answer(change)


@plant("upload-newest-only", f"{BEHAVIOR}/repeated-url", "Only the newest job of a URL has an entry.")
def _newest_only() -> After:
    def change(call: Call, payload: Payload) -> None:
        seen: set[str] = set()
        if _keys(call, "UploadURLs"):
            _keep(payload, lambda e: not (e["UploadURL"] in seen or seen.add(e["UploadURL"])))

    return _answer(change)


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


@plant("upload-time-lost", f"{BEHAVIOR}/complete-when-done", "A failed job has an empty CompleteTime.")
def _time_lost() -> After:
    return _entries(lambda entry: entry.update(CompleteTime="") if entry["Status"] == "DOWNLOAD_FAIL" else None)


@plant("upload-failed-silently", f"{BEHAVIOR}/failed-job-error", "A failed job has an empty ErrorMessage.")
def _failed_silently() -> After:
    return _entries(lambda entry: entry.update(ErrorMessage="") if entry["Status"] == "DOWNLOAD_FAIL" else None)


@plant("upload-media-lost", f"{BEHAVIOR}/succeeded-job-media-id", "A succeeded job found by URL has no MediaId.")
def _media_lost() -> After:
    def change(call: Call, payload: Payload) -> None:
        if _keys(call, "UploadURLs"):
            for entry in payload["URLUploadInfoList"]:
                entry.pop("MediaId", None)

    return _answer(change)


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


@plant("upload-null-error", f"{BEHAVIOR}/no-null", "A job that goes on has ErrorCode null.")
def _null_error() -> After:
    return _entries(lambda entry: None if entry["Status"] in ENDED else entry.update(ErrorCode=None))
