"""The official SDKs drive every operation over a socket, with signatures verified."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ice20201109 import models as ice_models
from alibabacloud_ice20201109.client import Client as IceClient
from alibabacloud_imm20200930 import models as imm_models
from alibabacloud_imm20200930.client import Client as ImmClient
from alibabacloud_tea_openapi import models as open_models
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RpcRequest
from Tea.exceptions import TeaException

from emulator import Emulator, Timings, serve

pytestmark = pytest.mark.sdk

KEY, SECRET = "LTAI5tTestKey", "test-secret"
SCOPE = {"project_name": "project", "dataset_name": "dataset"}
URI = "oss://bucket/a b+c*~(1)/照片.jpg"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Serve an emulator that verifies signatures; return its host and port."""
    emulator = Emulator(credentials={KEY: SECRET}, timings=Timings(index=0, task=0, batch_end=0, upload_step=0))
    ready, stop, addresses = threading.Event(), threading.Event(), []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    thread = threading.Thread(target=serve, args=(emulator, "127.0.0.1", 0, on_ready), kwargs={"stop": stop})
    thread.start()
    assert ready.wait(10)
    yield addresses[0].removeprefix("http://")
    stop.set()
    thread.join(10)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the proxies of the environment, which the SDKs use even for a loopback address."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def config(endpoint: str, algorithm: str | None) -> open_models.Config:
    """Return the settings of a client; ``v2`` is the query signature."""
    return open_models.Config(
        access_key_id=KEY,
        access_key_secret=SECRET,
        endpoint=endpoint,
        protocol="HTTP",
        signature_algorithm=algorithm,
    )


@pytest.fixture(params=[None, "v2"], ids=["header-signed", "query-signed"])
def imm(endpoint: str, request: pytest.FixtureRequest) -> Iterator[ImmClient]:
    """Return an IMM client with an empty dataset."""
    client = ImmClient(config(endpoint, request.param))
    client.create_project(imm_models.CreateProjectRequest(project_name="project"))
    client.create_dataset(imm_models.CreateDatasetRequest(**SCOPE))
    yield client
    client.batch_delete_file_meta(imm_models.BatchDeleteFileMetaRequest(uris=[URI], **SCOPE))
    client.delete_dataset(imm_models.DeleteDatasetRequest(**SCOPE))
    client.delete_project(imm_models.DeleteProjectRequest(project_name="project"))


@pytest.fixture(params=[None, "v2"], ids=["header-signed", "query-signed"])
def ice(endpoint: str, request: pytest.FixtureRequest) -> IceClient:
    """Return an ICE client."""
    return IceClient(config(endpoint, request.param))


def eventually(read: Callable[[], Any]) -> Any:
    """Repeat a reading until it gives something."""
    end = time.monotonic() + 5
    while not (result := read()) and time.monotonic() < end:
        time.sleep(0.02)
    return result


def test_projects_and_datasets(imm: ImmClient) -> None:
    """A project and its dataset are read."""
    project = imm.get_project(imm_models.GetProjectRequest(project_name="project", with_statistics=True))
    dataset = imm.get_dataset(imm_models.GetDatasetRequest(with_statistics=False, **SCOPE))

    assert project.body.project.dataset_count == 1
    assert dataset.body.dataset.dataset_name == "dataset"


def test_bindings(imm: ImmClient) -> None:
    """A binding is made, read and removed."""
    request = {"uri": "oss://bucket", **SCOPE}
    created = imm.create_binding(imm_models.CreateBindingRequest(**request)).body.binding
    shown = imm.get_binding(imm_models.GetBindingRequest(**request)).body.binding
    imm.delete_binding(imm_models.DeleteBindingRequest(**request))

    assert (created.state, shown.create_time) == ("Ready", created.create_time)


def test_indexing_of_one_file(imm: ImmClient) -> None:
    """A file is indexed with labels, read and removed."""
    source = imm_models.InputFile(uri=URI, custom_labels={"a": "b"})
    notification = imm_models.Notification(mns=imm_models.MNS(topic_name="t"))
    imm.index_file_meta(imm_models.IndexFileMetaRequest(file=source, notification=notification, **SCOPE))

    reading = imm_models.BatchGetFileMetaRequest(uris=[URI], with_fields=["URI", "CustomLabels"], **SCOPE)
    (file,) = eventually(lambda: imm.batch_get_file_meta(reading).body.files)
    imm.delete_file_meta(imm_models.DeleteFileMetaRequest(uri=URI, **SCOPE))

    assert {name: value for name, value in file.to_map().items() if value} == {"URI": URI, "CustomLabels": {"a": "b"}}


