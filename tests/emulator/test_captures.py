"""Requests of real SDKs, recorded on the wire, are understood and their signatures verified."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulator import Emulator, Request
from emulator.gateway import read_call

DATA = Path(__file__).parents[1] / "data"
CAPTURES = sorted(path for path in (DATA / "captures").glob("*.http") if not path.name.startswith("python-mns"))
KEY_ID = "LTAI5tFakeFakeFakeFake00"
SECRET = "fakeSecretFakeSecretFakeSecret"
ANSWERS = {
    "BatchGetFileMeta": (400, "ResourceNotFound"),
    "GetBatchMediaProducingJob": (404, "JobNotFound"),
    "GetTask": (400, "ResourceNotFound"),
    "GetUrlUploadInfos": (200, ""),
    "SubmitBatchMediaProducingJob": (200, ""),
    "UploadMediaByURL": (200, ""),
}
INCOMPLETE = {
    "python-tea-openapi-v3-GetUrlUploadInfos-emptystr": (400, "MissingParameter"),
    "python-tea-openapi-v3-GetUrlUploadInfos-noparams": (400, "MissingParameter"),
    "python-aliyunsdkcore-SubmitBatchMediaProducingJob": (400, "MissingParameter"),
}


def recorded(path: Path) -> Request:
    """Return the request of a capture, free of chunk framing."""
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    if ("Transfer-Encoding", "chunked") in headers:
        body = dechunked(body)
    request_path, _, query = target.partition("?")
    return Request(method, request_path, query, headers, body)


def dechunked(body: bytes) -> bytes:
    """Return a body without its chunk framing."""
    pieces = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        pieces += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :] if int(size, 16) else b""
    return pieces


class DateOf:
    """The clock at the moment when a request was made."""

    def __init__(self, request: Request) -> None:
        call = read_call(request)
        text = call.headers.get("x-acs-date") or call.params["Timestamp"]
        self._moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the date of the request."""
        return self._moment


def answered(emulator: Emulator, request: Request) -> tuple[int, str]:
    """Send a request and return the status and the code of the answer."""
    response = emulator.handle(request)
    return response.status, json.loads(response.body).get("Code", "")


def operation(path: Path) -> str:
    """Return the operation that the name of a capture tells."""
    return next(name for name in ANSWERS if f"-{name}" in path.name)


def test_all_captures_are_there() -> None:
    """The recorded SDK requests of the facts are all present."""
    assert len(CAPTURES) == 54


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_the_operation_of_a_capture_is_found(path: Path) -> None:
    """The action is read from wherever the SDK puts it."""
    request = recorded(path)

    call = read_call(request)

    assert call.action == operation(path)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_is_accepted_with_its_key(path: Path) -> None:
    """Every recorded signature verifies, and the call reaches its operation."""
    request = recorded(path)

    answer = answered(Emulator(clock=DateOf(request), credentials={KEY_ID: SECRET}), request)

    assert answer == INCOMPLETE.get(path.stem, ANSWERS[operation(path)])


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_is_refused_with_another_secret(path: Path) -> None:
    """No recorded signature verifies with a secret that did not make it."""
    request = recorded(path)

    answer = answered(Emulator(clock=DateOf(request), credentials={KEY_ID: "another"}), request)

    assert answer == (400, "SignatureDoesNotMatch")
