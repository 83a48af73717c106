"""What checks exchange with the outside: calls, answers, waits, verdicts.

Checks do no I/O. A check is a generator (`Flow`) that yields a `Call` and
receives the `Exchange` that came of it, yields a `Wait`, or yields a
`Verdict`; whoever drives it decides whether the other side is a socket, an
in-process app or a recorded log. A flow may also yield a `Listen` and
receive the messages (`Notice`) that came about a call, or `Together` and
receive the exchanges of several calls that were under way at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Signature = Literal["header", "query", "none"]
Placement = Literal["query", "form"]
Spelling = Literal["percent", "plus", "raw", "lax"]
Naming = Literal["headers", "parameters", "both"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a call is put on the wire (rpc-protocol.md section 1).

    `action` and `version`, when given, replace the true ones; `named_by`
    says where they are, by default in the headers and, in a query-signed
    request, in the parameters as well. `headers` and `extra` (parameters)
    are added before signing, and the common parameters that `omit` names
    are not. `also_signed` and `unsigned` change which headers are signed.
    `tamper` is a change made after signing (`conformance.wire.tampering`);
    `skew_seconds` moves the time that is signed, and `time` replaces it: a
    text with `%` is a format of that time, any other text is sent as it is.
    `nonce` and `key_id` replace what the client would use. `in_form` names
    parameters that are in a form body while the others are in the query.
    """

    method: str = "POST"
    placement: Placement = "query"
    signature: Signature = "header"
    action: str | None = None
    version: str | None = None
    named_by: Naming | None = None
    headers: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    omit: tuple[str, ...] = ()
    also_signed: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    spelling: Spelling = "percent"
    chunked: bool = False
    time: str | None = None
    skew_seconds: int = 0
    nonce: str | None = None
    key_id: str | None = None
    tamper: str = ""
    in_form: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request before it is encoded: operation and parameter values.

    `reuse` allows the driver to answer with an exchange of this run in which
    the same call was accepted: controls are sent once.
    """

    operation: str
    params: Mapping[str, Any]
    form: Form = Form()
    reuse: bool = False


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that are under way at the same time; a flow receives their exchanges in the order of the calls.

    They only read, and none is sent twice: what a target says under a load
    that the run itself makes is handed over as it came.
    """

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let `seconds` pass on the target's clock.

    Behind the `last` wait for a file it is given up, so that one lasts until
    the target is done with what the run gave it before.
    """

    seconds: float
    last: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The request as it went out; `headers` hold no secret."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


UNDECODED = "the answer's content encoding could not be decoded"
"""What is said of content that cannot be unpacked, and stands in its place."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with lower-case names, body.

    `value` is the body as a JSON object, None if it is not one; `problem`
    says why it is not; `flaws` name what strict JSON forbids and the parser
    could read nevertheless (duplicate keys, NaN, lone surrogates).
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: dict[str, Any] | None
    problem: str = ""
    flaws: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def code(self) -> str:
        """The error code of the envelope, or an empty text."""
        code = (self.value or {}).get("Code")
        return code if isinstance(code, str) else ""

    @property
    def undecoded(self) -> str:
        """Why the content could not be unpacked, or an empty text."""
        return self.body.decode("utf-8", "replace") if self.body.startswith(UNDECODED.encode()) else ""


FailureKind = Literal["", "unreached", "untrusted", "silent", "broken", "oversized", "unasked"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was really sent, with the answer or the failure.

    `failed` is the kind of the failure: no connection was made (`unreached`),
    TLS failed (`untrusted`), nothing came in time (`silent`), the connection
    or the protocol broke (`broken`), the answer was beyond what is read
    (`oversized`), or the call was not sent because those before it were not
    answered (`unasked`).
    """

    call: Call
    sent: Sent
    answer: Answer | None
    failure: str = ""
    number: int = 0
    failed: FailureKind = ""

    @property
    def accepted(self) -> bool:
        """Whether the target answered 2xx with a JSON object."""
        a = self.answer
        return a is not None and 200 <= a.status < 300 and a.value is not None

    @property
    def value(self) -> dict[str, Any]:
        """The answer's JSON object; empty if there is none."""
        return (self.answer.value if self.answer else None) or {}

    @property
    def told(self) -> dict[str, Any]:
        """The members of that object without the id, which differs in each answer."""
        return {name: value for name, value in self.value.items() if name != "RequestId"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where messages come in: pushes to an endpoint, or a queue that is read.

    `format` and `path` are what the subscription was made with; they are
    empty if that is not known.
    """

    kind: Literal["push", "queue"]
    name: str = ""
    format: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that came in, and what was around it (facts mns.md 2 and 3).

    `method`, `path`, `headers` and `body` are those of a push; of a message
    from a queue `body` is its text and `queue` holds the fields around it.
    `format` is how the message service wrote it, `fields` what it added,
    `garbled` what is wrong with that where it seems to be XML,
    `text` what was published, `form` whether that was in an envelope.
    `value` is the message itself, None if it is no JSON object, and then
    `problem` says why. `topic` is the one it came through, `cause` the call
    that it tells of, and `rank` its place among the different messages about
    that call from one source. `deleted` says that it had been deleted.
    """

    source: Source
    body: bytes
    id: str = ""
    method: str = ""
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    queue: Mapping[str, str] = field(default_factory=dict)
    format: Literal["XML", "JSON", "SIMPLIFIED"] = "SIMPLIFIED"
    fields: Mapping[str, str] = field(default_factory=dict)
    garbled: str = ""
    text: str = ""
    form: Literal["bare", "envelope", "other"] = "bare"
    value: dict[str, Any] | None = None
    problem: str = ""
    flaws: tuple[str, ...] = ()
    topic: str = ""
    cause: Exchange | None = None
    rank: int = 1
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Receive the messages about a call, as soon as each source has one.

    At most `seconds` pass on the target's clock; `until` is another
    condition to end on. All messages about the call are received, the
    earlier ones too.
    """

    about: Exchange
    seconds: float
    until: Callable[[Sequence[Notice]], bool] | None = None


VerdictOutcome = Literal["conforms", "violates", "inconclusive", "blocked"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look at the target says about one requirement.

    Of an outcome that judges nothing `observed` is the reason. `exchange` is
    the probe; None means the last exchange of the flow.
    `control` is the accepted twin of a negative case.
    """

    requirement: str
    outcome: VerdictOutcome
    expected: str = ""
    observed: str = ""
    exchange: Exchange | None = None
    control: Exchange | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The line that a target draws for one limit.

    `accepted` is the largest accepted size, `refused` the smallest refused
    one (None: not found), `code` the Code of that refusal.
    """

    requirement: str
    documented: int
    accepted: int | None
    refused: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Trying:
    """What follows stands on this example, until the next one; another run can draw it first by its `choices`."""

    choices: str


class Inconclusive(Exception):  # noqa: N818  # it is an outcome, not an error
    """A flow cannot judge: what it stands on did not work; says why."""


Step = Call | Together | Wait | Listen | Verdict | Measurement | Trying
Flow = Generator[Step, Any, None]
Steps = Generator[Step, Any, Exchange]
