"""A client whose requests go nowhere, and the credentials that it signs with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from conformance.exchange import Call, Exchange, Form
from conformance.secret import Secret
from conformance.services import PROVISIONING, VERSIONS
from conformance.wire import Client, Credentials, Endpoint
from conformance.wire.addressing import Resolving
from openapi import load_contract

CONTRACT = load_contract()
NOW = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def answered(request: httpx.Request) -> httpx.Response:
    """Answer everything with an empty success."""
    return httpx.Response(200, json={"RequestId": "1"}, request=request)


@dataclass
class Wire:
    """A client, and the requests that reached its transport."""

    answer: Callable[[httpx.Request], httpx.Response] = answered
    secret: str = "the-secret-of-the-key"
    token: str = ""
    received: list[httpx.Request] = field(default_factory=list)

    def send(self, operation: str = "GetUrlUploadInfos", params: Any = None, **form: Any) -> Exchange:
        """Send one call in the given form."""
        client = Client(
            Resolving(httpx.MockTransport(self._receive)),
            {name: Endpoint(f"http://{name}.example.test:8089", version) for name, version in VERSIONS.items()},
            Credentials("the-key", Secret(self.secret), Secret(self.token) if self.token else None),
            operations=CONTRACT.operations,
            services=PROVISIONING,
            now=lambda: NOW,
        )
        given = {"JobIds": ["a" * 32]} if params is None else params
        return client.send(Call(operation, given, Form(**form)))

    def _receive(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.received.append(request)
        return self.answer(request)

    @property
    def last(self) -> httpx.Request:
        """The request that was received last."""
        return self.received[-1]


@pytest.fixture
def wire() -> Wire:
    """Return a wire whose key is a lasting one."""
    return Wire()


@pytest.fixture
def temporary() -> Wire:
    """Return a wire whose key is a temporary one."""
    return Wire(token="the-security-token")
