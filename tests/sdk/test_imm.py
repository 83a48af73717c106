"""The official SDK of IMM drives every operation, and reads what the server sends."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_imm20200930 import models
from alibabacloud_imm20200930.client import Client
from alibabacloud_tea_openapi import models as open_models
from Tea.exceptions import TeaException

pytestmark = pytest.mark.sdk

SCOPE = {"project_name": "project", "dataset_name": "dataset"}
PLACE = {"ProjectName": "project", "DatasetName": "dataset"}
URI = "oss://bucket/a b+c*~(1)/照片.jpg"
KINDS = ("photo.jpg", "clip.mp4", "song.mp3", "paper.pdf", "bundle.zip", "data.bin")
DIFFERENCES = Path(__file__).parents[1] / "data" / "sdk-differences.json"

Read = Callable[[Callable[[], Any]], Any]
Raw = Callable[..., dict[str, Any]]


def known_to_the_sdk(file: dict[str, Any]) -> dict[str, Any]:
    """Return a file without the fields that the SDK is known to drop."""
    entries = json.loads(DIFFERENCES.read_text(encoding="utf-8"))
    dropped = {entry["at"].rsplit("/", 1)[1] for entry in entries if entry["sdk"] == "absent"}
    return {name: value for name, value in file.items() if name not in dropped}


def filled(value: Any) -> Any:
    """Return a value without the empty members that the SDK adds or leaves out."""
    if isinstance(value, dict):
        kept = {name: filled(child) for name, child in value.items()}
        return {name: child for name, child in kept.items() if child not in ([], {}, None)}
    return [filled(child) for child in value] if isinstance(value, list) else value


def same(answer: Any, sent: dict[str, Any]) -> bool:
    """Return whether a model holds what was sent, its request id apart."""
    shown = {name: value for name, value in answer.to_map().items() if name != "RequestId"}
    return bool(filled(shown) == filled(sent))


@pytest.fixture
def indexed(imm: Client, eventually: Read) -> Iterator[list[str]]:
    """Index a file of each kind and return their URIs."""
    uris = [f"oss://bucket/{name}" for name in KINDS]
    files = [models.InputFile(uri=uri, custom_id="id", custom_labels={"k": "v"}) for uri in uris]
    imm.batch_index_file_meta(models.BatchIndexFileMetaRequest(files=files, **SCOPE))
    reading = models.BatchGetFileMetaRequest(uris=uris, **SCOPE)
    eventually(lambda: len(imm.batch_get_file_meta(reading).body.files) == len(uris))
    yield uris
    imm.batch_delete_file_meta(models.BatchDeleteFileMetaRequest(uris=uris, **SCOPE))


def test_projects(imm: Client, raw: Raw) -> None:
    """A project is read as it was sent."""
    request = models.GetProjectRequest(project_name="project", with_statistics=True)

    project = imm.get_project(request).body

    assert project.project.dataset_count == 1
    assert same(project, raw("GetProject", ProjectName="project", WithStatistics=True))


def test_datasets(imm: Client, raw: Raw) -> None:
    """A dataset is read as it was sent."""
    dataset = imm.get_dataset(models.GetDatasetRequest(with_statistics=False, **SCOPE)).body

    assert dataset.dataset.dataset_name == "dataset"
    assert same(dataset, raw("GetDataset", WithStatistics=False, **PLACE))


def test_bindings(imm: Client, raw: Raw, eventually: Read) -> None:
    """A binding is made, read as it was sent once its first scan is over, and removed."""
    request = {"uri": "oss://bucket", **SCOPE}

    created = imm.create_binding(models.CreateBindingRequest(**request)).body.binding
    reading = models.GetBindingRequest(**request)
    eventually(lambda: imm.get_binding(reading).body.binding.phase == "IncrementalScanning")
    shown = imm.get_binding(reading).body
    sent = raw("GetBinding", URI="oss://bucket", **PLACE)
    imm.delete_binding(models.DeleteBindingRequest(**request))

    assert (created.state, shown.binding.create_time) == ("Ready", created.create_time)
    assert same(shown, sent)


def test_indexing_of_one_file(imm: Client, eventually: Read) -> None:
    """A file is indexed with labels and a notification, read by its fields, and removed."""
    source = models.InputFile(uri=URI, custom_labels={"a": "b"})
    notification = models.Notification(mns=models.MNS(topic_name="t"))
    imm.index_file_meta(models.IndexFileMetaRequest(file=source, notification=notification, user_data="u", **SCOPE))

    reading = models.BatchGetFileMetaRequest(uris=[URI], with_fields=["URI", "CustomLabels"], **SCOPE)
    (file,) = eventually(lambda: imm.batch_get_file_meta(reading).body.files)
    imm.delete_file_meta(models.DeleteFileMetaRequest(uri=URI, **SCOPE))

    assert {name: value for name, value in file.to_map().items() if value} == {"URI": URI, "CustomLabels": {"a": "b"}}


def test_indexing_of_several_files(imm: Client, indexed: list[str]) -> None:
    """Files that are indexed together are read together."""
    answer = imm.batch_get_file_meta(models.BatchGetFileMetaRequest(uris=indexed, **SCOPE)).body

    assert sorted(file.uri for file in answer.files) == sorted(indexed)


def test_files_of_every_kind(imm: Client, indexed: list[str], raw: Raw) -> None:
    """The models have a place for every field that is sent of an image, a video, a song, a text, a packed file."""
    answer = imm.batch_get_file_meta(models.BatchGetFileMetaRequest(uris=indexed, **SCOPE)).body

    sent = raw("BatchGetFileMeta", URIs=indexed, **PLACE)["Files"]

    read = {file.uri: filled(file.to_map()) for file in answer.files}
    assert read == {file["URI"]: filled(known_to_the_sdk(file)) for file in sent}


def test_tasks(imm: Client, raw: Raw) -> None:
    """A compression task is made, and read as it was sent with its definition."""
    source = models.CreateFileCompressionTaskRequestSources(uri="oss://bucket/in/")
    creation = models.CreateFileCompressionTaskRequest(
        project_name="project", target_uri="oss://bucket/out.zip", sources=[source], user_data="u"
    )
    task_id = imm.create_file_compression_task(creation).body.task_id

    request = models.GetTaskRequest(
        project_name="project", task_type="FileCompression", task_id=task_id, request_definition=True
    )
    task = imm.get_task(request).body

    sent = raw("GetTask", ProjectName="project", TaskType="FileCompression", TaskId=task_id, RequestDefinition=True)
    assert (task.status, task.user_data) == ("Succeeded", "u")
    assert json.loads(task.task_request_definition)["Sources"] == [{"URI": "oss://bucket/in/"}]
    assert same(task, sent)


def test_refusal(imm: Client) -> None:
    """An error reaches the caller with its code and status."""
    with pytest.raises(TeaException) as caught:
        imm.get_project(models.GetProjectRequest(project_name="other"))

    assert (caught.value.code, caught.value.statusCode) == ("ResourceNotFound", 400)


@pytest.mark.parametrize("algorithm", [None, "v2"], ids=["header-signed", "query-signed"])
def test_wrong_secret(config: Callable[..., open_models.Config], algorithm: str | None) -> None:
    """A client with a wrong secret is refused."""
    client = Client(config(algorithm, secret="wrong"))

    with pytest.raises(TeaException) as caught:
        client.get_project(models.GetProjectRequest(project_name="project"))

    assert caught.value.code == "SignatureDoesNotMatch"
