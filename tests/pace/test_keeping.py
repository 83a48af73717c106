"""What is generated once is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.checks.keeping import kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "alimedia-conformance"


def counting(made: list[int]) -> Callable[[], list[int]]:
    """Return a function that notes each time it is called."""

    def make() -> list[int]:
        made.append(1)
        return [7]

    return make


def test_a_value_is_made_once(folder: Path) -> None:
    """The second time it is read."""
    made: list[int] = []
    kept("kind", "key", counting(made))

    again = kept("kind", "key", counting(made))

    assert (again, len(made)) == ([7], 1)


def test_another_key_is_another_value(folder: Path) -> None:
    """A changed document is generated for anew."""
    made: list[int] = []
    kept("kind", "key", counting(made))

    kept("kind", "other", counting(made))

    assert len(made) == 2


def test_a_damaged_cache_costs_time_only(folder: Path) -> None:
    """The value is made again."""
    made: list[int] = []
    kept("kind", "key", counting(made))
    next(folder.iterdir()).write_text("[7")

    again = kept("kind", "key", counting(made))

    assert (again, len(made)) == ([7], 2)


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder would be."""
    (tmp_path / "alimedia-conformance").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert kept("kind", "key", lambda: [7]) == [7]
