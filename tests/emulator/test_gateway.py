"""What all operations share: dispatch, envelope, formats, methods, places of parameters."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from emulator import Emulator, Limits, Request
from emulator.http import FORM_TYPE
from tests.emulator.conftest import Caller, StillClock

UUID = r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}"
PLAIN = Request("GET", "/", "Action=GetUrlUploadInfos&Version=2020-11-09&JobIds=a", (("Host", "ice.local:80"),), b"")


def test_action_in_headers_is_found(caller: Caller) -> None:
    """Action and version are read from headers."""
    assert caller.ice("GetUrlUploadInfos", JobIds="a").status == 200


def test_action_in_query_is_found(emulator: Emulator) -> None:
    """Action and version are read from the query."""
    assert emulator.handle(PLAIN).status == 200


@pytest.mark.parametrize("action", ["Nothing", "getUrlUploadInfos", "GetURLUploadInfos", "GetTask"])
def test_unknown_action_is_refused(caller: Caller, action: str) -> None:
    """A name that the service does not have, in this spelling, is refused with 404."""
    reply = caller.ice(action)

    assert (reply.status, reply.code) == (404, "InvalidAction.NotFound")


def test_unknown_version_is_refused(emulator: Emulator) -> None:
    """A version of no service is refused."""
    response = emulator.handle(replace(PLAIN, query="Action=GetTask&Version=2017-09-06"))

    assert (response.status, json.loads(response.body)["Code"]) == (400, "InvalidVersion")


@pytest.mark.parametrize(("query", "code"), [("Version=2020-11-09", "MissingAction"), ("Action=A", "MissingVersion")])
def test_action_and_version_are_required(emulator: Emulator, query: str, code: str) -> None:
    """A request that names no action or no version is refused."""
    response = emulator.handle(replace(PLAIN, query=query))

    assert (response.status, json.loads(response.body)["Code"]) == (400, code)


def test_other_path_is_refused(emulator: Emulator) -> None:
    """All operations are on the path "/"."""
    assert emulator.handle(replace(PLAIN, path="/api")).status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused(emulator: Emulator, method: str) -> None:
    """Only GET and POST are served."""
    response = emulator.handle(replace(PLAIN, method=method))

    assert (response.status, json.loads(response.body)["Code"]) == (400, "UnsupportedHTTPMethod")


@pytest.mark.parametrize("action", ["BatchIndexFileMeta", "BatchDeleteFileMeta", "DeleteDataset"])
def test_post_only_operations_refuse_get(caller: Caller, action: str) -> None:
    """Three operations are served on POST only."""
    reply = caller.imm(action, "GET")

    assert (reply.status, reply.code) == (400, "UnsupportedHTTPMethod")


@pytest.mark.parametrize("action", ["BatchGetFileMeta", "CreateBinding", "GetBinding", "IndexFileMeta", "GetTask"])
def test_other_operations_accept_get(caller: Caller, action: str) -> None:
    """The others are served on GET too."""
    assert caller.imm(action, "GET").code == "InvalidArgument"


def test_parameters_are_read_from_a_form(emulator: Emulator) -> None:
    """Parameters in a form body count like those in the query."""
    request = replace(PLAIN, method="POST", headers=(("content-type", FORM_TYPE),), query="", body=PLAIN.query.encode())

    assert json.loads(emulator.handle(request).body)["NonExists"] == ["a"]


def test_query_goes_before_form(emulator: Emulator) -> None:
    """A parameter that is in both places counts as that of the query."""
    request = replace(PLAIN, method="POST", headers=(("content-type", FORM_TYPE),), body=b"JobIds=b")

    assert json.loads(emulator.handle(request).body)["NonExists"] == ["a"]


@pytest.mark.parametrize("body", ["JobIds=ä".encode(), b"JobIds=%C3%A4"])
def test_form_is_utf_8(emulator: Emulator, body: bytes) -> None:
    """Non-ASCII values are UTF-8, percent-encoded or not."""
    query = "Action=GetUrlUploadInfos&Version=2020-11-09"
    request = replace(PLAIN, method="POST", headers=(("content-type", FORM_TYPE),), query=query, body=body)

    assert json.loads(emulator.handle(request).body)["NonExists"] == ["ä"]


def test_body_of_another_type_is_no_form(emulator: Emulator) -> None:
    """A body that is not a form carries no parameters."""
    request = replace(PLAIN, method="POST", headers=(("content-type", "text/plain"),), body=b"JobIds=b&UploadURLs=c")

    assert json.loads(emulator.handle(request).body)["NonExists"] == ["a"]


def test_unknown_parameters_are_ignored(caller: Caller) -> None:
    """A parameter that no operation knows does no harm."""
    assert caller.ice("GetUrlUploadInfos", JobIds="a", RegionId="cn-hangzhou").status == 200


def test_success_has_a_request_id(caller: Caller) -> None:
    """RequestId is an upper-case UUID."""
    reply = caller.ice("GetUrlUploadInfos", JobIds="a")

    assert re.fullmatch(UUID, reply.body["RequestId"])


def test_request_ids_differ(caller: Caller) -> None:
    """Two calls have different request ids."""
    replies = [caller.ice("GetUrlUploadInfos", JobIds="a") for _ in range(2)]

    assert replies[0].body["RequestId"] != replies[1].body["RequestId"]


@pytest.mark.parametrize("action", ["GetUrlUploadInfos", "Nothing"])
def test_headers_of_an_answer(caller: Caller, action: str) -> None:
    """The request id, a trace id and the content type are in the headers."""
    reply = caller.ice(action, JobIds="a")

    headers = dict(reply.response.headers)
    assert headers["x-acs-request-id"] == reply.body["RequestId"]
    assert re.fullmatch("[0-9a-f]{32}", headers["x-acs-trace-id"])
    assert headers["content-type"] == "application/json;charset=utf-8"


def test_error_envelope(emulator: Emulator) -> None:
    """An error has the five texts of the envelope, and HostId is the host that was asked."""
    body = json.loads(emulator.handle(replace(PLAIN, query="Action=A&Version=2020-11-09")).body)

    assert sorted(body) == ["Code", "HostId", "Message", "Recommend", "RequestId"]
    assert all(isinstance(text, str) and text for text in body.values())
    assert body["HostId"] == "ice.local:80"


@pytest.mark.parametrize("name", ["JSON", "json", "Json"])
def test_json_format_in_any_case(emulator: Emulator, name: str) -> None:
    """Format=JSON gives JSON."""
    response = emulator.handle(replace(PLAIN, query=f"{PLAIN.query}&Format={name}"))

    assert json.loads(response.body)["NonExists"] == ["a"]


def test_xml_format(emulator: Emulator) -> None:
    """Format=XML gives XML whose root is named after the action."""
    response = emulator.handle(replace(PLAIN, query=f"{PLAIN.query}&Format=XML"))

    root = ET.fromstring(response.body)
    assert root.tag == "GetUrlUploadInfosResponse"
    assert [element.tag for element in root] == ["RequestId", "NonExists"]
    assert dict(response.headers)["content-type"] == "text/xml;charset=utf-8"


def test_xml_error(emulator: Emulator) -> None:
    """An error in XML has the root Error."""
    response = emulator.handle(replace(PLAIN, query="Action=A&Version=2020-11-09&Format=xml"))

    assert ET.fromstring(response.body).findtext("Code") == "InvalidAction.NotFound"


def test_xml_of_every_field_is_well_formed(dataset: Caller, clock: StillClock) -> None:
    """Numbers, nested objects, and labels that are no element names can be written as XML."""
    labels = {"a b<>\x01": "\x00&"}
    dataset.scoped("IndexFileMeta", File={"URI": "oss://bucket/sampleobject.jpg", "CustomLabels": labels})
    clock.advance(1)
    query = (
        "Action=BatchGetFileMeta&Version=2020-09-30&Format=XML&ProjectName=project&DatasetName=dataset"
        "&URIs=%5B%22oss%3A%2F%2Fbucket%2Fsampleobject.jpg%22%5D"
    )

    response = dataset.emulator.handle(replace(PLAIN, query=query))

    assert ET.fromstring(response.body).findtext("Files/SequenceNumber") == "3"


def test_unknown_format_is_refused(emulator: Emulator) -> None:
    """A format that is neither JSON nor XML is refused."""
    response = emulator.handle(replace(PLAIN, query=f"{PLAIN.query}&Format=YAML"))

    assert (response.status, json.loads(response.body)["Code"]) == (400, "InvalidParameter.Format")


def test_quota(clock: StillClock) -> None:
    """One call too many within a second is refused with a hint when to come again."""
    server = Emulator(clock=clock, limits=Limits(requests_per_second=2))
    statuses = [server.handle(PLAIN).status for _ in range(2)]

    response = server.handle(PLAIN)

    assert statuses == [200, 200]
    assert (response.status, json.loads(response.body)["Code"]) == (400, "Throttling.User")
    assert 0 < int(dict(response.headers)["x-acs-retry-after"]) <= 1000


def test_quota_is_reset_each_second(clock: StillClock) -> None:
    """After the second calls are accepted again."""
    server = Emulator(clock=clock, limits=Limits(requests_per_second=1))
    server.handle(PLAIN)
    clock.advance(1)

    assert server.handle(PLAIN).status == 200


@pytest.mark.parametrize("query", ["%", "%zz=%ff&&=&a", "Action=%ff&Version=2020-11-09", "\u00e4=\u00f6", "\ud800"])
def test_any_query_is_answered(emulator: Emulator, query: str) -> None:
    """A query that cannot be decoded is refused, not a failure of the server."""
    assert 400 <= emulator.handle(replace(PLAIN, query=query)).status < 500


def test_equal_seeds_give_equal_answers(clock: StillClock) -> None:
    """Two servers with equal seeds and clocks answer the same calls with the same bytes."""
    servers = [Emulator(clock=clock, seed=7) for _ in range(2)]

    assert servers[0].handle(PLAIN) == servers[1].handle(PLAIN)
