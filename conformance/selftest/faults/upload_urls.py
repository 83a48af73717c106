"""Faults of GetUrlUploadInfos in how it reads and matches URLs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote

from conformance.selftest.faults.upload_jobs import BEHAVIOR, OPERATION, Payload, asked, change_answer, keep
from conformance.selftest.planting import After, Before, plant
from emulator import Call, Emulator


def _with_urls(respell: Callable[[str], str]) -> tuple[Before, None]:
    """Return a hook that misreads UploadURLs."""

    def before(call: Call, _: Emulator) -> Call | None:
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


@plant("upload-query-ignored", f"{BEHAVIOR}/non-existing-url", "What follows a question mark in a URL is ignored.")
def _query_ignored() -> tuple[Before, None]:
    return _with_urls(lambda text: re.sub("%3Fnever%3D[0-9a-f]+", "", text))


def _once_simpler(simpler: Callable[[str], str]) -> tuple[Before, None]:
    """Return a hook that takes an unknown URL for a known one that is the same when both are made simpler."""

    def before(call: Call, emulator: Emulator) -> Call | None:
        known = [job.url for job in emulator.state.upload_jobs.values()]
        items = call.params.get("UploadURLs", "").split(",") if call.action == OPERATION else []
        respelled = [_respelled(item, known, simpler) for item in items]
        return replace(call, params={**call.params, "UploadURLs": ",".join(respelled)}) if respelled != items else None

    return before, None


def _respelled(item: str, known: list[str], simpler: Callable[[str], str]) -> str:
    url = unquote(item)
    same = [one for one in known if simpler(one) == simpler(url)]
    return quote(same[0], safe="") if same and url not in known else item


@plant("upload-slash-at-end", f"{BEHAVIOR}/non-existing-url", "A slash at the end of a URL is ignored.")
def _slash_at_end() -> tuple[Before, None]:
    return _once_simpler(lambda url: url.rstrip("/"))


@plant("upload-www", f"{BEHAVIOR}/non-existing-url", "A host with www. in front is the same host.")
def _www() -> tuple[Before, None]:
    return _once_simpler(lambda url: url.replace("://www.", "://", 1))


@plant("upload-slashes", f"{BEHAVIOR}/non-existing-url", "Several slashes in a path are one.")
def _slashes() -> tuple[Before, None]:
    return _once_simpler(lambda url: re.sub("(?<!:)//+", "/", url))


@plant("upload-any-port", f"{BEHAVIOR}/non-existing-url", "The port in a URL is ignored.")
def _any_port() -> tuple[Before, None]:
    return _once_simpler(lambda url: re.sub(r":\d+/", "/", url))


@plant("upload-query-sorted", f"{BEHAVIOR}/non-existing-url", "The order of the parameters in a URL is ignored.")
def _query_sorted() -> tuple[Before, None]:
    return _once_simpler(lambda url: str(sorted(re.split("[?&]", url))))


@plant("upload-plus-or-space", f"{BEHAVIOR}/non-existing-url", "A plus in a URL is the same as a blank.")
def _plus_or_space() -> tuple[Before, None]:
    return _once_simpler(lambda url: url.replace("+", " "))


@plant("upload-255-characters", f"{BEHAVIOR}/several-urls", "Of the jobs of URLs with one beginning the last is found.")
def _255_characters() -> After:
    def change(call: Call, payload: Payload) -> None:
        if asked(call, "UploadURLs"):
            last = {e["UploadURL"][:255]: e["JobId"] for e in payload["URLUploadInfoList"]}
            keep(payload, lambda e: e["JobId"] == last[e["UploadURL"][:255]])

    return change_answer(change)


@plant("upload-plain-unknown", f"{BEHAVIOR}/plain-url", "A URL that is not encoded is not matched.")
def _plain_unknown() -> After:
    def change(call: Call, payload: Payload) -> None:
        plain = [item for item in call.params.get("UploadURLs", "").split(",") if "://" in item]
        if plain and not call.params.get("JobIds"):
            keep(payload, lambda e: e["UploadURL"] not in plain)
            payload["NonExists"] = list(dict.fromkeys([*payload["NonExists"], *plain]))

    return change_answer(change)


@plant("upload-newest-only", f"{BEHAVIOR}/repeated-url", "Only the newest job of a URL has an entry.")
def _newest_only() -> After:
    def change(call: Call, payload: Payload) -> None:
        if asked(call, "UploadURLs"):
            newest = {e["UploadURL"]: e for e in reversed(payload["URLUploadInfoList"])}
            payload["URLUploadInfoList"] = list(newest.values())

    return change_answer(change)


@plant("upload-plain-plus", f"{BEHAVIOR}/plain-url", "A URL with a plus that is not encoded is not matched.")
def _plain_plus() -> After:
    def change(call: Call, payload: Payload) -> None:
        asked_plain = [item for item in call.params.get("UploadURLs", "").split(",") if "+" in item]
        if asked_plain and not call.params.get("JobIds"):
            keep(payload, lambda e: e["UploadURL"] not in asked_plain)
            payload["NonExists"] = list(dict.fromkeys([*payload["NonExists"], *asked_plain]))

    return change_answer(change)


@plant("upload-ten-of-a-url", f"{BEHAVIOR}/repeated-url", "Of the jobs of a URL the ten newest have entries.")
def _ten_of_a_url() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(asked(call, "UploadURLs")) == 1:
            payload["URLUploadInfoList"] = payload["URLUploadInfoList"][:10]

    return change_answer(change)


@plant("upload-small-escapes", f"{BEHAVIOR}/encoded-url", "Escapes with small letters are not decoded.")
def _small_escapes() -> tuple[Before, None]:
    return _with_urls(lambda text: re.sub("%(?=[0-9a-f]{2})(?![0-9A-F]{2})", "%25", text))


@plant("upload-failed-by-url", f"{BEHAVIOR}/several-urls", "A job that failed is not found among several URLs.")
def _failed_by_url() -> After:
    def change(call: Call, payload: Payload) -> None:
        if len(asked(call, "UploadURLs")) > 1:
            failed = [e["UploadURL"] for e in payload["URLUploadInfoList"] if e["Status"] == "DOWNLOAD_FAIL"]
            keep(payload, lambda e: e["UploadURL"] not in failed)
            payload["NonExists"] += failed

    return change_answer(change)
