"""The target file and what stands for it when a URL is given (design section 6)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from conformance.target.checking import problem_of
from conformance.target.keys import IN_ENVIRONMENT, IN_FILES, FlawedKeyError, key_of
from conformance.target.urls import flaw_of_url, harmless
from conformance.wire.signing import Credentials
from conformance.wire.transport import TimeLimits
from reports.toml_files import TomlFileError, read_toml

Tier = Literal["reads", "refused-only", "create-and-clean", "full"]
SignatureMode = Literal["verify", "ignore", "auto"]
TIERS: tuple[Tier, ...] = get_args(Tier)
EMBEDDED_TOPIC = "conformance"
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|\[?::1\]?)$")


class TargetError(Exception):
    """The target cannot be used as it is given; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Fixtures:
    """Resources that already exist on the target; empty means none."""

    project: str = ""
    dataset: str = ""
    bucket: str = ""
    indexed_uris: tuple[str, ...] = ()
    missing_uris: tuple[str, ...] = ()
    tasks: tuple[tuple[str, str], ...] = ()
    url_upload_jobs: tuple[tuple[str, str], ...] = ()
    batch_jobs: tuple[str, ...] = ()
    expired_batch_jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Bounds of a run: requests, requests a second (0: none), and seconds.

    `settle_seconds` is how long asynchronous work may take, three times as long
    where that of indexing is seen to be; the others bound connecting, the next
    byte of an answer, a whole exchange, and the run.
    """

    max_requests: int = 5000
    requests_per_second: float = 0.0
    settle_seconds: float = 10.0
    connect_seconds: float = 5.0
    first_byte_seconds: float = 10.0
    answer_seconds: float = 30.0
    run_seconds: float = 3600.0

    @property
    def times(self) -> TimeLimits:
        """The limits of one exchange."""
        return TimeLimits(self.connect_seconds, self.first_byte_seconds, self.answer_seconds)


@dataclass(frozen=True, slots=True)
class Target:
    """One server under test, as the user describes it.

    `endpoints` maps a service to a URL; an empty mapping means an app in
    process, named by `app` (`module:attribute`, empty for the embedded
    emulator). `chain` says that the official credentials chain gives the key.
    """

    name: str
    version: str = ""
    operations: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    app: str = ""
    ca_file: str = ""
    credentials: Credentials | None = None
    chain: bool = False
    signatures: SignatureMode = "auto"
    fixtures: Fixtures = Fixtures()
    notifications: Mapping[str, str] = field(default_factory=dict)
    limits: RunLimits = RunLimits()
    tier: Tier | None = None

    @property
    def topic(self) -> str:
        """The topic whose messages reach the kit; empty without a notification channel."""
        return self.notifications.get("topic", EMBEDDED_TOPIC if self._embedded else "")

    @property
    def channels(self) -> frozenset[str]:
        """The kinds of notification channels: `push` and `queue`."""
        if self._embedded:
            return frozenset({"push", "queue"})
        kinds = {"push": "listen", "queue": "queue"}
        return frozenset(kind for kind, key in kinds.items() if key in self.notifications)

    @property
    def _embedded(self) -> bool:
        return not self.endpoints and not self.app

    @property
    def loopback(self) -> bool:
        """Whether every endpoint is on this machine."""
        hosts = [urlsplit(url).hostname or "" for url in self.endpoints.values()]
        return all(_LOOPBACK.match(host) for host in hosts)

    @property
    def effective_tier(self) -> Tier:
        """The tier in force: loopback targets default to `full`, others to `reads`."""
        return self.tier or ("full" if self.loopback else "reads")


def read_target(given: str | None, environ: Mapping[str, str] | None = None) -> Target:
    """Return the target for the value of `--target`.

    `given` is None (the embedded emulator), a URL, `module:app` or the path
    of a TOML file. Credentials that the file does not hold are taken from
    the standard environment variables.

    Raises TargetError with a sentence for the user.
    """
    environ = os.environ if environ is None else environ
    if given is None:
        return Target(name="embedded emulator")
    if "://" in given:
        if flaw := flaw_of_url(given):
            msg = f"--target: '{harmless(given)}' {flaw}"
            raise TargetError(msg)
        url = given.rstrip("/")
        return Target(
            name=url,
            endpoints={"imm": url, "ice": url},
            credentials=_from_environment(environ),
        )
    path = Path(given)
    if given.endswith(".toml") or path.is_file():
        return _from_file(path, environ)
    if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", given):
        return Target(name=given, app=given, credentials=_from_environment(environ))
    msg = f"--target '{harmless(given)}' is neither a URL, nor 'module:app', nor an existing TOML file"
    raise TargetError(msg)


def _from_file(path: Path, environ: Mapping[str, str]) -> Target:
    try:
        text, data = read_toml(path)
    except TomlFileError as error:
        msg = f"target file '{path}' {error}"
        raise TargetError(msg) from None
    if problem := problem_of(text, data, path.parent):
        msg = f"target file '{path}', {problem}"
        raise TargetError(msg)
    return _built(path, data, environ)


def _built(path: Path, data: dict[str, Any], environ: Mapping[str, str]) -> Target:
    endpoints = {key: url.rstrip("/") for key, url in data["endpoints"].items() if key != "ca_file"}
    ca_file = data["endpoints"].get("ca_file", "")
    return Target(
        name=data["name"],
        version=data.get("version", ""),
        operations=tuple(data.get("operations", ())),
        endpoints=endpoints,
        ca_file=str(path.parent / ca_file) if ca_file else "",
        credentials=_credentials(path, data.get("credentials", {}), environ),
        chain=data.get("credentials", {}).get("chain", False),
        signatures=data.get("credentials", {}).get("signatures", "auto"),
        fixtures=_fixtures(data.get("fixtures", {})),
        notifications=data.get("notifications", {}),
        limits=RunLimits(**data.get("limits", {})),
        tier=data.get("safety", {}).get("tier"),
    )


def _fixtures(data: Mapping[str, Any]) -> Fixtures:
    values: dict[str, Any] = dict(data)
    for key in ("indexed_uris", "missing_uris", "batch_jobs", "expired_batch_jobs"):
        values[key] = tuple(values.get(key, ()))
    values["tasks"] = tuple((t["type"], t["id"]) for t in values.get("tasks", ()))
    values["url_upload_jobs"] = tuple((j["id"], j["url"]) for j in values.get("url_upload_jobs", ()))
    return Fixtures(**values)


def _credentials(path: Path, data: Mapping[str, Any], environ: Mapping[str, str]) -> Credentials | None:
    if data.get("chain"):
        if any(name in data for name in IN_FILES):
            msg = f"target file '{path}': [credentials] chain = true stands alone; leave out the key, or the chain"
            raise TargetError(msg)
        return None
    try:
        own = key_of(data, IN_FILES)
    except FlawedKeyError as flaw:
        msg = f"target file '{path}': [credentials] {flaw}"
        raise TargetError(msg) from None
    return own or _from_environment(environ)


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    try:
        return key_of(environ, IN_ENVIRONMENT)
    except FlawedKeyError as flaw:
        msg = f"the environment {flaw}"
        raise TargetError(msg) from None
