"""RequestIds of a whole run, none of which may come twice (fact RPC-REQID-UNIQUE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.exchange import Exchange, Verdict
from conformance.judge.reaction import Reaction, react

REQUIREMENT = "Gateway/behavior/request-id-differs"
_LONGEST = 200
"""Characters of ids that are remembered; a hostile server could fill the memory with longer ones."""


@dataclass(slots=True)
class RequestIds:
    """Remembers which exchange first had each id, by its number and operation."""

    first: dict[str, tuple[int, str]] = field(default_factory=dict)

    def look(self, exchange: Exchange) -> Iterator[Verdict]:
        """Yield a violation if the id of an answer is that of an earlier one; what throttles may know of none."""
        given = exchange.value.get("RequestId")
        if not isinstance(given, str) or not 0 < len(given) <= _LONGEST or react(exchange) is Reaction.THROTTLED:
            return
        number, operation = self.first.setdefault(given, (exchange.number, exchange.call.operation))
        if number != exchange.number:
            yield Verdict(
                REQUIREMENT,
                "violates",
                expected="a RequestId that no other call has",
                observed=f"RequestId '{given}' of an earlier call of {operation}",
                exchange=exchange,
            )
