"""Prism, a mock server that reads OpenAPI documents, serves ours and takes the kit's requests."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest

import openapi
from conformance.exchange import Call, Exchange
from conformance.judge.validation import AnswerJudge
from conformance.secret import Secret
from conformance.wire import Client, Credentials, Endpoint
from openapi import Contract, Operation, load_contract

pytestmark = pytest.mark.outside

HERE = Path(__file__).parent
PRISM = HERE / "node_modules" / ".bin" / "prism"
DOCUMENTS = Path(openapi.__file__).parent
PLACEHOLDER = '"string"'
READY = re.compile(r"listening on (http://\S+)")
START_SECONDS = 60
OPERATIONS = (
    "BatchGetFileMeta",
    "CreateBinding",
    "GetBinding",
    "BatchIndexFileMeta",
    "IndexFileMeta",
    "GetTask",
    "GetUrlUploadInfos",
    "GetBatchMediaProducingJob",
)

Send = Callable[[Operation, dict[str, object]], Exchange]


class Mock:
    """A mock of one document on a port of its own; its address is put into a queue when it is ready."""

    def __init__(self, document: Path, addresses: "Queue[tuple[str, str]]") -> None:
        command = [str(PRISM), "mock", "--host", "127.0.0.1", "--port", "0", str(document)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, args=(document.stem, addresses))
        self._reader.start()

    def _read(self, operation: str, addresses: "Queue[tuple[str, str]]") -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if found := READY.search(line):
                    addresses.put((operation, found[1]))

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the shipped contract."""
    return load_contract()


@pytest.fixture(scope="module")
def mocks(contract: Contract) -> Iterator[dict[str, str]]:
    """Serve every document with a mock of its own; return the addresses by operation."""
    if not PRISM.exists():
        reason = "Prism is not installed; tests/outside/install.sh installs it"
        if os.environ.get("CONFORMANCE_REQUIRE_OUTSIDE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    addresses: Queue[tuple[str, str]] = Queue()
    running = [Mock(DOCUMENTS / o.document, addresses) for o in contract.operations.values()]
    try:
        yield dict(addresses.get(timeout=START_SECONDS) for _ in running)
    except Empty:
        pytest.fail(f"a mock did not start within {START_SECONDS} s")
    finally:
        for mock in running:
            mock.stop()


@pytest.fixture(scope="module")
def send(contract: Contract, mocks: dict[str, str]) -> Iterator[Send]:
    """Return the function that sends a signed call of an operation to its mock."""
    clients: list[Client] = []

    def sent(operation: Operation, params: dict[str, object]) -> Exchange:
        client = Client(
            httpx.HTTPTransport(),
            {operation.service: Endpoint(mocks[operation.name], operation.version)},
            Credentials("testid", Secret("testsecret")),
            operations=contract.operations,
            services={},
        )
        clients.append(client)
        return client.send(Call(operation.name, params))

    yield sent
    for client in clients:
        client.close()


def examples(operation: Operation) -> dict[str, object]:
    """Return a request with the example of every parameter."""
    return {p.name: p.example for p in operation.parameters.values()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_request_is_taken(name: str, contract: Contract, send: Send) -> None:
    """A whole request of the kit is valid for the mock, which answers 200."""
    operation = contract.operations[name]

    exchange = send(operation, examples(operation))

    assert exchange.answer is not None, exchange.failure
    assert exchange.answer.status == 200, exchange.answer.body


@pytest.mark.parametrize("name", OPERATIONS)
def test_answer_is_judged_alike(name: str, contract: Contract, send: Send) -> None:
    """The kit finds nothing wrong in the answer that the mock makes of the document's examples.

    Where a document has no example the mock puts the word «string», pattern or not.
    """
    operation = contract.operations[name]

    exchange = send(operation, examples(operation))

    sight = AnswerJudge(operation.response).judge(exchange.value)
    made = [b for b in sight.breaches if not b.observed.endswith(PLACEHOLDER)]
    assert [(b.requirement, b.observed) for b in made] == []
    assert sight.unknown == []


@pytest.mark.parametrize("name", OPERATIONS[:6])
def test_missing_parameter_is_refused(name: str, contract: Contract, send: Send) -> None:
    """The mock, which reads the same document, refuses a request without its first required parameter."""
    operation = contract.operations[name]
    params = examples(operation)
    del params[next(p.name for p in operation.parameters.values() if p.required)]

    exchange = send(operation, params)

    assert exchange.answer is not None, exchange.failure
    assert 400 <= exchange.answer.status < 500
