"""Cases that are judged while another one waits."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from conformance.ahead import Ahead
from conformance.checks.registry import Case
from conformance.findings import CaseResult
from conformance.information import waits
from conformance.kit import Kit
from conformance.settings import Settings
from emulator import Emulator
from tests.pace.conftest import nothing, run
from tests.serving import on_a_socket

WAITING = "GetBinding/behavior/state-order"
SELECTED = ("--select", WAITING, "--select", "GetTask/request")
BRIEF = Case("brief", "GetTask", (), nothing, brief=True)
LONG = Case("long", "GetTask", (), nothing)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the address of an emulator on a port, whose asynchronous work takes its time."""
    with on_a_socket(Emulator()) as address:
        yield address


@pytest.fixture(scope="module")
def folder(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a run left its report, in which a case waits for a binding."""
    folder = tmp_path_factory.mktemp("ahead")
    done = run(folder, "run", "--target", url, *SELECTED, "--report", "report")
    assert done.returncode == 0, done.stdout
    return folder


def cases(report: Path) -> list[str]:
    """Return the cases of a log in the order of its lines, process by process, each as often as others came between."""
    lines = map(json.loads, (report / "run.jsonl").read_text(encoding="utf-8").splitlines())
    told = sorted((line for line in lines if "case" in line), key=lambda line: line["part"])
    return [case for case, _ in groupby(line["case"] for line in told)]


def test_others_are_judged_while_a_case_waits(folder: Path) -> None:
    """Between the requests of a case that waits are those of others."""
    order = cases(folder / "report")

    first, last = order.index(WAITING), len(order) - order[::-1].index(WAITING)
    assert len(set(order[first:last])) > 3


def test_the_log_is_judged_again_in_its_order(folder: Path) -> None:
    """What came between the requests of a case does not keep its log from being verified."""
    assert run(folder, "verify", "report").returncode == 0


def test_the_report_is_that_of_a_run_in_order(folder: Path, url: str) -> None:
    """Outcomes do not depend on what is judged when."""
    run(folder, "run", "--target", url, *SELECTED, "--report", "ordered", "-x")

    ahead, ordered = (json.loads((folder / name / "report.json").read_text()) for name in ("report", "ordered"))
    assert [(r["id"], r["outcome"]) for r in ahead["requirements"]] == [
        (r["id"], r["outcome"]) for r in ordered["requirements"]
    ]
    assert cases(folder / "ordered").count(WAITING) == 1


def test_what_a_budget_does_for_is_judged_ahead(url: str, tmp_path: Path) -> None:
    """Of a budget that is too small for all cases, those are judged ahead that it certainly pays."""
    run(tmp_path, "run", "--target", url, *SELECTED, "--report", "report", "--max-requests", "60")

    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert "the request budget was spent before" in report["reasons"][0]
    assert cases(tmp_path / "report").count(WAITING) > 1


@pytest.mark.parametrize("arguments", [("-x",), ("--max-requests", "40"), ("-n", "2")])
def test_order_is_kept_where_it_counts(url: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Nothing is judged ahead of what may end the run, of what may not be paid for, or of another process."""
    run(tmp_path, "run", "--target", url, *SELECTED, "--report", "report", *arguments)

    assert cases(tmp_path / "report").count(WAITING) == 1


@pytest.fixture
def ahead() -> Ahead:
    """Return what has one brief case to offer."""
    ahead = Ahead(sleep=lambda _: None)
    ahead.offer([LONG, BRIEF])
    return ahead


def test_a_case_is_judged_once(ahead: Ahead) -> None:
    """What came of a case ahead is what it is asked for later; there is nothing of other cases."""
    ahead.fill(1.0, "other", lambda case: CaseResult(case.id))

    assert ahead.taken(BRIEF) == CaseResult("brief")
    assert ahead.taken(BRIEF) is None
    assert ahead.taken(LONG) is None


def test_a_case_that_takes_too_long_is_not_begun(ahead: Ahead) -> None:
    """The case that waits looks again in time, however slow the target is."""
    ahead.pace = 2.0

    ahead.fill(1.0, "other", lambda case: pytest.fail(case.id))


def test_how_long_a_request_takes_is_learnt(ahead: Ahead) -> None:
    """What was judged ahead tells how much fits into the next wait."""
    before = ahead.pace = 0.5

    ahead.fill(1.0, "other", lambda case: CaseResult(case.id))

    assert ahead.pace < before


def test_a_defect_is_raised_where_the_case_is_asked_for(ahead: Ahead) -> None:
    """A check that fails ahead does not end the case that waits."""

    def defect(case: Case) -> CaseResult:
        raise LookupError(case.id)

    ahead.fill(1.0, "other", defect)

    with pytest.raises(LookupError, match="brief"):
        ahead.taken(BRIEF)


def test_a_case_that_was_asked_for_is_not_judged_ahead(ahead: Ahead) -> None:
    """It is taken off the list when its turn comes."""
    ahead.taken(BRIEF)

    ahead.fill(1.0, "other", lambda case: pytest.fail(case.id))


def test_a_case_that_is_judged_ahead_waits_alone(ahead: Ahead) -> None:
    """Nothing is judged while a case waits that is itself judged while another waits."""
    ahead.offer([BRIEF, Case("next", "GetTask", (), nothing, brief=True)])
    deep: list[str] = []

    def note(case: Case) -> CaseResult:
        deep.append(case.id)
        return CaseResult(case.id)

    def judge(case: Case) -> CaseResult:
        ahead.fill(1.0, case.id, note)
        return CaseResult(case.id)

    ahead.fill(1.0, "other", judge)

    assert deep == []


def test_hypothesis_draws_for_one_case_at_a_time(ahead: Ahead) -> None:
    """While a searched history waits, no case is judged that draws."""
    ahead.offer([Case("GetTask/explore/valid", "GetTask", (), nothing, brief=True)])

    ahead.fill(1.0, "BatchGetFileMeta/explore/histories", lambda case: pytest.fail(case.id))


@pytest.mark.parametrize(("waiting", "judged"), [("GetTask/behavior/status-final", True), (WAITING, False)])
def test_what_makes_something_is_judged_where_it_disturbs_nothing(waiting: str, *, judged: bool) -> None:
    """A row of an operation that writes is judged while a task is waited for, and not while a binding is."""
    row = Case("row", "CreateBinding", (), nothing, tier="refused-only", brief=True)
    ahead = Ahead(sleep=lambda _: None)
    ahead.offer([row])

    ahead.fill(1.0, waiting, lambda case: CaseResult(case.id))

    assert (ahead.taken(row) is not None) is judged


@pytest.mark.parametrize(
    ("waiting", "quick", "judged"),
    [
        ("IndexFileMeta/behavior/effect", True, True),
        ("IndexFileMeta/behavior/effect", False, False),
        ("GetTask/behavior/status-final", False, False),
        ("Notifications/behavior/only-on-request", True, False),
    ],
)
def test_files_are_indexed_ahead_where_that_is_soon_done(waiting: str, *, quick: bool, judged: bool) -> None:
    """Files are indexed meanwhile if nothing waits for their end, and no message of theirs is counted."""
    row = Case("row", "IndexFileMeta", (), nothing, tier="create-and-clean", brief=True)
    ahead = Ahead(sleep=lambda _: None, may_index=lambda: quick)
    ahead.offer([row])

    ahead.fill(1.0, waiting, lambda case: CaseResult(case.id))

    assert (ahead.taken(row) is not None) is judged


def test_reads_that_need_not_wait_are_judged_ahead() -> None:
    """Of the cases that are not brief those are offered that only read and did not wait when that was measured."""
    ahead, kit = Ahead(), Kit(Settings())
    ahead.offer(kit.plan.cases)

    offered = [case for case in ahead.cases.values() if not case.brief]
    assert {case.tier for case in offered} == {"reads"}
    assert not any(map(waits, offered))
