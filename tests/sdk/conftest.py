"""An emulator on a socket that verifies signatures, and clients of the official SDKs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from alibabacloud_ice20201109.client import Client as IceClient
from alibabacloud_imm20200930 import models as imm_models
from alibabacloud_imm20200930.client import Client as ImmClient
from alibabacloud_tea_openapi import models as open_models

from conformance.exchange import Call
from conformance.secret import Secret
from conformance.services import PROVISIONING, VERSIONS
from conformance.wire import Client, Credentials, Endpoint
from emulator import Emulator, Timings
from openapi import load_contract
from tests.serving import on_a_socket

KEY, SECRET = "LTAI5tTestKey", "test-secret"
SCOPE = {"project_name": "project", "dataset_name": "dataset"}
SIGNATURES = {"header-signed": None, "query-signed": "v2"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Serve an emulator that verifies signatures; return its host and port."""
    emulator = Emulator(credentials={KEY: SECRET}, timings=Timings(index=0, task=0, batch_end=0, upload_step=0))
    with on_a_socket(emulator) as address:
        yield address.removeprefix("http://")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the proxies of the environment, which the SDKs use even for an address of this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def config(endpoint: str) -> Callable[..., open_models.Config]:
    """Return the maker of a client's settings; ``v2`` is the query signature."""

    def settings(algorithm: str | None = None, secret: str = SECRET) -> open_models.Config:
        return open_models.Config(
            access_key_id=KEY,
            access_key_secret=secret,
            endpoint=endpoint,
            protocol="HTTP",
            signature_algorithm=algorithm,
        )

    return settings


@pytest.fixture(params=SIGNATURES.values(), ids=list(SIGNATURES))
def imm(config: Callable[..., open_models.Config], request: pytest.FixtureRequest) -> Iterator[ImmClient]:
    """Return an IMM client with an empty dataset."""
    client = ImmClient(config(request.param))
    client.create_project(imm_models.CreateProjectRequest(project_name="project"))
    client.create_dataset(imm_models.CreateDatasetRequest(**SCOPE))
    yield client
    client.delete_dataset(imm_models.DeleteDatasetRequest(**SCOPE))
    client.delete_project(imm_models.DeleteProjectRequest(project_name="project"))


@pytest.fixture(params=SIGNATURES.values(), ids=list(SIGNATURES))
def ice(config: Callable[..., open_models.Config], request: pytest.FixtureRequest) -> IceClient:
    """Return an ICE client."""
    return IceClient(config(request.param))


@pytest.fixture
def raw(endpoint: str) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return the function that gets the JSON of an answer, its request id apart, without an SDK."""
    client = Client(
        httpx.HTTPTransport(),
        {service: Endpoint(f"http://{endpoint}", version) for service, version in VERSIONS.items()},
        Credentials(KEY, Secret(SECRET)),
        operations=load_contract().operations,
        services=PROVISIONING,
    )

    def get(operation: str, **params: object) -> dict[str, Any]:
        exchange = client.send(Call(operation, params))
        assert exchange.accepted, exchange
        return {name: value for name, value in exchange.value.items() if name != "RequestId"}

    yield get
    client.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Return the function that repeats a reading until it gives something."""

    def repeat(read: Callable[[], Any]) -> Any:
        end = time.monotonic() + 5
        while not (result := read()) and time.monotonic() < end:
            time.sleep(0.02)
        return result

    return repeat
