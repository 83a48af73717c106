"""Key files of certificates: Ed25519 or ECDSA, in PEM."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # public, without __all__

_EXPECTED = "expected an Ed25519 or ECDSA key in PEM"


class KeyFileError(Exception):
    """A key file cannot be used; the text says why and holds nothing of the key."""


def read_signer(path: Path) -> CryptoSigner:
    """Return what signs with the private key in a file. Raises KeyFileError if there is none."""
    data = _bytes(path)
    try:
        key = load_pem_private_key(data, password=None)
    except TypeError:
        msg = f"key '{path}' is encrypted; {_EXPECTED} without a password"
        raise KeyFileError(msg) from None
    except (ValueError, UnsupportedAlgorithm):
        msg = f"key '{path}' is no private key; {_EXPECTED}"
        raise KeyFileError(msg) from None
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        msg = f"key '{path}' is of another kind; {_EXPECTED}"
        raise KeyFileError(msg)
    try:
        return CryptoSigner(key)
    except ValueError:
        msg = f"key '{path}' is on a curve that is not P-256, P-384 or P-521"
        raise KeyFileError(msg) from None


def read_public(path: Path) -> SSlibKey:
    """Return the public key in a file, or that of its private key. Raises KeyFileError if there is none."""
    data = _bytes(path)
    if b"PRIVATE KEY" in data:
        return read_signer(path).public_key
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        msg = f"key '{path}' is no public key; {_EXPECTED}"
        raise KeyFileError(msg) from None
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        msg = f"key '{path}' is of another kind; {_EXPECTED}"
        raise KeyFileError(msg)
    try:
        return SSlibKey.from_crypto(key)
    except ValueError:
        msg = f"key '{path}' is on a curve that is not P-256, P-384 or P-521"
        raise KeyFileError(msg) from None


def write_pair(private: Path, kind: str) -> Path:
    """Make a key of `kind` (`ed25519` or `ecdsa`), write both halves, and return the public file.

    Raises KeyFileError if a file is there already or cannot be written.
    """
    signer = CryptoSigner.generate_ed25519() if kind == "ed25519" else CryptoSigner.generate_ecdsa()
    public = private.with_suffix(".pub.pem")
    crypto = load_pem_private_key(signer.private_bytes, password=None).public_key()
    _write(private, signer.private_bytes, 0o600)
    _write(public, crypto.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    return public


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a new file; an existing one is never replaced, because it may be in use."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except OSError as error:
        msg = f"key '{path}' cannot be written: {error.strerror}"
        raise KeyFileError(msg) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"key '{path}' cannot be read: {error.strerror}"
        raise KeyFileError(msg) from None
