"""Faults of GetUrlUploadInfos in what it does with the keys that it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, unknown_action

OPERATION = "GetUrlUploadInfos"
BEHAVIOR = f"{OPERATION}/behavior"

Payload = dict[str, Any]
Entry = dict[str, Any]


def change_answer(change: Callable[[Call, Payload], None]) -> After:
    """Return a hook that changes accepted answers of the operation."""

    def after(call: Call, answer: Answer, _: Emulator) -> Answer:
        if call.action == OPERATION and answer.status == 200:
            change(call, answer.payload)
        return answer

    return after


def keep(payload: Payload, wanted: Callable[[Entry], bool]) -> None:
    """Leave out the entries that are not `wanted`."""
    payload["URLUploadInfoList"] = [e for e in payload["URLUploadInfoList"] if wanted(e)]


def asked(call: Call, name: str) -> list[str]:
    """Return the keys that a call asks for by `name`; none if another parameter wins."""
    if name == "UploadURLs" and call.params.get("JobIds"):
        return []
    return [unquote(item) for item in call.params.get(name, "").split(",") if item]


@plant("upload-action-by-url", f"{BEHAVIOR}/action-name", "Asked by URL, the operation is not known by its name.")
def _action_by_url() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action == OPERATION and asked(call, "UploadURLs"):
            return emulator.refuse(call, unknown_action(call.action))
        return None

    return before, None


@plant("upload-id-alone", f"{BEHAVIOR}/by-job-id", "The job of a single id comes under another id.")
def _id_alone() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(asked(call, "JobIds")) == 1:
            for entry in payload["URLUploadInfoList"]:
                entry["JobId"] = entry["JobId"].upper() + "-"

    return change_answer(change)


@plant("upload-id-vanishes", f"{BEHAVIOR}/by-job-id", "A job is not found while its source is fetched.")
def _id_vanishes() -> After:
    return change_answer(lambda _, payload: keep(payload, lambda e: not e["Status"].startswith("DOWNLOAD")))


@plant("upload-url-alone", f"{BEHAVIOR}/by-url", "The job of a single URL comes without the path of its URL.")
def _url_alone() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(asked(call, "UploadURLs")) == 1:
            for entry in payload["URLUploadInfoList"]:
                entry["UploadURL"] = entry["UploadURL"].rpartition("/")[0]

    return change_answer(change)


@plant("upload-last-id", f"{BEHAVIOR}/several-job-ids", "The last of several ids is not looked up.")
def _last_id() -> After:
    def change(call: Call, payload: Payload) -> None:
        ids = asked(call, "JobIds")
        if len(ids) > 1:
            keep(payload, lambda e: e["JobId"] != ids[-1])

    return change_answer(change)


@plant("upload-tenth-url", f"{BEHAVIOR}/several-urls", "The tenth URL of a call is not looked up.")
def _tenth_url() -> After:
    def change(call: Call, payload: Payload) -> None:
        urls = asked(call, "UploadURLs")
        if len(urls) == 10:
            keep(payload, lambda e: e["UploadURL"] != urls[-1])

    return change_answer(change)


@plant("upload-eleven-ids", f"{BEHAVIOR}/job-ids-over", "Eleven ids are taken and answered.", max_job_ids=11)
def _eleven_ids() -> None:
    """Nothing but the limit changes."""


@plant("upload-eleven-urls", f"{BEHAVIOR}/urls-over", "Eleven URLs are taken and answered.", max_upload_urls=11)
def _eleven_urls() -> None:
    """Nothing but the limit changes."""


@plant("upload-neither-taken", f"{BEHAVIOR}/neither", "A call without keys is answered with an empty list.")
def _neither_taken() -> After:
    def after(call: Call, answer: Answer, _: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 400 or call.params.keys() & {"JobIds", "UploadURLs"}:
            return answer
        payload = {"RequestId": answer.payload["RequestId"], "NonExists": [], "URLUploadInfoList": []}
        return replace(answer, status=200, payload=payload)

    return after


@plant("upload-neither-code", f"{BEHAVIOR}/neither-code", "A call without keys is refused with another Code.")
def _neither_code() -> After:
    def after(call: Call, answer: Answer, _: Emulator) -> Answer:
        if call.action == OPERATION and answer.payload.get("Code") == "MissingParameter":
            answer.payload["Code"] = "InvalidArgument"
        return answer

    return after


@plant("upload-empty-ids", f"{BEHAVIOR}/empty-is-neither", "Empty JobIds hide the URLs beside them.")
def _empty_ids() -> tuple[Before, None]:
    def before(call: Call, _: Emulator) -> Call | None:
        if call.action == OPERATION and call.params.get("JobIds") == "":
            return replace(call, params={n: v for n, v in call.params.items() if n != "UploadURLs"})
        return None

    return before, None


@plant("upload-first-wins", f"{BEHAVIOR}/job-ids-win", "UploadURLs wins over JobIds where it comes first.")
def _first_wins() -> tuple[Before, None]:
    def before(call: Call, _: Emulator) -> Call | None:
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

    return change_answer(change)


@plant("upload-keys-counted-together", f"{BEHAVIOR}/job-ids-win", "Ten JobIds and a URL are too many.")
def _keys_counted_together() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        lists = [call.params.get(name, "") for name in ("JobIds", "UploadURLs")]
        too_many = call.action == OPERATION and all(lists) and ",".join(lists).count(",") > 9
        return emulator.refuse(call, ApiError(400, "InvalidParameter", "Too many keys.")) if too_many else None

    return before, None


@plant("upload-one-unknown-id", f"{BEHAVIOR}/non-existing-id", "Only the first unknown id of a call is told.")
def _one_unknown_id() -> After:
    def change(call: Call, payload: Payload) -> None:
        if asked(call, "JobIds"):
            payload["NonExists"] = payload["NonExists"][:1]

    return change_answer(change)


@plant("upload-unknown-query", f"{BEHAVIOR}/non-existing-url", "An unknown URL with a query is not told.")
def _unknown_query() -> After:
    def change(_: Call, payload: Payload) -> None:
        payload["NonExists"] = [key for key in payload["NonExists"] if "?" not in unquote(key)]

    return change_answer(change)


@plant("upload-unknown-kind", f"{BEHAVIOR}/non-existing-kind", "Ids of jobs stand among the URLs of NonExists.")
def _unknown_kind() -> After:
    def change(call: Call, payload: Payload) -> None:
        if asked(call, "UploadURLs") and payload["NonExists"]:
            payload["NonExists"] += [e["JobId"] for e in payload["URLUploadInfoList"]]

    return change_answer(change)


@plant("upload-unknown-as-text", f"{BEHAVIOR}/non-existing-flat", "Several unknown keys come as one list as text.")
def _unknown_as_text() -> After:
    def change(_: Call, payload: Payload) -> None:
        if len(payload["NonExists"]) > 1:
            payload["NonExists"] = [str(payload["NonExists"])]

    return change_answer(change)


@plant("upload-both-places", f"{BEHAVIOR}/every-key-once", "In long lists a found key stands in NonExists too.")
def _both_places() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(asked(call, "JobIds")) > 4 and payload["URLUploadInfoList"]:
            payload["NonExists"].append(payload["URLUploadInfoList"][-1]["JobId"])

    return change_answer(change)


@plant("upload-entry-twice", f"{BEHAVIOR}/every-key-once", "The last of several jobs has two entries.")
def _entry_twice() -> After:
    def change(_: Call, payload: Payload) -> None:
        if len(payload["URLUploadInfoList"]) > 1:
            payload["URLUploadInfoList"].append(payload["URLUploadInfoList"][-1])

    return change_answer(change)


@plant("upload-unknown-refused", f"{BEHAVIOR}/unknown-is-no-error", "Several unknown URLs alone are refused.")
def _unknown_refused() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != OPERATION or answer.status != 200 or answer.payload["URLUploadInfoList"]:
            return answer
        if len(asked(call, "UploadURLs")) > 1:
            return emulator.refuse(call, ApiError(404, "JobNotFound", "No job has any of the URLs."))
        return answer

    return after
