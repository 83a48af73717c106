"""The wire: encoding, signing, sending, reading of answers."""

from conformance.wire.answers import BodyLimits, read_body
from conformance.wire.client import Client, Endpoint
from conformance.wire.encoding import encode_params, quote
from conformance.wire.signing import Credentials, HeaderSignature, QuerySignature

__all__ = [
    "BodyLimits",
    "Client",
    "Credentials",
    "Endpoint",
    "HeaderSignature",
    "QuerySignature",
    "encode_params",
    "quote",
    "read_body",
]
