"""The index of a dataset: submitting files, reading their metadata, removing entries (imm.md 2, 5, 6 and 12)."""

from dataclasses import replace

from emulator.context import Context, Scope, check_file_uri, find_dataset, read_scope
from emulator.errors import limit_exceeded
from emulator.files import file_payload, project_fields
from emulator.imm_inputs import read_input_file, read_notification
from emulator.json_text import JsonObject
from emulator.params import Params
from emulator.state import Dataset, IndexItem, IndexJob
from emulator.times import span


def batch_get_file_meta(params: Params, context: Context) -> JsonObject:
    """BatchGetFileMeta: the files that are indexed, once each, in the order of the request."""
    scope = read_scope(params, context)
    uris = _read_uris(params, context)
    fields = frozenset(params.texts("WithFields", params.array("WithFields")))
    entries = find_dataset(scope, context).files
    found = [file_payload(entries[uri]) for uri in dict.fromkeys(uris) if uri in entries]
    return {"Files": [project_fields(payload, fields) for payload in found]}


def batch_index_file_meta(params: Params, context: Context) -> JsonObject:
    """BatchIndexFileMeta: takes the work; a file that does not exist is reported in the message only."""
    scope = read_scope(params, context)
    items = params.required_array("Files", context.limits.max_index_files, context.limits.min_index_files)
    sources = [read_input_file(params, f"Files[{index}]", item, context) for index, item in enumerate(items)]
    return _submit("BatchIndexFileMeta", scope, sources, params, context)


def index_file_meta(params: Params, context: Context) -> JsonObject:
    """IndexFileMeta: the same for one file."""
    scope = read_scope(params, context)
    params.text("File")
    source = read_input_file(params, "File", params.mapping("File"), context)
    return _submit("IndexFileMeta", scope, [source], params, context)


def delete_file_meta(params: Params, context: Context) -> JsonObject:
    """DeleteFileMeta: succeeds whether or not there is an entry (IMM-PRV-DELETEFILEMETA-IDEMPOTENT)."""
    scope = read_scope(params, context)
    uri = params.text("URI")
    check_file_uri(params, "URI", uri, context)
    _forget(scope, [uri], context)
    return {}


def batch_delete_file_meta(params: Params, context: Context) -> JsonObject:
    """BatchDeleteFileMeta: the same for up to 100 URIs."""
    scope = read_scope(params, context)
    _forget(scope, _read_uris(params, context), context)
    return {}


def _read_uris(params: Params, context: Context) -> list[str]:
    items = params.required_array("URIs", context.limits.max_uris, context.limits.min_uris)
    uris = params.texts("URIs", items)
    for index, uri in enumerate(uris):
        check_file_uri(params, f"URIs[{index}]", uri, context)
    return uris


def _submit(operation: str, scope: Scope, sources: list[JsonObject], params: Params, context: Context) -> JsonObject:
    topic = read_notification(params, context)
    user_data = params.user_data(context.limits.max_user_data_bytes)
    job = IndexJob(
        project=scope.project,
        dataset=scope.dataset,
        items=[IndexItem(source) for source in sources],
        start_time=context.now,
        end_time=context.now + span(context.timings.index),
        operation=operation,
        topic=topic,
        user_data=user_data,
    )
    _check_room(find_dataset(scope, context), job, context)
    context.state.index_jobs.append(job)
    return {"EventId": context.ids.event_id()}


def _check_room(dataset: Dataset, job: IndexJob, context: Context) -> None:
    pending = {item.uri for other in _jobs_of(Scope(job.project, job.dataset), context) for item in other.items}
    count = len(pending | {item.uri for item in job.items} | dataset.files.keys())
    if count > dataset.quotas["DatasetMaxFileCount"]:
        raise limit_exceeded("file count of the dataset", f"at most {dataset.quotas['DatasetMaxFileCount']}")
    if dataset.total_size() > dataset.quotas["DatasetMaxTotalFileSize"]:
        raise limit_exceeded("file size of the dataset", f"at most {dataset.quotas['DatasetMaxTotalFileSize']} bytes")


def _forget(scope: Scope, uris: list[str], context: Context) -> None:
    dataset = find_dataset(scope, context)
    for uri in uris:
        dataset.files.pop(uri, None)
    context.state.index_jobs = [_without(job, uris) if _is_of(job, scope) else job for job in context.state.index_jobs]


def _without(job: IndexJob, uris: list[str]) -> IndexJob:
    """Return a job that no longer indexes some files."""
    items = [replace(item, dropped=True) if item.uri in uris else item for item in job.items]
    return replace(job, items=items)


def _is_of(job: IndexJob, scope: Scope) -> bool:
    return (job.project, job.dataset) == (scope.project, scope.dataset)


def _jobs_of(scope: Scope, context: Context) -> list[IndexJob]:
    return [job for job in context.state.index_jobs if _is_of(job, scope)]
