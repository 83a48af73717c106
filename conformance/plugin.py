"""The pytest plugin: `pytest --pyargs conformance --target …`.

It is loaded in every pytest run of an environment that has the kit, so it
imports next to nothing until the kit's own test module is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.checks.registry import Case
    from conformance.session import Session

SESSION: pytest.StashKey[Session] = pytest.StashKey()
_OUTPUT = "conformance"
_MARK = "conformance_case"
_FUNCTION = "test_contract"
_BESIDE = "conformance-beside"
_SUITE = Path(__file__).with_name("test_contract.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the kit's options."""
    group = parser.getgroup("conformance", "conformance kit")
    group.addoption("--conformance-target", dest="conformance_target", help=_TARGET)
    for name, words in _OPTIONS.items():
        group.addoption(f"--conformance-{name}", dest=f"conformance_{name.replace('-', '_')}", **words)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Iterator[None]:
    """Add `--target` without the prefix, unless a project has an option of that name already."""
    result = yield
    if _is_free(parser, "--target"):
        group = parser.getgroup("conformance")
        group.addoption("--target", dest="conformance_target", help=_TARGET)
    return result


def _is_free(parser: pytest.Parser, option: str) -> bool:
    try:
        _, unknown = parser.parse_known_and_unknown_args([f"{option}="])
    except pytest.UsageError:  # known, and with another kind of value
        return False
    return bool(unknown)


def _refuse_foreign_target(config: pytest.Config) -> None:
    """Raise pytest.UsageError for a `--target` that another option of the project has swallowed."""
    given = [str(a) for a in config.invocation_params.args]
    meant = any(a == "--target" or a.startswith("--target=") for a in given)
    if meant and config.getoption("conformance_target") is None:
        msg = "--target is an option of this project here; give the server under test with --conformance-target"
        raise pytest.UsageError(msg)


def _refuse_empty(config: pytest.Config) -> None:
    """Raise pytest.UsageError for an option without a value, as of a variable that is not set."""
    for name in ("target", *_OPTIONS):
        given = config.getoption(f"conformance_{name.replace('-', '_')}")
        if given == "" or (isinstance(given, list) and "" in given):
            msg = f"--conformance-{name} is empty; give it a value, or leave it out"
            raise pytest.UsageError(msg)


_TARGET = "URL, module:app or TOML file of the server under test (default: embedded emulator)"
_OPTIONS: dict[str, dict[str, Any]] = {
    "report": {"help": "folder for report.json, report.html, run.jsonl and junit.xml"},
    "contract": {"help": "folder of another contract"},
    "select": {"action": "append", "default": [], "help": "glob of requirement ids; repeatable"},
    "case": {"action": "append", "default": [], "help": "id of a case to repeat; repeatable"},
    "profile": {"default": "standard", "choices": ("smoke", "standard", "thorough")},
    "seed": {"type": int, "default": 0},
    "max-requests": {"type": int},
    "rate": {"type": float, "help": "requests a second"},
    "tier": {"help": "reads, refused-only, create-and-clean or full"},
    "yes-create": {"action": "store_true", "help": "allow creating on targets elsewhere"},
    "wait": {"type": float, "default": 0.0, "help": "seconds to wait for a target to start"},
    "waivers": {"help": "TOML file of known gaps"},
    "write-waivers": {"help": "file to draft waivers in for what is broken"},
    "baseline": {"help": "report of an earlier run; only news fail"},
    "shard": {"default": "1/1", "metavar": "I/N", "help": "only the I-th of N parts of the run"},
    "example-database": {"metavar": "DIR|URL", "help": "folder or Redis with examples that failed, drawn first"},
    "strict": {"action": "store_true", "help": "broken SHOULD requirements fail the run too"},
}


def pytest_configure(config: pytest.Config) -> None:
    """Know our mark, and that of pytest-xdist also where that is not loaded."""
    config.addinivalue_line("markers", f"{_MARK}: a case of the conformance kit")
    config.pluginmanager.register(_Beside(), _BESIDE)
    config.addinivalue_line("markers", "xdist_group(name): tests that run in one process")


