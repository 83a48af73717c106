"""Packages of others in the place of ours."""

import sys
from pathlib import Path

import pytest

from conformance.rooms import ROOMS, ForeignPackageError, check_rooms


def test_ours_are_found() -> None:
    """The installed packages are ours."""
    check_rooms()


@pytest.mark.parametrize("name", ROOMS)
def test_foreign_package(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of another origin is refused with its name and its place."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)

    with pytest.raises(ForeignPackageError) as caught:
        check_rooms()

    assert f"the package '{name}' is expected in" in str(caught.value)
    assert f"Python finds '{tmp_path / name}'" in str(caught.value)


def test_foreign_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single file in the place of a package is refused with its place."""
    (tmp_path / "reports.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "reports", raising=False)

    with pytest.raises(ForeignPackageError, match=r"reports\.py"):
        check_rooms()


def test_folder_that_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the same name that is no package is in nobody's way."""
    (tmp_path / "openapi").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "openapi", raising=False)

    check_rooms()
