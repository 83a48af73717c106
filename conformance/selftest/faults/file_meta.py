"""Faults of BatchGetFileMeta in which files are returned."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

from conformance.selftest.edits import limited, redirected, with_status
from conformance.selftest.faults._files import (
    READ,
    File,
    crashing,
    datasets_of,
    each_file,
    is_kind,
    is_whole,
    listed,
    the_files,
)
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found
from emulator.files import file_payload


@plant("nothing-found-203", "BatchGetFileMeta/behavior/success-200", "A read that finds no file is answered with 203.")
def _nothing_found_203() -> After:
    return with_status(READ, 203, lambda _, payload: not payload["Files"])


@plant("null-artist", "BatchGetFileMeta/behavior/no-null", "A document has an Artist that is null.")
def _null_artist() -> After:
    return each_file(lambda f: f.update(Artist=None) if is_kind(f, ".pdf") else None, whole=True)


@plant("entry-count", "BatchGetFileMeta/behavior/known-members", "An archive has a field EntryCount.")
def _entry_count() -> After:
    return each_file(lambda f: f.update(EntryCount=3) if is_kind(f, ".zip") else None, whole=True)


@plant("empty-uris-all", "BatchGetFileMeta/behavior/uris-empty", "An empty URIs list finds every file.")
def _empty_uris_all() -> tuple[None, After]:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        files = list(_stored(call, emulator).values())
        return _found(call, answer, files) if call.params.get("URIs") == "[]" else answer

    return None, after


@plant("empty-uris-crash", "BatchGetFileMeta/behavior/uris-empty", "An empty URIs list crashes the server.")
def _empty_uris_crash() -> After:
    return crashing(lambda call: call.params.get("URIs") == "[]")


@plant("web-address-found", "BatchGetFileMeta/behavior/uri-bad", "For a web page a file without a URI is found.")
def _web_address_found() -> tuple[None, After]:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        pages = [uri for uri in listed(call, "URIs") if str(uri).startswith("https://")]
        return _found(call, answer, [{"ContentType": "text/html"}]) if len(pages) == 1 else answer

    return None, after


@plant("bucket-uri-crash", "BatchGetFileMeta/behavior/uri-bad", "A URI without an object key crashes the server.")
def _bucket_uri_crash() -> After:
    return crashing(lambda call: any(str(uri).count("/") == 2 for uri in listed(call, "URIs")))


@plant(
    "read-key-1022-bytes",
    "BatchGetFileMeta/behavior/object-key-1023-bytes",
    "A multi-byte object key is read up to 1022 bytes only.",
)
def _read_key_1022_bytes() -> tuple[Before, None]:
    return limited(READ, lambda call: not call.params.get("URIs", "").isascii(), max_key_bytes=1022), None


@plant("every-third-read", "BatchGetFileMeta/behavior/idempotent", "Every third equal read has another FileAccessTime.")
def _every_third_read() -> After:
    asked: list[str] = []

    def edit(call: Call, files: list[File]) -> list[File]:
        asked.append(str(call.params))
        third = asked.count(asked[-1]) % 3 == 0
        return [f | {"FileAccessTime": "2030-01-01T00:00:00Z"} if third and "Size" in f else f for f in files]

    return the_files(edit)


@plant("prefix-match", "BatchGetFileMeta/behavior/files-subset", "A URI also finds the file whose URI it begins.")
def _prefix_match() -> tuple[None, After]:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == READ and answer.status < 300 and isinstance(answer.payload["Files"], list):
            asked = listed(call, "URIs")
            for uri, payload in _stored(call, emulator).items():
                if "WithFields" not in call.params and uri[:-1] in asked and uri not in asked:
                    answer.payload["Files"].append(payload)
        return answer

    return None, after


def _found(call: Call, answer: Answer, files: list[File]) -> Answer:
    """Return an answer with `files` in the place of a refusal."""
    if call.action != READ or answer.status < 400:
        return answer
    return replace(answer, status=200, payload={"RequestId": answer.payload["RequestId"], "Files": list(files)})


@plant("first-file-too", "BatchGetFileMeta/behavior/files-subset", "A URI alone finds the first file too.")
def _first_file_too() -> tuple[None, After]:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        first = next(iter(_stored(call, emulator).items()), None)
        if call.action == READ and answer.status < 300 and is_whole(call) and first is not None:
            uris, files = listed(call, "URIs"), answer.payload["Files"]
            if len(uris) == 1 and first[0] not in uris and isinstance(files, list):
                files.append(first[1])
        return answer

    return None, after


def _stored(call: Call, emulator: Emulator) -> dict[str, File]:
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    dataset = project.datasets.get(call.params.get("DatasetName", "")) if project else None
    return {uri: deepcopy(file_payload(entry)) for uri, entry in dataset.files.items()} if dataset else {}


@plant("twice-found", "BatchGetFileMeta/behavior/files-unique", "A URI that is asked for twice is found twice.")
def _twice_found() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        asked = listed(call, "URIs")
        return [f for f in files for _ in range(max(1, asked.count(f.get("URI"))))]

    return the_files(edit)


@plant(
    "unknown-first-refused",
    "BatchGetFileMeta/behavior/files-missing",
    "A list that begins with a file that is not indexed is refused, if another one is.",
)
def _unknown_first_refused() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        files = answer.payload.get("Files")
        asked = listed(call, "URIs")
        if call.action != READ or not isinstance(files, list) or not files or "WithFields" in call.params:
            return answer
        return answer if files[0].get("URI") == asked[0] else emulator.refuse(call, resource_not_found("file"))

    return after


@plant("stub-for-pds", "BatchGetFileMeta/behavior/files-missing", "An unknown PDS file is found, without metadata.")
def _stub_for_pds() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        found = {f.get("URI") for f in files}
        strange = [uri for uri in listed(call, "URIs") if str(uri).startswith("pds://") and uri not in found]
        return [*files, *({"URI": uri} for uri in strange)]

    return the_files(edit)


@plant("last-file-dataset", "BatchGetFileMeta/behavior/files-scope", "The last of many files names another dataset.")
def _last_file_dataset() -> After:
    def edit(_: Call, files: list[File]) -> list[File]:
        if len(files) > 2 and "DatasetName" in files[-1]:
            files[-1]["DatasetName"] = "other"
        return files

    return the_files(edit)


@plant("one-index-for-all", "BatchGetFileMeta/behavior/files-scope", "A dataset shows the files of the whole project.")
def _one_index_for_all() -> tuple[Before, None]:
    def first(call: Call, emulator: Emulator) -> dict[str, str]:
        holders = [dataset.name for dataset in datasets_of(call, emulator) if dataset.files]
        own = call.params.get("DatasetName") in holders
        return {"DatasetName": holders[0]} if holders and not own else {}

    return redirected((READ,), first), None


@plant("fifty-looked-up", "BatchGetFileMeta/behavior/found-after-index", "Only the first fifty URIs are looked up.")
def _fifty_looked_up() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        return [f for f in files if "URI" not in f or f["URI"] in listed(call, "URIs")[:50]]

    return the_files(edit)


@plant(
    "last-not-deleted",
    "BatchGetFileMeta/behavior/gone-after-delete",
    "BatchDeleteFileMeta leaves the last of several files.",
)
def _last_not_deleted() -> tuple[Before, None]:
    def shorter(call: Call, _: Emulator) -> dict[str, str]:
        uris = listed(call, "URIs")
        return {"URIs": json.dumps(uris[:-1])} if len(uris) > 1 else {}

    return redirected(("BatchDeleteFileMeta",), shorter), None


@plant(
    "deleted-by-prefix",
    "BatchGetFileMeta/behavior/found-after-index",
    "With a file those are deleted whose names begin like its own.",
)
def _deleted_by_prefix() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "DeleteFileMeta" and answer.status == 200:
            for dataset in datasets_of(call, emulator):
                for name in [name for name in dataset.files if name.startswith(call.params["URI"])]:
                    del dataset.files[name]
        return answer

    return after


@plant("plus-is-space", "BatchGetFileMeta/behavior/uri-echo", "A plus sign comes back as a space.")
def _plus_is_space() -> After:
    def edit(file: File) -> None:
        for name in ("URI", "Filename"):
            if name in file:
                file[name] = file[name].replace("+", " ")

    return each_file(edit)


@plant("case-folded", "BatchGetFileMeta/behavior/uri-case", "Of keys that differ only in case one is found.")
def _case_folded() -> After:
    def edit(_: Call, files: list[File]) -> list[File]:
        return list({str(f.get("URI", number)).casefold(): f for number, f in enumerate(files)}.values())

    return the_files(edit)


@plant(
    "last-still-indexing",
    "BatchGetFileMeta/behavior/object-status-indexed",
    "The last of many files stays 'Indexing'.",
)
def _last_still_indexing() -> After:
    def edit(_: Call, files: list[File]) -> list[File]:
        if len(files) > 2 and "ObjectStatus" in files[-1]:
            files[-1]["ObjectStatus"] = "Indexing"
        return files

    return the_files(edit)


@plant("hundredth-lost", "BatchGetFileMeta/behavior/found-after-index", "The last of a hundred URIs is overlooked.")
def _hundredth_lost() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        uris = listed(call, "URIs")
        return [f for f in files if f.get("URI") != uris[-1]] if len(uris) == 100 else files

    return the_files(edit)


@plant("fifty-returned", "BatchGetFileMeta/behavior/found-after-index", "No more than fifty files are returned.")
def _fifty_returned() -> After:
    return the_files(lambda _, files: files[:50])


@plant("form-loses-last", "BatchGetFileMeta/behavior/found-after-index", "Of a list in a form body the last is lost.")
def _form_loses_last() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        uris = listed(call, "URIs")
        in_form = call.sources.get("URIs") == "form" and len(uris) > 1
        return [f for f in files if f.get("URI") != uris[-1]] if in_form else files

    return the_files(edit)


@plant("get-shows-all", "BatchGetFileMeta/behavior/with-fields-filter", "By GET all fields are returned.")
def _get_shows_all() -> tuple[Before, None]:
    return redirected({READ}, lambda call, _: {"WithFields": ""} if call.method == "GET" else None), None