def open_session(config: pytest.Config) -> Session:
    """Return the kit's session; made when it is first needed.

    Raises pytest.UsageError with a sentence if the run cannot begin.
    """
    if SESSION not in config.stash:
        _refuse_foreign_target(config)
        _refuse_empty(config)
        from conformance.rooms import ForeignPackageError, check_rooms  # only when needed

        try:
            check_rooms()
        except ForeignPackageError as error:
            raise pytest.UsageError(str(error)) from None
        from conformance.session import Session, UnusableError  # slow, and it imports our other packages

        try:
            config.stash[SESSION] = Session(config)
        except UnusableError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[SESSION]


class CaseItem(pytest.Item):
    """A case as a test, without the fixtures of a test function: they would take a fifth of the time of its rows.

    Those that listen run in one process, because an address has one owner.
    """

    def __init__(self, *, case: Case, function: Callable[..., None], **own: Any) -> None:
        super().__init__(**own)
        self.case = case
        self.obj = function
        self.add_marker(_MARK)
        if case.channel:
            self.add_marker(pytest.mark.xdist_group("notifications"))

    def runtest(self) -> None:
        """Run the case; fail with what it found."""
        self.obj(self.case, open_session(self.config).run)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the case is told to be: in the suite, under its id."""
        return self.path, None, self.name


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: Any) -> list[CaseItem] | None:
    """Make a test of each case of the kit's plan."""
    if name != _FUNCTION or not isinstance(collector, pytest.Module) or not _is_ours(collector.obj):
        return None
    cases = open_session(collector.config).kit.cases
    return [
        CaseItem.from_parent(collector, name=f"{name}[{_ascii(case.id)}]", case=case, function=obj) for case in cases
    ]


def _ascii(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Allow that cases are judged while others wait, where one process runs them all."""
    kept = session.config.stash.get(SESSION, None)
    if kept is not None and not kept.is_worker:
        kept.look_ahead([item.case for item in session.items if isinstance(item, CaseItem)])


def pytest_exception_interact(node: Any, call: pytest.CallInfo[Any]) -> None:
    """Keep a defect of the kit: an exception in a case that is not a judgement."""
    kept = node.config.stash.get(SESSION, None)
    if kept is None or call.excinfo is None or not isinstance(node, CaseItem):
        return
    if not isinstance(call.excinfo.value, pytest.fail.Exception):
        last = call.excinfo.traceback[-1]
        kept.note_defect(node.name, f"{call.excinfo.exconly()} ({Path(last.path).name}, line {last.lineno + 1})")


def _is_ours(module: Any) -> bool:
    """Return whether a module is the suite, not one of the user's own tests beside it."""
    return getattr(module, "__name__", "") == "conformance.test_contract"


class _Beside:
    """Notes whether a test of the user's own failed, for which the verdict on the target does not stand."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look whose test it is that failed."""
        self.failed = self.failed or (report.failed and _MARK not in report.keywords)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Clean up where requests were sent; hand over or build the report."""
    kept = session.config.stash.get(SESSION, None)
    if kept is None:
        return
    output = kept.finish()
    workeroutput = getattr(session.config, "workeroutput", None)
    if workeroutput is not None:
        workeroutput[_OUTPUT] = output
    elif kept.is_controller:
        beside = session.config.pluginmanager.get_plugin(_BESIDE)
        kept.conclude(session, failed_beside=bool(beside and beside.failed))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Begin the log before the processes that write its parts, in runs that ask for the suite."""
    if any(_names_suite(argument) for argument in config.args):
        open_session(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker process the file by which all of them share budget and rate, and what failed before."""
    kept = node.config.stash.get(SESSION, None)
    if kept is not None:
        kept.equip(node.workerinput)


def _names_suite(argument: str) -> bool:
    """Return whether an argument of pytest names our module, its package or its file."""
    place = argument.split("::", maxsplit=1)[0]
    return place in ("conformance", "conformance.test_contract") or Path(place).resolve() in (_SUITE, _SUITE.parent)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker process has seen."""
    output = getattr(node, "workeroutput", {}).get(_OUTPUT)
    if output is not None or SESSION in node.config.stash:
        open_session(node.config).absorb(node.gateway.id, output, error)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Add the kit's summary to pytest's own, or say why there is none."""
    from reports.text import line  # only when needed

    kept = config.stash.get(SESSION, None)
    if kept is not None and kept.report is not None:
        kept.summarize(terminalreporter)
    elif kept is not None and kept.is_controller:
        terminalreporter.section("conformance")
        terminalreporter.write_line(f"could not judge: {line(kept.unusable or 'nothing was sent to the target')}")
