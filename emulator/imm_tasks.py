"""File compression tasks and their reading by GetTask (imm.md 7, 10 and 12)."""

from emulator.context import Context, find_project, read_name
from emulator.errors import invalid_argument, resource_not_found
from emulator.imm_inputs import read_notification
from emulator.json_text import JsonObject, write_json
from emulator.names import is_absent, oss_file
from emulator.params import Params
from emulator.state import Task
from emulator.times import span, utc_text

_TASK_TYPE = "FileCompression"
_TEXTS = ("ProjectName", "SourceManifestURI", "TargetURI", "CompressedFormat", "UserData")
_OBJECTS = ("CredentialConfig", "Notification", "Tags")
_MODES = ("", "prefix", "fullname")


def create_file_compression_task(params: Params, context: Context) -> JsonObject:
    """CreateFileCompressionTask, with an optional JSON object Tags beside the documented parameters."""
    project_name = read_name(params, "ProjectName", context)
    uris = _check(params, context)
    task_id, event_id = context.ids.task_id(_TASK_TYPE), context.ids.event_id()
    absent = next((uri for uri in uris if is_absent(uri)), "")
    task = Task(
        task_id=task_id,
        task_type=_TASK_TYPE,
        event_id=event_id,
        create_time=context.now,
        end_time=context.now + span(context.timings.task),
        definition=_definition(params),
        user_data=params.user_data(context.limits.max_user_data_bytes),
        tags=params.mapping("Tags"),
        error_code="InvalidArgument" if absent else "",
        error_message=f"File does not exist: {absent}." if absent else "",
    )
    find_project(project_name, context).tasks[task_id] = task
    return {"EventId": event_id, "TaskId": task_id}


def get_task(params: Params, context: Context) -> JsonObject:
    """GetTask: a task of another type, or one that is too old, is not found."""
    project_name = read_name(params, "ProjectName", context)
    task_type, task_id = params.text("TaskType"), params.text("TaskId")
    with_definition = params.flag("RequestDefinition")
    task = find_project(project_name, context).tasks.get(task_id)
    if task is None or task.task_type != task_type or _is_expired(task, context):
        raise resource_not_found("task")
    payload = _payload(project_name, task, context.now)
    return payload | ({"TaskRequestDefinition": write_json(task.definition)} if with_definition else {})


def _check(params: Params, context: Context) -> list[str]:
    _oss_uri(params, "TargetURI", params.text("TargetURI"), context)
    if params.optional("CompressedFormat") not in ("", "zip"):
        raise invalid_argument("CompressedFormat", 'expected "zip"')
    params.mapping("CredentialConfig")
    read_notification(params, context)
    return _sources(params, context)


def _sources(params: Params, context: Context) -> list[str]:
    manifest = params.optional("SourceManifestURI")
    if not manifest:
        sources = params.required_array("Sources", context.limits.max_sources)
        return [_source(params, index, item, context) for index, item in enumerate(sources)]
    if params.array("Sources"):
        raise invalid_argument("SourceManifestURI", "expected only one of Sources and SourceManifestURI")
    return [_oss_uri(params, "SourceManifestURI", manifest, context)]


def _source(params: Params, index: int, item: object, context: Context) -> str:
    name = f"Sources[{index}]"
    source = params.as_object(name, item)
    uri, alias, mode = params.texts(name, [source.get(member, "") for member in ("URI", "Alias", "Mode")])
    if not uri:
        raise params.errors.missing(f"{name}.URI")
    if alias and not alias.startswith("/"):
        raise invalid_argument(f"{name}.Alias", f'expected a path that starts with "/", found "{alias}"')
    if mode not in _MODES:
        raise invalid_argument(f"{name}.Mode", f'expected "prefix" or "fullname", found "{mode}"')
    return _oss_uri(params, f"{name}.URI", uri, context)


def _oss_uri(params: Params, name: str, uri: str, context: Context) -> str:
    if oss_file(uri, context.limits) is None:
        raise params.errors.invalid(name, f'expected an OSS file URI, found "{uri}"')
    return uri


def _definition(params: Params) -> JsonObject:
    definition: JsonObject = {name: text for name in _TEXTS if (text := params.optional(name))}
    definition |= {name: members for name in _OBJECTS if (members := params.mapping(name))}
    return definition | ({"Sources": sources} if (sources := params.array("Sources")) else {})


def _is_expired(task: Task, context: Context) -> bool:
    return context.now - task.create_time > span(context.limits.task_kept_seconds)


def _payload(project_name: str, task: Task, now: int) -> JsonObject:
    payload: JsonObject = {
        "ProjectName": project_name,
        "EventId": task.event_id,
        "TaskType": task.task_type,
        "TaskId": task.task_id,
        "StartTime": utc_text(task.create_time),
    }
    if task.user_data:
        payload["UserData"] = task.user_data
    if task.tags:
        payload["Tags"] = task.tags
    return payload | _outcome(task, now)


def _outcome(task: Task, now: int) -> JsonObject:
    if now < task.end_time:
        progress = 100 * (now - task.create_time) // (task.end_time - task.create_time)
        return {"Status": "Running", "Progress": max(0, progress)}
    ended: JsonObject = {"EndTime": utc_text(task.end_time)}
    if task.error_code:
        return ended | {"Status": "Failed", "Code": task.error_code, "Message": task.error_message}
    return ended | {"Status": "Succeeded"}
