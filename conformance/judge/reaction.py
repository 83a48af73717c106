"""How a target reacted to a request: accepted, refused, or neither.

Design section 5: a refusal is a 4xx with an error envelope whose `Code` is
not about something else; 5xx is never a refusal.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection
from fnmatch import translate
from functools import lru_cache
from itertools import islice

from conformance.exchange import Answer, Exchange, Sent
from conformance.journal import INDEXING
from reports.text import line

PERMISSION = ("Forbidden*", "NoPermission", "StatusForbidden")
"""Codes for a key that is known and may not do what it asks for (rpc-protocol.md 7)."""
AUTHENTICATION = (
    "InvalidAccessKeyId*",
    "SignatureDoesNotMatch",
    "SignatureNonceUsed",
    "IncompleteSignature",
    "InvalidSignature*",
    "InvalidTimeStamp*",
    "IllegalTimestamp",
    "InvalidSecurityToken*",
    "MissingSecurityToken",
    "MissingAccessKeyId",
    "MissingSignature*",
    "MissingTimestamp",
    "OperationDenied*",
    *PERMISSION,
)
THROTTLING = ("Throttling*", "ServiceUnavailable", "ServiceUnAvailable")
_THROTTLING_XML = re.compile(rb"<Code>\s*(Throttling|Service(Una|UnA)vailable)")
UNKNOWN_OPERATION = (
    "InvalidAction*",
    "InvalidApi.NotFound",
    "InvalidVersion*",
    "InvalidProduct.NotFound",
    "InvalidProtocol*",
    "UnsupportedHTTPMethod",
)
NOT_FOUND = ("ResourceNotFound", "*NotFound")
TAKEN = ("ResourceAlreadyExists", "*AlreadyExist*")
_QUOTA = ("LimitExceeded*", "QuotaExceed*")
"""Codes of what there may be no more of (imm.md 1.4)."""

_NO_SUCH_THING = ("NoSuchBucket", "NoSuchKey", "Topic*NotExist", "Queue*NotExist")
_THING_MISSING = re.compile(
    r"\b(bucket|object|file|topic|queue|instance)s?\b.{0,80}\b(not exist|not found|not be found|access forbidden)\b"
    r"|\bno such (bucket|object|file|topic|queue|instance)\b",
    re.IGNORECASE,
)

_TOO_LONG = (400, 413, 414, 431)
"""With these statuses HTTP servers refuse what is too long for them; the first may be the operation's as well."""
_LONG_HEAD = 4000
"""The head of a request is long from so many bytes on; the least bound in use is 8 KB for all of it."""

_MEMBERS_TOLD = 8
"""As many members of an answer are looked at to call it equal to another; a hostile one has a million."""


