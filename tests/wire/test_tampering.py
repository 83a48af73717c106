"""Every change alters what is sent behind the back of the signature, and nothing else."""

from base64 import b64decode
from hashlib import sha256
from typing import Any

import httpx
import pytest

REGION = (("RegionId", "cn-hangzhou"),)
FIXED = {"time": "2024-01-02T03:04:05Z", "nonce": "0" * 32}


def both(wire: Any, tamper: str, **form: Any) -> tuple[httpx.Request, httpx.Request]:
    """Send the same request as it is and with a change."""
    wire.send(**form, **FIXED)
    wire.send(**form, **FIXED, tamper=tamper)
    honest, changed = wire.received
    return honest, changed


def differing_headers(one: httpx.Request, other: httpx.Request) -> set[str]:
    """Return the names of the headers that are not the same in both."""
    names = {*one.headers, *other.headers}
    return {name for name in names if one.headers.get(name) != other.headers.get(name)}


@pytest.mark.parametrize(("tamper", "at"), [("signature", -1), ("signature first", 0)])
def test_one_character_of_a_header_signature_is_exchanged(wire: Any, tamper: str, at: int) -> None:
    """The signature keeps its form and differs in the one place."""
    honest, changed = both(wire, tamper)

    old, new = (r.headers["authorization"].rpartition("Signature=")[2] for r in (honest, changed))
    assert differing_headers(honest, changed) == {"authorization"}
    assert [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b] == [range(64)[at]]
    assert set(new) <= set("0123456789abcdef")


@pytest.mark.parametrize("placement", ["query", "form"])
def test_one_character_of_a_query_signature_is_exchanged(wire: Any, placement: str) -> None:
    """The parameter differs in what its Base64 text means, and no other parameter differs."""
    honest, changed = both(wire, "signature", signature="query", placement=placement)

    texts = [str(r.url.query, "ascii") or r.content.decode() for r in (honest, changed)]
    old, new = (dict(httpx.QueryParams(text)) for text in texts)
    assert {name for name in old if old[name] != new[name]} == {"Signature"}
    assert b64decode(old["Signature"], validate=True) != b64decode(new["Signature"], validate=True)


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        ("query RegionId=cn-beijing", "cn-beijing"),
        ("query -RegionId", None),
    ],
)
def test_parameter_is_changed_or_removed(wire: Any, tamper: str, expected: str | None) -> None:
    """The query changes, and the signature stays."""
    honest, changed = both(wire, tamper, extra=REGION)

    assert changed.url.params.get("RegionId") == expected
    assert changed.url.params["JobIds"] == honest.url.params["JobIds"]
    assert differing_headers(honest, changed) == set()


def test_parameter_is_added(wire: Any) -> None:
    """A parameter that was not signed joins those that were."""
    _, changed = both(wire, "query RegionId=cn-beijing")

    assert dict(changed.url.params) == {"RegionId": "cn-beijing", "JobIds": "a" * 32}


def test_body_is_changed_and_its_hash_stays(wire: Any) -> None:
    """A field of the form changes, and only the length follows."""
    honest, changed = both(wire, "form RegionId=cn-x", placement="form", extra=REGION)

    assert changed.content == f"JobIds={'a' * 32}&RegionId=cn-x".encode()
    assert differing_headers(honest, changed) == {"content-length"}


def test_body_is_added(wire: Any) -> None:
    """A request without a body gets one, with the type of a form."""
    honest, changed = both(wire, "form RegionId=cn-x")

    assert honest.content == b""
    assert changed.content == b"RegionId=cn-x"
    assert changed.headers["content-type"] == "application/x-www-form-urlencoded"
    assert changed.headers["x-acs-content-sha256"] == honest.headers["x-acs-content-sha256"]


def test_body_is_changed_along_with_its_hash(wire: Any) -> None:
    """The header has the hash of the new body, under the old signature."""
    honest, changed = both(wire, "rehashed RegionId=cn-x", placement="form", extra=REGION)

    assert changed.headers["x-acs-content-sha256"] == sha256(changed.content).hexdigest()
    assert differing_headers(honest, changed) == {"content-length", "x-acs-content-sha256"}


def test_header_is_changed(wire: Any) -> None:
    """The one header changes and occurs once."""
    honest, changed = both(wire, "header x-acs-action=GetTask")

    assert changed.headers.get_list("x-acs-action") == ["GetTask"]
    assert differing_headers(honest, changed) == {"x-acs-action"}


def test_method_is_changed(wire: Any) -> None:
    """What was signed for one method is sent with another."""
    honest, changed = both(wire, "method POST", method="GET", signature="query")

    assert (honest.method, changed.method) == ("GET", "POST")
    assert honest.url == changed.url


def test_unknown_change_is_an_error(wire: Any) -> None:
    """A change that nobody knows is not sent as no change."""
    with pytest.raises(KeyError):
        wire.send(tamper="colour blue")
