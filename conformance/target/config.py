"""The target file and what stands for it when a URL is given (design section 6)."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from conformance.secret import Secret
from conformance.wire.signing import Credentials
from conformance.wire.transport import TimeLimits
from reports.schemas import load_schema

Tier = Literal["reads", "refused-only", "create-and-clean", "full"]
SignatureMode = Literal["verify", "ignore", "auto"]
TIERS: tuple[Tier, ...] = get_args(Tier)
EMBEDDED_TOPIC = "conformance"
_SECRET = re.compile("secret|token|credential|password|key", re.IGNORECASE)
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
        url = _checked_url("--target", given)
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
    msg = f"--target '{given}' is neither a URL, nor 'module:app', nor an existing TOML file"
    raise TargetError(msg)


def _from_file(path: Path, environ: Mapping[str, str]) -> Target:
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        msg = f"target file '{path}' cannot be read: {error.strerror}"
        raise TargetError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"target file '{path}' is not TOML: {error}"
        raise TargetError(msg) from None
    _check(path, text, data)
    return _built(path, data, environ)


def _check(path: Path, text: str, data: dict[str, Any]) -> None:
    """Raise TargetError for the first thing that is wrong, with its line."""
    from jsonschema import Draft202012Validator  # slow to import

    error = next(iter(Draft202012Validator(load_schema("target")).iter_errors(data)), None)
    if error is not None:
        keys, problem = _described(error)
        msg = f"target file '{path}', line {_line_of(text, keys)}: {problem}"
        raise TargetError(msg)
    for key, value in data.get("limits", {}).items():
        if not math.isfinite(value):
            line = _line_of(text, ["limits", key])
            msg = f"target file '{path}', line {line}: 'limits.{key}' is {value}, expected a finite number"
            raise TargetError(msg)


def _described(error: Any) -> tuple[list[str], str]:
    """Return the keys down to what is wrong, and a sentence about it."""
    keys = [str(part) for part in error.absolute_path]
    where = f" in [{'.'.join(keys)}]" if keys else ""
    if error.validator == "additionalProperties":
        unknown = min(set(error.instance) - set(error.schema["properties"]))
        known = ", ".join(sorted(error.schema["properties"]))
        value = _shown(error.instance[unknown], [*keys, unknown])
        return [*keys, unknown], f"unknown key '{unknown}'{where} with the value {value}; expected one of {known}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return keys, f"the key '{missing}' is missing{where}"
    value = _shown(error.instance, keys)
    return keys, f"'{'.'.join(keys)}' is {value}, expected {_wanted(error.validator, error.validator_value)}"


def _shown(value: Any, keys: list[str]) -> str:
    """Return a value for an error text, unless it may be or hold a secret."""
    if any(_SECRET.search(key) for key in keys) and keys[-1] != "signatures":
        return "***"
    if isinstance(value, dict):
        return f"a table of {', '.join(value) or 'nothing'}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "an array of tables or arrays"
    return repr(value)


def _wanted(validator: Any, wanted: Any) -> str:
    if validator == "anyOf":
        return " or ".join(" with ".join(choice["required"]) for choice in wanted)
    words = {
        "type": f"a value of type {wanted}",
        "enum": f"one of {', '.join(map(str, wanted)) if validator == 'enum' else ''}",
        "pattern": f"text that matches {wanted}",
        "dependentRequired": "'mns_endpoint' and 'queue' together",
    }
    return words.get(str(validator), f"{validator} {wanted}")


def _line_of(text: str, keys: list[str]) -> int:
    """Return the line on which the last of `keys` is written, or else the one before it."""
    names = [k for k in keys if not k.isdigit()]
    while names:
        line = _line_of_key(text, names)
        if line:
            return line
        names.pop()
    return 1


def _line_of_key(text: str, names: list[str]) -> int:
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            section = header[1]
            if section == ".".join(names):
                return number
        elif section == ".".join(names[:-1]) and re.match(rf"\s*\"?{re.escape(names[-1])}\"?\s*=", line):
            return number
    return 0


def _built(path: Path, data: dict[str, Any], environ: Mapping[str, str]) -> Target:
    endpoints = {
        key: _checked_url(f"endpoints.{key} in '{path}'", url)
        for key, url in data["endpoints"].items()
        if key != "ca_file"
    }
    fixtures = data.get("fixtures", {})
    ca_file = data["endpoints"].get("ca_file", "")
    if ca_file and not (path.parent / ca_file).is_file():
        msg = f"target file '{path}': endpoints.ca_file '{ca_file}' does not exist"
        raise TargetError(msg)
    return Target(
        name=data["name"],
        version=data.get("version", ""),
        operations=tuple(data.get("operations", ())),
        endpoints=endpoints,
        ca_file=str(path.parent / ca_file) if ca_file else "",
        credentials=_credentials(path, data.get("credentials", {}), environ),
        chain=data.get("credentials", {}).get("chain", False),
        signatures=data.get("credentials", {}).get("signatures", "auto"),
        fixtures=_fixtures(fixtures),
        notifications=_notifications(path, data.get("notifications", {})),
        limits=RunLimits(**data.get("limits", {})),
        tier=data.get("safety", {}).get("tier"),
    )


def _notifications(path: Path, data: Mapping[str, str]) -> Mapping[str, str]:
    if "mns_endpoint" in data:
        _checked_url(f"notifications.mns_endpoint in '{path}'", data["mns_endpoint"])
    return data


def _fixtures(data: Mapping[str, Any]) -> Fixtures:
    values: dict[str, Any] = dict(data)
    for key in ("indexed_uris", "missing_uris", "batch_jobs", "expired_batch_jobs"):
        values[key] = tuple(values.get(key, ()))
    values["tasks"] = tuple((t["type"], t["id"]) for t in values.get("tasks", ()))
    values["url_upload_jobs"] = tuple((j["id"], j["url"]) for j in values.get("url_upload_jobs", ()))
    return Fixtures(**values)


def _credentials(path: Path, data: Mapping[str, Any], environ: Mapping[str, str]) -> Credentials | None:
    key_id, secret = data.get("access_key_id"), data.get("access_key_secret")
    if data.get("chain"):
        if key_id or secret or data.get("security_token"):
            msg = f"target file '{path}': [credentials] chain = true stands alone; leave out the key, or the chain"
            raise TargetError(msg)
        return None
    if bool(key_id) != bool(secret):
        msg = f"target file '{path}': [credentials] needs both access_key_id and access_key_secret, or neither"
        raise TargetError(msg)
    if not key_id or not secret:
        return _from_environment(environ)
    token = data.get("security_token")
    return Credentials(key_id, Secret(secret), Secret(token) if token else None)


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    key_id = environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
    secret = environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    token = environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", "")
    if not (key_id and secret):
        return None
    return Credentials(key_id, Secret(secret), Secret(token) if token else None)


def _checked_url(what: str, url: str) -> str:
    shown = re.sub(r"//[^/]*@", "//***@", url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = f"{what}: '{shown}' is not a URL: {error}"
        raise TargetError(msg) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        msg = f"{what}: '{shown}' is not an http or https URL with a host"
        raise TargetError(msg)
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = f"{what}: '{shown}' may hold scheme, host and port only"
        raise TargetError(msg)
    if parts.path.strip("/"):
        msg = f"{what}: '{shown}' has the path '{parts.path}', but every operation is on '/'"
        raise TargetError(msg)
    return url.rstrip("/")
