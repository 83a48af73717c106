"""A clock that stands still, an emulator on it, and short ways to call its operations."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator import Emulator, Request, Response

DATA = Path(__file__).parents[1] / "data"
VERSIONS = {"imm": "2020-09-30", "ice": "2020-11-09"}


class StillClock:
    """A clock that moves only when it is told to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.moment

    def advance(self, seconds: float) -> None:
        """Move the time."""
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Reply:
    """A decoded answer."""

    status: int
    body: dict[str, Any]
    response: Response

    @property
    def code(self) -> str:
        """Return the error code, empty for a success."""
        return str(self.body.get("Code", ""))


@dataclass
class Caller:
    """Calls the operations of an emulator in process; values that are not texts are sent as JSON."""

    emulator: Emulator

    def send(self, service: str, action: str, method: str = "POST", /, **params: object) -> Reply:
        """Send one request with action and version in headers, and all parameters in the query."""
        texts = {name: _text(value) for name, value in params.items()}
        headers = (("Host", "127.0.0.1:8089"), ("x-acs-action", action), ("x-acs-version", VERSIONS[service]))
        return decoded(self.emulator.handle(Request(method, "/", urlencode(texts), headers, b"")))

    def imm(self, action: str, method: str = "POST", /, **params: object) -> Reply:
        """Call an IMM operation."""
        return self.send("imm", action, method, **params)

    def ice(self, action: str, method: str = "POST", /, **params: object) -> Reply:
        """Call an ICE operation."""
        return self.send("ice", action, method, **params)

    def scoped(self, action: str, /, **params: object) -> Reply:
        """Call an IMM operation on the dataset that the fixture ``dataset`` makes."""
        return self.imm(action, ProjectName="project", DatasetName="dataset", **params)


Calling = Callable[[Emulator], Caller]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def decoded(response: Response) -> Reply:
    """Return an answer with its JSON body."""
    return Reply(response.status, json.loads(response.body), response)


def new_clock() -> StillClock:
    """Return a clock that stands still at a time with a fraction."""
    return StillClock(datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC))


def new_dataset(caller: Caller) -> Caller:
    """Make a project and a dataset, and return the caller."""
    assert caller.imm("CreateProject", ProjectName="project").status == 200
    assert caller.scoped("CreateDataset").status == 200
    return caller


@pytest.fixture
def data() -> Path:
    """Return the folder of the recorded facts."""
    return DATA


@pytest.fixture
def clock() -> StillClock:
    """Return a clock that stands still."""
    return new_clock()


@pytest.fixture
def emulator(clock: StillClock) -> Emulator:
    """Return an emulator that looks at no signatures."""
    return Emulator(clock=clock)


@pytest.fixture
def caller(emulator: Emulator) -> Caller:
    """Return a caller of the emulator."""
    return Caller(emulator)


@pytest.fixture
def calling() -> Calling:
    """Return what makes a caller of any emulator."""
    return Caller


@pytest.fixture
def dataset(caller: Caller) -> Caller:
    """Make a project and a dataset, and return the caller."""
    return new_dataset(caller)


@pytest.fixture(scope="session")
def shared_dataset() -> tuple[Caller, StillClock]:
    """Make a dataset that several tests read, with its clock."""
    clock = new_clock()
    return new_dataset(Caller(Emulator(clock=clock))), clock
