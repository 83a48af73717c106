"""Answers that are about how much is asked at once, and not about what is asked.

No source says how many requests a target serves at the same time. Whoever
asks for many takes for an answer what any client has to reckon with: none at
all, a refusal for want of capacity, a gateway that reaches nothing.
"""

from __future__ import annotations

from conformance.exchange import Exchange
from conformance.judge.reaction import Reaction, matches, react

_CODES = (
    "*Throttl*",
    "*TooMany*",
    "*Busy*",
    "*Concurren*",
    "*Quota*",
    "*Exceed*",
    "*Overload*",
    "*RateLimit*",
    "*FlowControl*",
    "*Unavailable*",
    "*UnAvailable*",
    "*Timeout*",
)
_STATUSES = (408, 425, 429, 502, 503, 504)


def overloaded(exchange: Exchange) -> bool:
    """Return whether a target may only have been asked too much at once."""
    answer = exchange.answer
    if answer is None or react(exchange) is Reaction.THROTTLED or answer.status in _STATUSES:
        return True
    return answer.status >= 400 and matches(answer.code, _CODES)


def strained(exchange: Exchange) -> bool:
    """Return whether an answer may be owed to the load alone, an error of the server included."""
    return overloaded(exchange) or (exchange.answer is not None and exchange.answer.status >= 500)