def test_indexing_of_several_files(imm: ImmClient) -> None:
    """Files are indexed together, and their fields fill the models of the SDK."""
    imm.batch_index_file_meta(imm_models.BatchIndexFileMetaRequest(files=[imm_models.InputFile(uri=URI)], **SCOPE))

    reading = imm_models.BatchGetFileMetaRequest(uris=[URI], **SCOPE)
    (file,) = eventually(lambda: imm.batch_get_file_meta(reading).body.files)

    assert (file.uri, file.media_type, file.image_width > 0) == (URI, "image", True)


def test_tasks(imm: ImmClient) -> None:
    """A compression task is made and read with its definition."""
    source = imm_models.CreateFileCompressionTaskRequestSources(uri="oss://bucket/in/")
    creation = imm_models.CreateFileCompressionTaskRequest(
        project_name="project", target_uri="oss://bucket/out.zip", sources=[source], user_data="u"
    )
    task_id = imm.create_file_compression_task(creation).body.task_id

    request = imm_models.GetTaskRequest(
        project_name="project", task_type="FileCompression", task_id=task_id, request_definition=True
    )
    task = imm.get_task(request).body

    assert (task.status, task.user_data) == ("Succeeded", "u")
    assert json.loads(task.task_request_definition)["Sources"] == [{"URI": "oss://bucket/in/"}]


def test_refusal(imm: ImmClient) -> None:
    """An error reaches the caller with its code and status."""
    with pytest.raises(TeaException) as caught:
        imm.get_project(imm_models.GetProjectRequest(project_name="other"))

    assert (caught.value.code, caught.value.statusCode) == ("ResourceNotFound", 400)


def test_wrong_secret(endpoint: str) -> None:
    """A client with a wrong secret is refused."""
    settings = config(endpoint, None)
    settings.access_key_secret = "wrong"

    with pytest.raises(TeaException) as caught:
        ImmClient(settings).get_project(imm_models.GetProjectRequest(project_name="project"))

    assert caught.value.code == "SignatureDoesNotMatch"


def test_uploads(ice: IceClient) -> None:
    """Upload jobs are submitted and read."""
    urls = "https%3A%2F%2Fexample.com%2Fa%2Cb.mp4,https://example.com/c.mp4"
    jobs = ice.upload_media_by_url(
        ice_models.UploadMediaByURLRequest(upload_urls=urls, user_data="{}")
    ).body.upload_jobs

    ids = ",".join([*(job.job_id for job in jobs), "unknown"])
    body = ice.get_url_upload_infos(ice_models.GetUrlUploadInfosRequest(job_ids=ids)).body

    assert [info.status for info in body.urlupload_info_list] == ["SUCCESS", "SUCCESS"]
    assert body.non_exists == ["unknown"]


def test_batches(ice: IceClient) -> None:
    """A batch job is submitted, its configurations in a form body, and read."""
    creation = ice_models.SubmitBatchMediaProducingJobRequest(
        input_config='{"MediaArray": ["a+b c"]}', editing_config="{ }", output_config='{"Count": 2}', client_token="t"
    )
    job_id = ice.submit_batch_media_producing_job(creation).body.job_id

    job = ice.get_batch_media_producing_job(ice_models.GetBatchMediaProducingJobRequest(job_id=job_id)).body

    assert (job.editing_batch_job.input_config, job.editing_batch_job.editing_config) == (
        '{"MediaArray": ["a+b c"]}',
        "{ }",
    )
    assert [sub.status for sub in job.editing_batch_job.sub_job_list] == ["Success", "Success"]


def core_request(endpoint: str, method: str, **params: str) -> RpcRequest:
    """Return a request of the first generation of SDKs."""
    request = RpcRequest("ICE", "2020-11-09", "GetUrlUploadInfos")
    request.set_endpoint(endpoint)
    request.set_protocol_type("http")
    request.set_method(method)
    for name, value in params.items():
        request.add_query_param(name, value)
    return request


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_core_sdk(endpoint: str, method: str) -> None:
    """The first generation of SDKs is understood on GET and POST."""
    client = AcsClient(KEY, SECRET, "cn-shanghai")

    body = json.loads(client.do_action_with_exception(core_request(endpoint, method, JobIds="a b,ä")))

    assert body["NonExists"] == ["a b", "ä"]


def test_core_sdk_reads_the_refusal_of_a_signature(endpoint: str) -> None:
    """The first generation of SDKs finds the string to sign in the refusal, and blames the secret."""
    client = AcsClient(KEY, "wrong", "cn-shanghai")

    with pytest.raises(ServerException) as caught:
        client.do_action_with_exception(core_request(endpoint, "GET", JobIds="a"))

    assert caught.value.get_error_code() == "InvalidAccessKeySecret"
