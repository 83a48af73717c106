"""What a defect of the kit costs: it ends a run whose beginning it spoils, and says so once."""

from dataclasses import replace

import pytest

from conformance.exchange import Call, Exchange
from conformance.kit import Kit
from conformance.settings import Settings
from conformance.target import Connection, Target, connect
from conformance.target.config import Fixtures
from openapi import Contract


class Spoiling:
    """A client that fails in a way that nobody foresaw when something is created."""

    def __init__(self, connection: Connection) -> None:
        self._inner = connection

    def send(self, call: Call) -> Exchange:
        """Send a call, unless it creates a project."""
        if call.operation == "CreateProject":
            raise ZeroDivisionError
        return self._inner.send(call)

    def close(self) -> None:
        """Close the client that is spoilt."""
        self._inner.client.close()


def test_nothing_is_judged_after_a_spoilt_beginning() -> None:
    """The first case meets the defect, and the others are over: none meets another one for want of what is missing."""

    def connector(target: Target, contract: Contract) -> Connection:
        connection = connect(target, contract)
        return replace(connection, client=Spoiling(connection), seeded=Fixtures())

    kit = Kit(Settings(select=("GetTask/request",)), connector)
    first, *others = kit.plan.cases

    with pytest.raises(ZeroDivisionError):
        kit.run(first)

    told = {kit.run(case).unjudged for case in others}
    assert told == {"a defect of the kit (ZeroDivisionError) ended its beginning"}
