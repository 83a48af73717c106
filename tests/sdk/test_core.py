"""The first generation of SDKs, which signs the query and selects the operation by parameters."""

import json
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest, RpcRequest

pytestmark = pytest.mark.sdk

KEY, SECRET = "LTAI5tTestKey", "test-secret"


def rpc_request(endpoint: str, method: str, **params: str) -> RpcRequest:
    """Return a request of the kind that generated code makes."""
    request = RpcRequest("ICE", "2020-11-09", "GetUrlUploadInfos")
    request.set_endpoint(endpoint)
    request.set_protocol_type("http")
    request.set_method(method)
    for name, value in params.items():
        request.add_query_param(name, value)
    return request


def common_request(endpoint: str, action: str, method: str = "POST", **params: object) -> CommonRequest:
    """Return a request of the kind that is written by hand."""
    version = "2020-11-09" if action == "GetUrlUploadInfos" else "2020-09-30"
    request = CommonRequest(domain=endpoint, version=version, action_name=action)
    request.set_accept_format("json")
    request.set_protocol_type("http")
    request.set_method(method)
    for name, value in params.items():
        request.add_query_param(name, value)
    return request


def send(request: RpcRequest | CommonRequest, secret: str = SECRET) -> dict[str, Any]:
    """Send a request and return the JSON of its answer."""
    client = AcsClient(KEY, secret, "cn-shanghai")
    answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
    return answer


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_generated_request(endpoint: str, method: str) -> None:
    """A generated request is understood on GET and POST."""
    body = send(rpc_request(endpoint, method, JobIds="a b,ä"))

    assert body["NonExists"] == ["a b", "ä"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_common_request(endpoint: str, method: str) -> None:
    """A request written by hand is understood on GET and POST."""
    body = send(common_request(endpoint, "GetUrlUploadInfos", method, JobIds="a b,ä"))

    assert body["NonExists"] == ["a b", "ä"]


def test_common_request_with_a_list(endpoint: str) -> None:
    """JSON text in a parameter is read as it is written by hand, blanks and all."""
    send(common_request(endpoint, "CreateProject", ProjectName="by-hand"))
    place = {"ProjectName": "by-hand", "DatasetName": "d"}
    send(common_request(endpoint, "CreateDataset", **place))

    body = send(
        common_request(endpoint, "BatchGetFileMeta", URIs=json.dumps(["oss://bucket/a", "oss://bucket/c"]), **place)
    )

    send(common_request(endpoint, "DeleteDataset", **place))
    send(common_request(endpoint, "DeleteProject", ProjectName="by-hand"))
    assert body["Files"] == []


def test_common_request_with_a_boolean(endpoint: str) -> None:
    """A boolean of Python, spelled True on the wire, is understood."""
    with pytest.raises(ServerException) as caught:
        send(common_request(endpoint, "GetProject", ProjectName="none", WithStatistics=True))

    assert (caught.value.get_error_code(), caught.value.get_http_status()) == ("ResourceNotFound", 400)


def test_refusal_of_a_signature(endpoint: str) -> None:
    """The string to sign in the refusal is found by the SDK, which then blames the secret."""
    with pytest.raises(ServerException) as caught:
        send(rpc_request(endpoint, "GET", JobIds="a"), secret="wrong")

    assert caught.value.get_error_code() == "InvalidAccessKeySecret"
