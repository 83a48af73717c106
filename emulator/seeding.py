"""Putting into a server what its operations cannot make: tags, failures, states and ages.

Each function makes one resource, in one turn, and returns its id. Raises `ApiError` where the operation that makes
such a resource would refuse.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from emulator.core import Emulator
from emulator.errors import ICE_ERRORS, IMM_ERRORS
from emulator.files import build_metadata
from emulator.ice_batches import submit_batch_media_producing_job
from emulator.ice_uploads import states_of, upload_media_by_url
from emulator.imm_bindings import create_binding
from emulator.imm_inputs import read_input_file
from emulator.imm_projects import create_dataset, create_project
from emulator.imm_tasks import create_file_compression_task
from emulator.json_text import write_json
from emulator.params import Params
from emulator.state import FileEntry
from emulator.times import span

_DAY_SECONDS: Final = 24 * 60 * 60


def seed_dataset(emulator: Emulator, project: str, dataset: str) -> None:
    """Make a dataset in a new project."""
    names = {"ProjectName": project, "DatasetName": dataset}
    with emulator.turn() as context:
        create_project(Params(names, IMM_ERRORS), context)
        create_dataset(Params(names, IMM_ERRORS), context)


def seed_file(emulator: Emulator, project: str, dataset: str, source: Mapping[str, object]) -> str:
    """Put a file into a dataset, indexed already; ``source`` is its InputFile, and the id is its URI."""
    with emulator.turn() as context:
        members = read_input_file(Params({}, IMM_ERRORS), "File", dict(source), context)
        metadata = build_metadata(project, dataset, members)
        uri = str(members["URI"])
        entry = FileEntry(context.now, context.now, metadata)
        emulator.state.projects[project].datasets[dataset].files[uri] = entry
    return uri


def seed_binding(emulator: Emulator, project: str, dataset: str, bucket: str) -> str:
    """Bind a dataset to a bucket; the id is the URI of the bucket."""
    uri = f"oss://{bucket}"
    with emulator.turn() as context:
        create_binding(Params({"ProjectName": project, "DatasetName": dataset, "URI": uri}, IMM_ERRORS), context)
    return uri


def seed_task(
    emulator: Emulator,
    project: str,
    *,
    tags: Mapping[str, str] | None = None,
    error: tuple[str, str] = ("", ""),
    user_data: str = "",
    seconds: float = 0.0,
) -> str:
    """Make a file compression task that ends after so many seconds, with an error of this code and text if any.

    No operation that this server has takes tags, although a task shows those that were given (IMM-GT-TAGS).
    """
    params = {
        "ProjectName": project,
        "TargetURI": "oss://examplebucket/packed.zip",
        "Sources": write_json([{"URI": "oss://examplebucket/photo.jpg"}]),
        "UserData": user_data,
        "Tags": write_json(tags or {}),
    }
    with emulator.turn() as context:
        made = create_file_compression_task(Params(params, IMM_ERRORS), context)
        task_id = str(made["TaskId"])
        tasks = emulator.state.projects[project].tasks
        end = context.now + span(seconds)
        tasks[task_id] = replace(tasks[task_id], end_time=end, error_code=error[0], error_message=error[1])
    return task_id


def seed_batch_job(emulator: Emulator, *, days: float = 0.0, materials: Sequence[str] = ("material-1",)) -> str:
    """Make a batch job of some days ago; those of more than a year ago are not found any more (ICE-GBMPJ-YEAR)."""
    group = {"GroupName": "group", "MediaArray": list(materials)}
    params = {
        "InputConfig": write_json({"MediaGroupArray": [group]}),
        "EditingConfig": write_json({"MediaConfig": {"Volume": 0}}),
        "OutputConfig": write_json({"MediaURL": "https://examplebucket.example.com/out_{index}.mp4", "Count": 2}),
        "UserData": write_json({"NotifyAddress": "https://example.com/callback"}),
    }
    with emulator.turn() as context:
        made = submit_batch_media_producing_job(Params(params, ICE_ERRORS), context)
        job_id = str(made["JobId"])
        job = emulator.state.batch_jobs[job_id]
        emulator.state.batch_jobs[job_id] = replace(job, create_time=context.now - span(days * _DAY_SECONDS))
    return job_id


def seed_upload_job(emulator: Emulator, url: str, *, status: str = "PENDING") -> str:
    """Make an upload job that is in this state now, from which it goes on.

    Raises ValueError for a state that a job of this URL does not reach.
    """
    params = {"UploadURLs": quote(url, safe=""), "UserData": write_json({"Extend": {"seeded": True}})}
    with emulator.turn() as context:
        made = upload_media_by_url(Params(params, ICE_ERRORS), context)
        jobs = made["UploadJobs"]
        assert isinstance(jobs, list)
        job_id = str(jobs[0]["JobId"])
        job = emulator.state.upload_jobs[job_id]
        states = states_of(job)
        if status not in states:
            raise ValueError(f'expected one of {", ".join(states)}, found "{status}"')
        age = states.index(status) * span(context.timings.upload_step)
        emulator.state.upload_jobs[job_id] = replace(job, create_time=context.now - age)
    return job_id


def seed_objects(emulator: Emulator, bucket: str, keys: Collection[str]) -> list[str]:
    """Put objects into a bucket; the ids are their URIs."""
    for key in keys:
        emulator.put_object(bucket, key)
    return [f"oss://{bucket}/{key}" for key in keys]
