"""What a variation is: a lawful choice of a server where the sources leave one, switched on by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.calls import Answer, Call
from emulator.errors import ApiError
from emulator.http import Response
from emulator.json_text import JsonObject

if TYPE_CHECKING:
    from emulator.core import Emulator

Before = Callable[[Call, "Emulator"], "Call | Answer | None"]
After = Callable[[Call, Answer, "Emulator"], Answer]
Change = Callable[[JsonObject, Call, "Emulator"], None]
Send = Callable[[Call, Response], Response]
Style = Callable[..., ApiError]


@dataclass(frozen=True, slots=True)
class Variation:
    """One choice that keeps every MUST; it may break a SHOULD where a resolution tolerates that.

    ``allowed_by`` are the ids of the facts or contradictions that leave the choice. Of each group in ``groups`` at
    most one variation can be on. The rest is what it changes: ``before`` sees a call before it is checked, and
    returns another one, an answer or nothing; ``after`` gets an answer whose payload is its own copy; ``send`` gets
    what goes out; ``published`` gets a message before it goes to its topic. ``styles`` replaces the wording of faults
    by service and kind, ``limits`` and ``timings`` replace fields of `Limits` and `Timings`, and ``layout`` has
    arguments for the writer of JSON.
    """

    id: str
    description: str
    allowed_by: tuple[str, ...]
    groups: tuple[str, ...] = ()
    before: Before | None = None
    after: After | None = None
    send: Send | None = None
    published: Callable[[JsonObject], JsonObject] | None = None
    styles: Mapping[str, Mapping[str, Style]] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    layout: Mapping[str, object] = field(default_factory=dict)
    verifies_signatures: bool = True
    enveloped_messages: bool = False


def on(*actions: str, change: Change) -> After:
    """Return a hook that changes the payload of the successful answers of some actions, or of all."""

    def after(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
        if answer.status == 200 and (not actions or call.action in actions):
            change(answer.payload, call, emulator)
        return answer

    return after


def each(*members: str, change: Callable[[JsonObject], None]) -> Change:
    """Return a change of every object at the end of a path of members, through arrays."""

    def walk(value: object, path: tuple[str, ...]) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item, path)
        elif isinstance(value, dict) and path:
            walk(value.get(path[0]), path[1:])
        elif isinstance(value, dict):
            change(value)

    return lambda payload, _call, _emulator: walk(payload, members)


def without(*names: str) -> Callable[[JsonObject], None]:
    """Return a change that leaves members out."""

    def change(entry: JsonObject) -> None:
        for name in names:
            entry.pop(name, None)

    return change


def empty_unless_given(*names: str) -> Callable[[JsonObject], None]:
    """Return a change that gives members that are not there an empty text."""
    return lambda entry: add_absent(entry, dict.fromkeys(names, ""))


def add_absent(entry: JsonObject, members: Mapping[str, object]) -> None:
    """Add the members that an object does not have."""
    entry.update({name: value for name, value in members.items() if name not in entry})


def replaced(name: str, values: Mapping[object, object]) -> Callable[[JsonObject], None]:
    """Return a change of some values of a member."""

    def change(entry: JsonObject) -> None:
        if name in entry and isinstance(entry[name], str):
            entry[name] = values.get(entry[name], entry[name])

    return change
