"""The end of index jobs: entries appear in the dataset, and the result is published (imm.md 8.4)."""

from emulator.context import Context
from emulator.files import build_metadata
from emulator.json_text import JsonObject, write_json
from emulator.names import is_absent
from emulator.state import Dataset, FileEntry, IndexItem, IndexJob, Publication
from emulator.times import MILLISECOND, east_8_text

_EVENT_TYPES = {"IndexFileMeta": "imm:FileMeta:Index", "BatchIndexFileMeta": "imm:FileMeta:BatchIndex"}
_ABSENT = "[InvalidArgument] File does not exist."
_DROPPED = "[StatusConflict] The index entry was deleted before the file was indexed."


def advance(context: Context) -> None:
    """End every index job whose time has come, the earliest first."""
    jobs = context.state.index_jobs
    due = [job for job in jobs if job.end_time <= context.now]
    if due:
        context.state.index_jobs = [job for job in jobs if job.end_time > context.now]
        for job in sorted(due, key=lambda ended: ended.end_time):
            _finish(job, context)


def _finish(job: IndexJob, context: Context) -> None:
    project = context.state.projects.get(job.project)
    dataset = project.datasets.get(job.dataset) if project else None
    if dataset is None:
        return
    errors = [_index(item, job, dataset) for item in job.items]
    if job.topic:
        text = _as_text(_message(job, errors, context))
        if context.enveloped:
            text = _as_text(_envelope(job, text, context))
        context.state.outbox.append(Publication(job.topic, text, job.end_time, job.operation))


def _index(item: IndexItem, job: IndexJob, dataset: Dataset) -> str:
    """Put one file into the dataset; return the error text, empty when it is indexed."""
    if item.dropped:
        return _DROPPED
    if is_absent(item.uri):
        return _ABSENT
    metadata = build_metadata(job.project, job.dataset, item.source)
    known = dataset.files.get(item.uri)
    create_time = known.create_time if known else job.end_time
    update_time = max(job.end_time, known.update_time + 1) if known else job.end_time
    dataset.files[item.uri] = FileEntry(create_time, update_time, metadata)
    return ""


def _message(job: IndexJob, errors: list[str], context: Context) -> JsonObject:
    message: JsonObject = {
        "ProjectName": job.project,
        "DatasetName": job.dataset,
        "RequestId": context.ids.request_id(),
        "StartTime": east_8_text(job.start_time),
        "EndTime": east_8_text(job.end_time),
        "Success": True,
        "Message": "",
        "Files": [_result(item, error) for item, error in zip(job.items, errors, strict=True)],
    }
    return message | ({"UserData": job.user_data} if job.user_data else {})


def _as_text(message: JsonObject) -> str:
    """Return JSON text that XML can carry as well; the two escaped characters are none of XML's."""
    return write_json(message).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _envelope(job: IndexJob, text: str, context: Context) -> JsonObject:
    """Return the envelope of newer pages, which holds the message as text (IMM-NTF-ENVELOPE)."""
    return {
        "id": context.ids.request_id(),
        "source": "acs.imm",
        "type": _EVENT_TYPES[job.operation],
        "subject": f"projects/{job.project}/datasets/{job.dataset}",
        "time": str(job.end_time // MILLISECOND),
        "content": text,
    }


def _result(item: IndexItem, error: str) -> JsonObject:
    labels = {"CustomLabels": item.source["CustomLabels"]} if "CustomLabels" in item.source else {}
    return {"URI": item.uri, **labels, "Error": error}