class Reaction(enum.Enum):
    """What a target made of a request."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_FOUND = "refused as not found"
    TAKEN = "refused as already existing"
    AUTHENTICATION = "refused for authentication or permission"
    THROTTLED = "throttled"
    UNKNOWN_OPERATION = "refused as an unknown operation or method"
    UNCLEAR = "refused without a readable Code"
    BROKEN = "not answered properly"

    @property
    def refuses(self) -> bool:
        """Whether it is a refusal of what the request holds."""
        return self in (Reaction.REFUSED, Reaction.NOT_FOUND, Reaction.TAKEN)

    @property
    def understands(self) -> bool:
        """Whether it takes what the request holds for whole and valid."""
        return self in (Reaction.ACCEPTED, Reaction.TAKEN)

    @property
    def unrelated(self) -> bool:
        """Whether it says nothing about what the request holds."""
        return self in (
            Reaction.AUTHENTICATION,
            Reaction.THROTTLED,
            Reaction.UNKNOWN_OPERATION,
            Reaction.UNCLEAR,
        )


def matches(code: str, patterns: tuple[str, ...]) -> bool:
    """Return whether `code` matches one of the patterns (`*` is a wildcard)."""
    return _compiled(patterns).match(code) is not None


def says_full(exchange: Exchange) -> bool:
    """Return whether an answer has a Code for what there may be no more of, which also those of limits have."""
    return exchange.answer is not None and matches(exchange.answer.code, _QUOTA)


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")


def react(exchange: Exchange) -> Reaction:
    """Classify the reaction of a target."""
    answer = exchange.answer
    if answer is None:
        return Reaction.BROKEN
    if answer.status == 429 or (answer.status >= 400 and _is_throttling(answer)) or is_busy(exchange):
        return Reaction.THROTTLED
    if exchange.accepted:
        return Reaction.ACCEPTED
    if not 400 <= answer.status < 500:
        return Reaction.BROKEN
    if not answer.code:
        return Reaction.UNCLEAR
    return _by_code(answer.code)


def is_busy(exchange: Exchange) -> bool:
    """Return whether a file may not be indexed now; no source says that one in work may be given again."""
    busy = exchange.answer is not None and exchange.answer.code == "StatusConflict"
    return busy and exchange.call.operation in INDEXING


def _is_throttling(answer: Answer) -> bool:
    return matches(answer.code, THROTTLING) or (not answer.value and _THROTTLING_XML.search(answer.body) is not None)


def is_denied(exchange: Exchange) -> bool:
    """Return whether a key is refused for want of a permission, at least by the Code."""
    return exchange.answer is not None and exchange.answer.status >= 400 and matches(exchange.answer.code, PERMISSION)


def is_too_long(exchange: Exchange) -> bool:
    """Return whether an HTTP server refused a long request before anything could see the operation.

    Servers bound the head of a request, and no source says by how much.
    """
    answer, sent = exchange.answer, exchange.sent
    if answer is None or answer.status not in _TOO_LONG or (answer.status == 400 and answer.value):
        return False
    return _head(sent) > _LONG_HEAD


def _head(sent: Sent) -> int:
    """Return about how many bytes the head of a request has."""
    return len(sent.url) + sum(len(name) + len(value) for name, value in sent.headers)


def not_missed(exchange: Exchange) -> bool:
    """Return whether a target says anything else than that what was asked for is not there."""
    return react(exchange) is not Reaction.NOT_FOUND


def refused_for_rule(probe: Exchange) -> bool:
    """Return whether a request that breaks a rule was refused for it.

    A refusal because something exists already has got past every rule.
    """
    return react(probe).refuses and react(probe) is not Reaction.TAKEN


def _by_code(code: str) -> Reaction:
    if matches(code, UNKNOWN_OPERATION):
        return Reaction.UNKNOWN_OPERATION
    if matches(code, AUTHENTICATION):
        return Reaction.AUTHENTICATION
    if matches(code, NOT_FOUND):
        return Reaction.NOT_FOUND
    if matches(code, TAKEN):
        return Reaction.TAKEN
    return Reaction.REFUSED


def misses_made_up(exchange: Exchange) -> bool:
    """Return whether a refusal says that an object, a bucket or what messages are sent to is not there.

    The names of these a run may have made up, and no document says that any is taken.
    """
    if not react(exchange).refuses or exchange.answer is None:
        return False
    said = (exchange.answer.value or {}).get("Message")
    return matches(exchange.answer.code, _NO_SUCH_THING) or (
        isinstance(said, str) and _THING_MISSING.search(said) is not None
    )


def misses_some(probe: Exchange, known: Collection[str]) -> bool:
    """Return whether a look-up of files or upload jobs of which not all are `known` was refused as not found.

    That what is unknown is left out or listed instead is only expected
    (IMM-BGFM-FILES-MISSING, ICE-GUUI-UNKNOWN-NOT-ERROR).
    """
    names = {"BatchGetFileMeta": ("URIs",), "GetUrlUploadInfos": ("JobIds", "UploadURLs")}
    given = [probe.call.params.get(name) for name in names.get(probe.call.operation, ())]
    asked = next((keys for keys in given if isinstance(keys, list)), [])
    return any(key not in known for key in asked) and react(probe) is Reaction.NOT_FOUND


def summarize(exchange: Exchange) -> str:
    """Return in a few words what came back: status, Code and message."""
    answer = exchange.answer
    if answer is None:
        return exchange.failure
    if answer.code:
        message = (answer.value or {}).get("Message")
        said = f": {line(message, 160)}" if isinstance(message, str) and message else ""
        return f"HTTP {answer.status} with Code '{line(answer.code, 80)}'{said}"
    if 300 <= answer.status < 400 and answer.headers.get("location"):
        return f"HTTP {answer.status}, a redirect to '{line(answer.headers['location'], 160)}' that is not followed"
    if answer.problem:
        return f"HTTP {answer.status}, but {answer.problem}"
    return f"HTTP {answer.status}"


def in_short(exchange: Exchange) -> str:
    """Return status, and Code or members, of what came back, to count equal answers."""
    answer = exchange.answer
    if answer is None:
        return exchange.failure.split(" (")[0]
    if answer.value is None:
        return f"HTTP {answer.status} without a JSON object"
    if answer.code and answer.status >= 300:
        return f"HTTP {answer.status} with Code '{line(answer.code, 80)}'"
    if not answer.value:
        return f"HTTP {answer.status} with an empty object"
    first = sorted(islice(answer.value, _MEMBERS_TOLD))
    return f"HTTP {answer.status} with {line(', '.join(first), 80)}"


def why_unusable(exchange: Exchange) -> str:
    """Return a clause for the reason of an inconclusive or blocked outcome."""
    if is_too_long(exchange):
        size = f"HTTP {exchange.answer.status if exchange.answer else 0} for a head of {_head(exchange.sent)} bytes"
        return f"{exchange.call.operation} was refused as too long before the operation saw it ({size})"
    return f"{exchange.call.operation} was {react(exchange).value} ({summarize(exchange)})"
