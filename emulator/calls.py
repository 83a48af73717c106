"""What passes between the gateway, the operations and the faults: a call and its answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from emulator.core import Emulator
    from emulator.mns_push import Push
    from emulator.state import Publication

Source = Literal["query", "form"]


@dataclass(frozen=True, slots=True)
class Call:
    """What a request asks for, taken from wherever its SDK puts it.

    ``params`` holds the decoded text of every query and form parameter, ``sources`` where each was found;
    ``headers`` has lower-case names. ``service`` is ``imm``, ``ice``, or empty for an unknown version; ``query`` is
    the raw text behind the ``?``.
    """

    service: str
    action: str
    version: str
    method: str
    params: Mapping[str, str]
    sources: Mapping[str, Source]
    headers: Mapping[str, str]
    query: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is encoded.

    ``payload`` is complete, RequestId included. ``body``, when set, is sent instead of the encoded payload.
    """

    status: int
    payload: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Fault(Protocol):
    """A deliberate deviation from the correct behaviour, to prove that a check can fail."""

    @property
    def id(self) -> str:
        """The name under which the fault is asked for."""
        ...

    @property
    def description(self) -> str:
        """One sentence: what the server does wrong."""
        ...

    def before(self, call: Call, emulator: "Emulator") -> Call | Answer | None:
        """See a call before the gateway checks it.

        None lets it pass, a call replaces it, and an answer is sent in the place of any other.
        Signatures are still verified against the request as it was received.
        """
        ...

    def after(self, call: Call, answer: Answer, emulator: "Emulator") -> Answer:
        """See an answer before it is encoded, and return the one to send; the payload is the fault's own copy."""
        ...


@runtime_checkable
class DeliveryFault(Protocol):
    """A fault that deviates in what the server sends by itself as well."""

    def published(self, publication: "Publication", emulator: "Emulator") -> "Iterable[Publication]":
        """See a message before it is put into its topic; return what is published in its place."""
        ...

    def pushed(self, push: "Push", emulator: "Emulator") -> "Push":
        """See a push before it is sent, and return the one to send."""
        ...
