"""Where a target really draws the line: limits found by bisection.

Two requests suffice where the documented limit holds; a moved or missing
limit is found within `MOST` requests. A measurement judges nothing, so it is
made once, whatever its answers break.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks.registry import Case
from conformance.checks.rows import base_request, tier_of
from conformance.exchange import Call, Exchange, Flow, Measurement
from conformance.judge.reaction import Reaction, react
from conformance.wire.encoding import encode_params, join_pairs, quote
from conformance.world import World
from openapi import Contract, Operation, Parameter

MOST = 20
LONGEST_URL = 60_000
LARGEST = {"maxItems": 1024, "x-maxBytes": 16384}


def measuring_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a case for each limit on the size of a parameter."""
    for parameter in operation.parameters.values():
        for keyword in LARGEST:
            if keyword in parameter.node.keywords:
                yield _case(contract, operation, parameter, keyword)


def _case(contract: Contract, operation: Operation, parameter: Parameter, keyword: str) -> Case:
    base = f"{operation.name}/request/{parameter.name}/{keyword.removeprefix('x-')}"
    ids = tuple(i for i in (f"{base}/accepts", f"{base}/refuses") if i in contract.ledger)

    def flow(world: World) -> Flow:
        return _measure(operation, parameter, keyword, base, world)

    return Case(f"{base}/measured", operation.name, ids, flow, tier_of(operation), once=True)


def _measure(operation: Operation, parameter: Parameter, keyword: str, base: str, world: World) -> Flow:
    """Find the largest accepted and the smallest refused size; where none is accepted, sizes are not why."""
    documented = int(parameter.node.schema[keyword])
    request = _without_rival(base_request(operation, world), parameter.name)
    accepted, refused, code, spent = 0, None, "", 0
    size, largest = documented, _largest(operation, parameter, keyword, world)
    while size and spent < MOST:
        probe: Exchange = yield Call(operation.name, {**request, parameter.name: _sized(parameter, size, world)})
        spent += 1
        reaction = react(probe)
        if reaction is Reaction.ACCEPTED:
            accepted = max(accepted, size)
        elif reaction.refuses:
            refused = size if refused is None else min(refused, size)
            code = probe.answer.code if probe.answer else ""
        else:
            break
        size = _next(accepted, refused, documented, largest)
    if accepted:
        yield Measurement(base, documented, accepted, refused, code)


def _next(accepted: int, refused: int | None, documented: int, largest: int) -> int:
    """Return the size to try next; 0 when the line is found."""
    if refused is None:
        following = accepted + 1 if accepted == documented else accepted * 2
        return min(following, largest) if accepted < largest else 0
    return (accepted + refused) // 2 if refused - accepted > 1 else 0


def _largest(operation: Operation, parameter: Parameter, keyword: str, world: World) -> int:
    """Return the largest size that is tried: bounded, and short enough for a URL."""
    many = _sized(parameter, 100, world)
    each = len(join_pairs(encode_params({parameter.name: many}, operation))) / 100
    return min(LARGEST[keyword], int(LONGEST_URL / each))


def _without_rival(request: dict[str, Any], name: str) -> dict[str, Any]:
    """Leave out `JobIds` beside `UploadURLs`, since it would win (facts ice.md 1.1)."""
    return {k: v for k, v in request.items() if not (name == "UploadURLs" and k == "JobIds")}


def _sized(parameter: Parameter, size: int, world: World) -> Any:
    if parameter.encoding == "text":
        return "u" * size
    return [_item(parameter, number, world) for number in range(size)]


def _item(parameter: Parameter, number: int, world: World) -> Any:
    """Return the item of a list that has this number, short and unlike the others.

    A thousand of them have to fit into a URL, so a bucket that is made up has a short name.
    """
    uri = world.uri(f"m{number}") if world.given_bucket else f"oss://c{world.token}/m{number}"
    known: Mapping[str, Any] = {
        "JobIds": f"{number:032x}",
        "UploadURLs": quote(f"https://m.example.com/{number}.mp4"),
        "URIs": uri,
        "Files": {"URI": uri},
    }
    if parameter.name in known:
        return known[parameter.name]
    example = parameter.example[0] if isinstance(parameter.example, list) and parameter.example else ""
    return f"{example}{number}"
