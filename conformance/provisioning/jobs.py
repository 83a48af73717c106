"""The tasks, upload jobs and batch jobs of a run, which stay when it is over."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from conformance.exchange import Call, Exchange, Form, Step
from conformance.judge.reaction import why_unusable
from conformance.provisioning.known import await_known, why_unknown
from conformance.provisioning.order import Order, Part, lack
from conformance.wire.encoding import quote
from conformance.world import BatchRef, TaskRef, UploadRef, World

IN_FORM = ("InputConfig", "EditingConfig")
"""What the SDKs send of a batch job in a form body."""

_FOLDERS = "in-folders-of-a-long-name/" * 35
"""What makes the definition of a task, and its UserData, longer than a column of a database may be."""

_MOST_TASKS = 4
"""So many of the given tasks are looked at: one that failed, or has tags, need not be the first."""

_SUBMIT = "SubmitBatchMediaProducingJob"


def _task_definition(world: World, project: str) -> dict[str, Any]:
    """Return the parameters of the compression task that a run creates."""
    source = next((f.uri for f in world.files if f.uri.startswith("oss://")), world.uri("photo.jpg"))
    return {
        "ProjectName": project,
        "Sources": [{"URI": source}],
        "TargetURI": world.uri(f"packed/{_FOLDERS}all.zip"),
        "CompressedFormat": "zip",
        "UserData": json.dumps({"run": world.token, "note": _FOLDERS}),
    }


def provide_tasks(order: Order, world: World) -> Part:
    """Create a task, or take those that are given."""
    project = order.fixtures.project or world.project
    given = tuple(TaskRef(kind, id_, project) for kind, id_ in order.fixtures.tasks)
    if given:
        return (yield from _given_tasks(replace(world, tasks=given)))
    hint = "add [fixtures] tasks"
    if not project:
        return lack(world, "task", f"{world.lacking.get('place', 'no project')}; {hint}")
    if not order.may_spend:
        return lack(world, "task", f"the tier '{order.tier}' creates no task; {hint}")
    definition = _task_definition(world, project)
    made = yield Call("CreateFileCompressionTask", definition)
    id_ = made.value.get("TaskId")
    if not made.accepted or not isinstance(id_, str):
        return lack(world, "task", f"{why_unusable(made)}; {hint}")
    world = replace(world, tasks=(TaskRef("FileCompression", id_, project, definition),))
    yield from await_known("GetTask", world)
    return world


def _given_tasks(world: World) -> Part:
    """Look whether the first of given tasks is found, and what some others show that it does not."""
    why = yield from why_unknown("GetTask", world, "project and tasks")
    if why:
        return lack(replace(world, tasks=()), "task", why)
    for task in world.tasks[1:_MOST_TASKS] if "GetTask" in world.operations else ():
        yield Call("GetTask", {**task.params, "RequestDefinition": True})
    return world


def provide_uploads(order: Order, world: World) -> Part:
    """Create upload jobs, or take those that are given."""
    given = tuple(UploadRef(id_, url) for id_, url in order.fixtures.url_upload_jobs)
    if given:
        return replace(world, uploads=given)
    hint = "add [fixtures] url_upload_jobs"
    if not order.may_spend:
        why = f"the tier '{order.tier}' creates no upload job; {hint}"
        return lack(world, "upload", why)
    user_data = json.dumps({"Extend": {"run": world.token}})
    urls = [
        f"https://media.example.com/{world.token}/a.mp4",
        f"https://media.example.com/{world.token}/b,c+d.mp4?x=1&y=2",
    ]
    made = yield Call(
        "UploadMediaByURL",
        {"UploadURLs": ",".join(quote(u) for u in urls), "UserData": user_data},
    )
    jobs = made.value.get("UploadJobs")
    ids = [j.get("JobId") for j in jobs if isinstance(j, dict)] if isinstance(jobs, list) else []
    pairs = [(i, u) for i, u in zip(ids, urls, strict=False) if isinstance(i, str)]
    if not made.accepted or not pairs:
        return lack(world, "upload", f"{why_unusable(made)}; {hint}")
    world = replace(world, uploads=tuple(UploadRef(i, u, user_data) for i, u in pairs))
    yield from await_known("GetUrlUploadInfos", world, lambda e: not e.value.get("NonExists"))
    return world


def batch_definition(world: World) -> dict[str, str]:
    """Return the parameters of the batch job that a run submits."""
    return {
        "InputConfig": json.dumps(
            {
                "MediaGroupArray": [{"GroupName": "g", "MediaArray": [world.uri("m.mp4")]}],
                "TitleArray": ["t"],
                "SpeechTextArray": ["s"],
            },
            indent=1,
        ),
        "EditingConfig": json.dumps({"MediaConfig": {"Volume": 0}}),
        "OutputConfig": json.dumps(
            {
                "MediaURL": f"https://{world.bucket}.example.com/out_{{index}}.mp4",
                "Count": 2,
                "MaxDuration": 15,
                "Width": 1080,
                "Height": 1920,
            }
        ),
        "UserData": json.dumps({"run": world.token}),
        "ClientToken": f"token-{world.token}",
    }


def submit_batch(definition: dict[str, str]) -> Generator[Step, Any, Exchange]:
    """Submit a batch job in the query or, where that is refused, as the SDKs do, with its configurations in a form."""
    made: Exchange = yield Call(_SUBMIT, definition)
    return made if made.accepted else (yield Call(_SUBMIT, definition, Form(in_form=IN_FORM)))


def provide_batches(order: Order, world: World) -> Part:
    """Submit a batch job, or take those that are given."""
    if order.fixtures.batch_jobs:
        given = tuple(BatchRef(id_) for id_ in order.fixtures.batch_jobs)  # to find one is a MUST (ICE-GBMPJ-YEAR-IN)
        return replace(world, batches=given)
    hint = "add [fixtures] batch_jobs"
    if not order.may_spend:
        why = f"the tier '{order.tier}' submits no batch job; {hint}"
        return lack(world, "batch", why)
    definition = batch_definition(world)
    made = yield from submit_batch(definition)
    id_ = made.value.get("JobId")
    if not made.accepted or not isinstance(id_, str):
        return lack(world, "batch", f"{why_unusable(made)}; {hint}")
    world = replace(world, batches=(BatchRef(id_, definition),))
    yield from await_known("GetBatchMediaProducingJob", world)
    return world
