"""Bindings between datasets and buckets, and the scanning that they start (imm.md 3, 4 and 8.1)."""

from typing import Literal, NamedTuple

from emulator.context import Context, Scope, find_dataset, read_scope
from emulator.errors import limit_exceeded, resource_exists, resource_not_found
from emulator.json_text import JsonObject
from emulator.names import bucket_of
from emulator.params import Params
from emulator.state import Binding, IndexItem, IndexJob
from emulator.times import east_8_text, span

_SAMPLE_BUCKET = "sampleobject"


class _Progress(NamedTuple):
    state: Literal["Ready", "Running"]
    phase: Literal["", "FullScanning", "IncrementalScanning"]


def create_binding(params: Params, context: Context) -> JsonObject:
    """CreateBinding: the objects that the bucket holds are indexed by the end of the full scan (IMM-CB-FULLSCAN)."""
    scope, uri, bucket = _read(params, context)
    dataset = find_dataset(scope, context)
    if uri in dataset.bindings:
        raise resource_exists("binding")
    highest = dataset.quotas["DatasetMaxBindCount"]
    if len(dataset.bindings) >= highest:
        raise limit_exceeded("binding", f"at most {highest}")
    binding = Binding(uri, bucket, context.now)
    dataset.bindings[uri] = binding
    keys = context.state.buckets.get(bucket, [])
    if keys:
        end = context.now + span(context.timings.full_scan_end)
        context.state.index_jobs.append(_scan_job(scope, binding, keys, context.now, end))
    return {"Binding": _payload(scope, binding, context)}


def get_binding(params: Params, context: Context) -> JsonObject:
    """GetBinding: state and phase follow from the age of the binding."""
    scope, uri, _ = _read(params, context)
    binding = find_dataset(scope, context).bindings.get(uri)
    if binding is None:
        raise resource_not_found("binding")
    return {"Binding": _payload(scope, binding, context)}


def delete_binding(params: Params, context: Context) -> JsonObject:
    """DeleteBinding: what the binding has not indexed yet no longer reaches the dataset."""
    scope, uri, _ = _read(params, context)
    dataset = find_dataset(scope, context)
    if uri not in dataset.bindings:
        raise resource_not_found("binding")
    del dataset.bindings[uri]
    dropped = (scope.project, scope.dataset, uri)
    jobs = context.state.index_jobs
    context.state.index_jobs = [job for job in jobs if (job.project, job.dataset, job.binding) != dropped]
    return {}


def object_added(bucket: str, key: str, context: Context) -> None:
    """Let every binding of a bucket index an object that was put there (IMM-CB-INCREMENTAL)."""
    for project in context.state.projects.values():
        for dataset in project.datasets.values():
            binding = dataset.bindings.get(f"oss://{bucket}")
            if binding is not None:
                scanned = binding.create_time + span(context.timings.full_scan_end)
                end = max(context.now + span(context.timings.index), scanned)
                scope = Scope(project.name, dataset.name)
                context.state.index_jobs.append(_scan_job(scope, binding, [key], context.now, end))


def _read(params: Params, context: Context) -> tuple[Scope, str, str]:
    scope = read_scope(params, context)
    uri = params.text("URI")
    bucket = bucket_of(uri, context.limits)
    if bucket is None:
        raise params.errors.invalid("URI", f'expected oss:// and a bucket, found "{uri}"')
    return scope, uri, bucket


def _scan_job(scope: Scope, binding: Binding, keys: list[str], start: int, end: int) -> IndexJob:
    items = [IndexItem({"URI": f"{binding.uri}/{key}"}) for key in keys]
    return IndexJob(scope.project, scope.dataset, items, start, end, binding=binding.uri)


def _progress(binding: Binding, context: Context) -> _Progress:
    age = context.now - binding.create_time
    if age >= span(context.timings.full_scan_end):
        return _Progress("Running", "IncrementalScanning")
    return (
        _Progress("Running", "FullScanning") if age >= span(context.timings.full_scan_start) else _Progress("Ready", "")
    )


def _payload(scope: Scope, binding: Binding, context: Context) -> JsonObject:
    progress = _progress(binding, context)
    payload: JsonObject = {
        "Phase": progress.phase,
        "ProjectName": scope.project,
        "DatasetName": scope.dataset,
        "State": progress.state,
        "CreateTime": east_8_text(binding.create_time),
        "UpdateTime": east_8_text(binding.create_time),
        "URI": binding.uri,
    }
    # Reason has no content while nothing failed; the sample bucket shows it so that its type can be seen.
    return payload | ({"Reason": ""} if binding.bucket == _SAMPLE_BUCKET else {})
