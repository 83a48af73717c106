"""Command lines that repeat a request or a case."""

from __future__ import annotations

import shlex

from conformance.exchange import Sent

AROUND_CASES = ("handshake", "provisioning", "cleaning")
"""What a run does beside its cases; every run repeats it."""

_LEFT_OUT = (
    "authorization",
    "host",
    "user-agent",
    "accept-encoding",
    "connection",
    "content-length",
    "x-acs-security-token",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
)


def curl_line(sent: Sent) -> str:
    """Return a curl command that sends the request without a signature."""
    parts = ["curl", "-sS", "-X", sent.method, sent.url]
    for name, value in sent.headers:
        if name.lower() not in _LEFT_OUT:
            parts += ["-H", f"{name}: {value}"]
    if sent.body:
        parts += ["--data-raw", sent.body.decode("utf-8", "replace")]
    return " ".join(shlex.quote(part) for part in parts)


def rerun_line(target: str, case: str, seed: int) -> str:
    """Return the command that repeats one case against the same target."""
    where = ["--target", target] if target else []
    only = [] if case in AROUND_CASES else ["--case", case]
    parts = ["conformance", "run", *where, "--seed", str(seed), *only]
    return " ".join(shlex.quote(part) for part in parts)
