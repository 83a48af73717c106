"""Whether a request to the message service is signed by a known key, and in time (mns.md 3.2)."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from emulator import signatures
from emulator.errors import ApiError
from emulator.http import Request, joined_headers

_SCHEME = "MNS "


def verify(request: Request, secrets: Mapping[str, str], now: datetime, window_seconds: int) -> None:
    """Refuse a request without a valid signature, with ApiError."""
    headers = joined_headers(request.headers)
    authorization = headers.get("authorization", "")
    if not authorization:
        raise ApiError(400, "MissingAuthorizationHeader", "Authorization header is required.")
    key_id, mark, found = authorization.removeprefix(_SCHEME).partition(":")
    if not (authorization.startswith(_SCHEME) and mark):
        raise ApiError(400, "InvalidAuthorizationHeader", "The Authorization header format is invalid.")
    if key_id not in secrets:
        raise ApiError(403, "InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
    _check_date(headers.get("date", ""), now, window_seconds)
    if not signatures.equal(signature(request.method, headers, _resource(request), secrets[key_id]), found):
        raise ApiError(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")


def signature(method: str, headers: Mapping[str, str], resource: str, secret: str) -> str:
    """Return the signature of a request; the names of the headers are lower case, ``resource`` has the query."""
    own = sorted(f"{name}:{value}" for name, value in headers.items() if name.startswith("x-mns-"))
    fixed = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    text = "\n".join([method, *fixed, *own, resource])
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha1").digest()).decode()


def _resource(request: Request) -> str:
    return f"{request.path}?{request.query}" if request.query else request.path


def _check_date(text: str, now: datetime, window_seconds: int) -> None:
    if not text:
        raise ApiError(400, "MissingDateHeader", "Date header is required.")
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        raise ApiError(400, "InvalidDateHeader", "The Date header format is invalid.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if abs(now - moment) > timedelta(seconds=window_seconds):
        raise ApiError(408, "TimeExpired", "The http request you sent is expired.")
