"""Connecting: from the description of a target to something that sends calls."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

import certifi
import httpx

from conformance.exchange import Call, Exchange
from conformance.notifications import Channel
from conformance.secret import Secret
from conformance.services import PROVISIONING, VERSIONS
from conformance.target.apps import serve_app
from conformance.target.channels import open_channels
from conformance.target.config import Fixtures, Target, TargetError
from conformance.wire import BodyLimits, Client, Credentials, Endpoint
from conformance.wire.signing import Keys, system_time
from conformance.wire.transport import BoundedTransport
from openapi import Contract

if TYPE_CHECKING:
    from emulator import Emulator, OffsetClock

PLACEHOLDER_KEY = Credentials("testid", Secret("testsecret"))
"""What signs requests when no credentials are given: many emulators want a
signature and verify none."""

MOST_AT_ONCE = 32
"""As many requests are under way at the same time at most."""


class Sender(Protocol):
    """What sends calls: a client, or a log that stands for one."""

    def send(self, call: Call) -> Exchange:
        """Return what came of a call."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(slots=True)
class Connection:
    """A target that can be talked to.

    `sleep` lets time pass there: it moves the embedded emulator's clock and
    really sleeps for all others. `in_process` targets cost nothing to ask.
    `open_channels` opens the notification channels of a run with this token.
    `seeded` are resources that the target came with; they complement what a
    run is given or provisions, in the place of which fixtures stand. `heard`
    is told of every exchange. `at_once` is how many requests may be under way
    there at the same time, and `together` sends them; without it they are
    sent one after the other, as to a log. `admit` raises RunOverError where
    a log says that the run sent nothing more.
    """

    client: Sender
    sleep: Callable[[float], None]
    in_process: bool
    stop: Callable[[], None]
    open_channels: Callable[[str], Sequence[Channel]] = lambda _: ()
    seeded: Fixtures = field(default_factory=Fixtures)
    heard: Callable[[Exchange], None] = lambda _: None
    at_once: int = 1
    together: Callable[[Sequence[Call]], Sequence[Exchange]] | None = None
    admit: Callable[[], None] = lambda: None

    def send(self, call: Call) -> Exchange:
        """Send one call."""
        exchange = self.client.send(call)
        self.heard(exchange)
        return exchange

    def send_together(self, calls: Sequence[Call]) -> Sequence[Exchange]:
        """Send calls at the same time, and return what came of each in the order of the calls."""
        if self.together is None:
            return [self.send(call) for call in calls]
        exchanges = self.together(calls)
        for exchange in exchanges:
            self.heard(exchange)
        return exchanges

    def close(self) -> None:
        """Close the connections and stop what was started for the target."""
        self.client.close()
        self.stop()


def connect(target: Target, contract: Contract) -> Connection:
    """Return a connection to `target`.

    Raises TargetError if an app cannot be loaded or a certificate file read.
    """
    if target.endpoints:
        return _over_http(target, contract, target.endpoints, lambda: None)
    if target.app:
        app = serve_app(target.app)
        if app.transport is not None:
            return _in_process(target, contract, app.transport)
        urls = {"imm": app.url, "ice": app.url}
        return _over_http(target, contract, urls, app.stop)
    return _embedded(target, contract)


def _over_http(target: Target, contract: Contract, urls: Mapping[str, str], stop: Callable[[], None]) -> Connection:
    transport = BoundedTransport(_trust(target), target.limits.times)
    keys = _keys(target)
    client = _client(target, contract, transport, urls, keys)
    return Connection(
        client,
        time.sleep,
        in_process=False,
        stop=stop,
        open_channels=partial(open_channels, target, keys),
        at_once=MOST_AT_ONCE,
        together=partial(client.send_together, apart=transport.apart),
    )


def _keys(target: Target) -> Keys:
    """Return what signs requests. Raises TargetError if it is the credentials chain, and that has nothing."""
    if target.chain:
        from conformance.target.chain import chain_keys  # only where it is asked for

        return chain_keys()
    return target.credentials or PLACEHOLDER_KEY


def _trust(target: Target) -> ssl.SSLContext | None:
    if not any(url.startswith("https:") for url in target.endpoints.values()) and not target.ca_file:
        return None
    if not target.ca_file:
        return ssl.create_default_context(cafile=certifi.where())
    try:
        return ssl.create_default_context(cafile=target.ca_file)
    except (OSError, ssl.SSLError) as error:
        msg = f"endpoints.ca_file '{target.ca_file}' is not a readable certificate: {error}"
        raise TargetError(msg) from None


def _in_process(target: Target, contract: Contract, transport: httpx.BaseTransport) -> Connection:
    """Return a connection to an app that is called in this thread alone: in others it may not work (as with SQLite)."""
    urls = {"imm": "http://testserver", "ice": "http://testserver"}
    keys = _keys(target)
    client = _client(target, contract, transport, urls, keys)
    channels = partial(open_channels, target, keys)
    return Connection(client, time.sleep, in_process=True, stop=lambda: None, open_channels=channels)


def _embedded(target: Target, contract: Contract) -> Connection:
    from conformance.target.embedded import embedded_emulator, seed  # only this target needs it

    emulator, clock = embedded_emulator()
    return replace(connect_emulator(target, contract, emulator, clock), seeded=seed(emulator))


def connect_emulator(
    target: Target, contract: Contract, emulator: Emulator, clock: OffsetClock, *, url: str = ""
) -> Connection:
    """Return a connection to an emulator in this process, on its own clock; `url` is where it is served."""
    from conformance.target.embedded import EMBEDDED_KEY, embedded_channels  # as above
    from emulator import EmulatorTransport  # as above

    urls = {"imm": url or "http://imm.embedded.test", "ice": url or "http://ice.embedded.test"}
    transport = httpx.HTTPTransport(trust_env=False) if url else EmulatorTransport(emulator)
    client = _client(target, contract, transport, urls, EMBEDDED_KEY, clock.now)
    channels = partial(embedded_channels, emulator, clock)
    return Connection(
        client,
        clock.advance,
        in_process=True,
        stop=lambda: None,
        open_channels=channels,
        at_once=MOST_AT_ONCE,
        together=client.send_together,
    )


def _client(  # one place builds every client
    target: Target,
    contract: Contract,
    transport: httpx.BaseTransport,
    urls: Mapping[str, str],
    keys: Keys,
    now: Callable[[], datetime] = system_time,
) -> Client:
    endpoints = {service: Endpoint(url, VERSIONS[service]) for service, url in urls.items()}
    return Client(
        transport,
        endpoints,
        keys,
        operations=contract.operations,
        services=PROVISIONING,
        now=now,
        limits=BodyLimits(max_seconds=target.limits.answer_seconds),
        timeout=target.limits.times.timeout,
    )
