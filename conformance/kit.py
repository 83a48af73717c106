"""One run in one process: connect, greet, provide, drive cases, clean up."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from conformance.ahead import Ahead
from conformance.backlog import MOST_SECONDS, Backlog
from conformance.checks.registry import DRAWN, Case, hearings, watches
from conformance.cleaning import clean
from conformance.driving import drive
from conformance.evidence.recording import Identity, PlaybackError, Recorder
from conformance.exchange import Call, Exchange, Step
from conformance.findings import CaseResult
from conformance.given import Given
from conformance.handshake import Handshake, greet
from conformance.information import cost, paid_for
from conformance.journal import Journal, JournalError
from conformance.judge.kept_values import KeptValues
from conformance.judge.observer import Observer
from conformance.judge.request_ids import REQUIREMENT, RequestIds
from conformance.notifications import Links, Mailbox, NoticeJudge
from conformance.patience import Patience
from conformance.planning import Plan, budget_of, plan, refuse_unknown
from conformance.provisioning import Order, provision
from conformance.provisioning.complement import complement
from conformance.provisioning.ending import await_ends
from conformance.remembering import Memory, shown
from conformance.replay import rerun_line
from conformance.runner import Hindsight, Runner
from conformance.sending import Sender, TargetLostError
from conformance.settings import EXTENTS, Settings
from conformance.target import Connection, Target, TargetError, connect, read_target
from conformance.turnstile import BudgetExhaustedError, RunOverError, Turnstile
from conformance.waiting import Waiting
from conformance.world import SLOW, World
from openapi import Contract, load_contract
from reports.model import removable
from reports.runlog import LogError
from reports.tally import Tally

Connector = Callable[[Target, Contract], Connection]

R = TypeVar("R")

_WAIT_PAUSE = 0.25


class Kit:
    """Everything that one process needs to run cases against one target.

    `target` and `identity` are those of a run that is judged again from its
    log; `recorder` writes that log. `shared` is the file by which the
    processes of a run share budget and rate. `recalled` are the choices of
    examples that failed before, by case, None to look them up in the example
    database. `ended` says why the run sends nothing more before its plan is done.

    Raises TargetError when the target or the settings cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        connector: Connector = connect,
        *,
        target: Target | None = None,
        identity: Identity | None = None,
        recorder: Recorder | None = None,
        shared: Path | None = None,
        recalled: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.settings = settings
        self._connect = connector
        self.contract: Contract = load_contract(Path(settings.contract) if settings.contract else None)
        self.target: Target = _checked(target or read_target(settings.target), settings)
        refuse_unknown(self.contract, self.target, settings)
        self.plan: Plan = plan(self.contract, self.target, settings)
        self.tally = Tally()
        self.handshake: Handshake | None = None
        self.cut: list[str] = []
        self.remaining: list[str] = []
        self._memory = Memory(settings.example_database) if settings.example_database and not identity else None
        if recalled is None and self._memory is not None:
            recalled = self._memory.recall(case.id for case in self.plan.cases if DRAWN in case.id)
        self._identity = identity or Identity(self._token(), secrets.token_hex(16), recalled or {})
        self._recorder = recorder or Recorder()
        self.journal = Journal(settings.target or "", self._identity.token, self._identity.mark, settings.journal)
        self.ended = ""
        self.lost = False
        self.abandoned = False
        limits = self.target.limits
        self.turnstile = Turnstile(
            max_requests=budget_of(self.target, settings),
            rate=0.0 if identity else settings.rate or limits.requests_per_second,
            seconds=limits.run_seconds,
            path=shared,
        )
        self._sender: Sender | None = None
        self._connection: Connection | None = None
        self._runner: Runner | None = None
        self._world: World | None = None
        self._mailbox: Mailbox | None = None
        self.ahead = Ahead(may_index=self._may_index)

    def start(self) -> None:
        """Connect, greet and provide; at once when the first case runs.

        Raises TargetError if the target cannot be talked to.
        """
        if self._runner is not None:
            return
        self._connection = connection = self._connect(self.target, self.contract)
        if connection.in_process:
            self.journal.path = None
        self.journal.objects = self.target.fixtures.indexed_uris
        at_once = min(connection.at_once, EXTENTS[self.settings.profile].at_once, self.turnstile.most_together)
        self._recorder.begin(self._identity, connection.seeded, in_process=connection.in_process, at_once=at_once)
        sleep = self.ahead.sleep = self.turnstile.sleep if connection.sleep is time.sleep else connection.sleep
        self._sender = Sender(
            post=self._recorded(connection),
            post_together=self._recorded_together(connection),
            sleep=sleep,
            turnstile=self.turnstile,
            tally=self.tally,
            before=self.journal.before,
            admit=connection.admit,
        )
        self._runner = Runner(
            contract=self.contract,
            observer=Observer(self.contract, watches(), self.plan.usable),
            send=self._sender.send,
            waiting=self._new_waiting(connection, self._sender, sleep),
            rerun=self._rerun,
            tally=self.tally,
            repetitions=self.settings.repetitions,
            journal=self.journal,
            mailbox=self._new_mailbox(connection),
            notice_judge=NoticeJudge(self.contract, hearings(), watches()),
            send_together=self._sender.send_together,
            hindsight=_hindsight(self.contract),
        )
        self._sender.reserve = self._runner.reserve
        self._sender.aside = self._runner.overhear
        try:
            self._prepare(connection, self._runner, at_once)
        except RunOverError as over:
            self._end(over)
        except (TargetError, JournalError, LogError, PlaybackError):
            raise
        except Exception as error:  # a defect may be anything, and nothing can be judged after it
            self.ended = f"a defect of the kit ({type(error).__name__}) ended its beginning"
            raise

    def _prepare(self, connection: Connection, runner: Runner, at_once: int) -> None:
        """Greet the target and get the resources that the cases need."""
        services = frozenset(self.contract.operations[o].service for o in self.plan.provided)
        self._await_start()
        self.handshake = self._drive("handshake", greet(services, self.target.signatures))
        runner.curl = not connection.in_process and not self.handshake.verifies
        order = Order(
            token=self.journal.token,
            mark=self.journal.mark,
            tier=self.settings.tier or self.target.effective_tier,
            fixtures=self.target.fixtures,
            operations=self.plan.provided,
            settle_seconds=self.target.limits.settle_seconds,
            local=self.target.loopback,
        )
        provided = self._drive("provisioning", provision(order))
        provided = self._drive("provisioning", complement(provided, connection.seeded))
        runner.waiting.patience.expect(provided.settle_seconds)
        self._world = replace(
            provided,
            operations=self.plan.usable - provided.unsendable,
            topic=self.target.topic,
            at_once=at_once,
            seed=self.settings.seed,
            recalled=self.recalled,
        )
        runner.objection = Given(self.contract, self._world, self.journal.is_foreign).objection

    def _new_waiting(self, connection: Connection, sender: Sender, sleep: Callable[[float], None]) -> Waiting:
        ledger = self.contract.ledger
        return Waiting(
            send=sender.send,
            sleep=sleep,
            patience=Patience(0.0 if connection.in_process else self.target.limits.settle_seconds),
            backlog=Backlog(self._no_progress()),
            let_pass=None if connection.in_process else self._let_pass,
            is_broken=lambda: any(ledger[name].must for name in self.tally.violations),
        )

    def _new_mailbox(self, connection: Connection) -> Mailbox | None:
        if self.target.channels:
            links = Links(self.journal.token, self.target.topic)
            self._mailbox = Mailbox(
                lambda: self._recorder.opened(connection.open_channels(self.journal.token)),
                links,
            )
        return self._mailbox

    def look_ahead(self, cases: Sequence[Case]) -> None:
        """Allow that the brief ones of the cases are judged while others wait, as far as they can certainly be paid."""
        budget = self.turnstile.max_requests
        self.ahead.offer(paid_for(budget, cases))

    def _no_progress(self) -> float:
        """Return for how many seconds a target that indexes for other processes too may show nothing for this one."""
        settle = self.target.limits.settle_seconds
        return settle if self._recorder.part == "main" else SLOW * settle

    def _may_index(self) -> bool:
        """Return whether files may be indexed while others are waited for: nobody else's, and as fast as they come."""
        if self._world is None or self._runner is None or self._world.given_objects:
            return False
        return self._runner.waiting.backlog.is_short(self._world.settle_seconds)

    def _let_pass(self, seconds: float, waiting: str) -> None:
        self.ahead.fill(seconds, waiting, self._run)

    def run(self, case: Case) -> CaseResult:
        """Run one case; a spent budget, a lost target and a missing signature check are outcomes."""
        return self.ahead.taken(case) or self._run(case)

    def _run(self, case: Case) -> CaseResult:
        self.start()
        self._recorder.enter(case.id, self.tally)
        try:
            result = self._judge(case)
        except (TargetError, PlaybackError):
            raise
        except Exception as error:  # a defect of a check may be anything; pytest reports it
            self._recorder.settled("defect", self.tally, type(error).__name__)
            raise
        self._recorder.settled(result.end, self.tally, result.unjudged)
        if self._memory is not None and result.tried:
            known = self.recalled.get(case.id, ())
            self._memory.learn(
                case.id,
                failed=[one for one, broke in result.tried.items() if broke == "fresh"],
                held=[one for one, broke in result.tried.items() if broke == "nothing" and one in known],
            )
        return result

    def _judge(self, case: Case) -> CaseResult:
        if self.ended:
            return self._cut_off(case, RunOverError(self.ended))
        assert self._runner is not None
        assert self._sender is not None
        assert self._world is not None
        if case.signed_only and self.handshake and not self.handshake.verifies:
            return self._leave_out(case, f"the target verifies no signatures: {self.handshake.note}")
        if case.channel and self._mailbox is not None:
            self._mailbox.open()
        self.tally.planned.update(case.requirements)
        try:
            if self.cut and cost(case):  # the flows of hundreds would be made in vain
                self._sender.require_budget()
            return self._runner.run(case.id, case.requirements, partial(case.flow, self._world), once=case.once)
        except RunOverError as over:
            return self._cut_off(case, over)

    def _cut_off(self, case: Case, over: RunOverError) -> CaseResult:
        """Return the result of a case that could not be sent to its end."""
        self._end(over)
        self.tally.planned.update(case.requirements)
        self.cut.append(case.id)
        spent = isinstance(over, BudgetExhaustedError)
        return CaseResult(case.id, unjudged=str(over), end="cut" if spent else "over")

    def _end(self, over: RunOverError) -> None:
        """Note why the run sends nothing more; of a spent budget only if nothing can be judged with what was sent."""
        self.lost = self.lost or isinstance(over, TargetLostError)
        if not isinstance(over, BudgetExhaustedError) or self._world is None:
            self.ended = self.ended or str(over)

    def finish(self) -> None:
        """Remove what the run created and close the connection."""
        if self._connection is None:
            return
        self._await_ends()
        if self.journal.entries and self._runner is not None:
            self.remaining = self._cleaned()
        if self._connection.in_process:
            self.remaining = self.unremoved
        if self._mailbox is not None:
            self._mailbox.close()
        self._connection.close()
        self.journal.close(keep=bool(self.unremoved))

    def _await_ends(self) -> None:
        """Where cases that were asked for found nothing, see how what was made for them ends, as a whole run does."""
        if not self.settings.cases or self._world is None or self.tally.violations or self.ended or self.abandoned:
            return
        with suppress(RunOverError):
            self._drive("provisioning", await_ends(self._world, {case.operation for case in self.plan.cases}))

    def _cleaned(self) -> list[str]:
        """Remove what the run created; return what remains, all of it if the target is lost."""
        assert self._runner is not None
        assert self._sender is not None
        self._runner.cleaning = self._sender.cleaning = True
        flow = _nothing_more(self.ended) if self.lost or self.abandoned else None
        try:
            return self._drive("cleaning", flow or clean(self.journal, self._seconds_to_clean()))
        except RunOverError as over:
            return [f"what the journal names may remain ({over}); 'conformance clean' with the journal removes it"]

    def _seconds_to_clean(self) -> float:
        """Return for how long what is still indexed may keep a dataset: as long as the run has seen that it takes."""
        assert self._runner is not None
        settle = self._world.settle_seconds if self._world else self.target.limits.settle_seconds
        return max(settle, min(self._runner.waiting.backlog.longest_idle, MOST_SECONDS))

    @property
    def recalled(self) -> Mapping[str, tuple[str, ...]]:
        """The choices of examples that failed before and are drawn first, by case."""
        return self._identity.recalled

    @property
    def cases(self) -> list[Case]:
        """The cases of the plan, those in which an example failed before first."""
        return sorted(self.plan.cases, key=lambda case: case.id not in self.recalled)

    @property
    def world(self) -> World | None:
        """What the run knows of the target's resources, once it has started."""
        return self._world

    @property
    def notes(self) -> list[str]:
        """What the report says of the run beside what it judged."""
        usual = self.target.limits.settle_seconds
        waits = self._world.settle_seconds if self._world else usual
        slow = (
            f"indexing took longer than [limits] settle_seconds, {usual:g}; up to {waits:g} s were waited for what "
            "comes later"
        )
        said = self.handshake.note if self.handshake else ""
        return [note for note in (said, slow if waits > usual else "") if note]

    @property
    def unremoved(self) -> list[str]:
        """What remains although the API could have removed it."""
        return removable(self.remaining)

    def _leave_out(self, case: Case, reason: str) -> CaseResult:
        for requirement in case.requirements:
            self.plan.left_out.setdefault(requirement, reason)
        return CaseResult(case.id, unjudged=reason, end="left-out")

    def _token(self) -> str:
        source = f"{self.settings.seed} {time.time_ns()}"
        return hashlib.sha256(source.encode()).hexdigest()[:8]

    def _rerun(self, case: str) -> str:
        database = self.settings.example_database if case in self.recalled else None
        return rerun_line(self.settings, case, shown(database or ""))

    def _recorded(self, connection: Connection) -> Callable[[Call], Exchange]:
        return lambda call: self._recorder.exchange(connection.send(call))

    def _recorded_together(self, connection: Connection) -> Callable[[Sequence[Call]], Sequence[Exchange]]:
        return lambda calls: [self._recorder.exchange(exchange) for exchange in connection.send_together(calls)]

    def _await_start(self) -> None:
        """Give a target that is still starting the time that `--wait` allows."""
        end = time.monotonic() + self.settings.wait
        assert self._connection is not None
        probe = Call("GetTask", {}) if "imm" in self.target.endpoints else Call("GetUrlUploadInfos", {})
        while self.settings.wait and time.monotonic() < end:
            self.turnstile.pass_through(0)
            if self._connection.send(probe).answer is not None:
                return
            self.turnstile.sleep(_WAIT_PAUSE)

    def _drive(self, name: str, flow: Generator[Step, Any, R]) -> R:
        """Drive a flow that returns something; its exchanges are judged too."""
        assert self._runner is not None
        runner, result = self._runner, CaseResult(name)
        self._recorder.enter(name, self.tally)
        try:
            given = drive(flow, lambda call: runner.exchange(call, result), runner.waiting.wait)
        except RunOverError as over:
            spent = isinstance(over, BudgetExhaustedError)
            why = f"max_requests is too small: {over} on {name}" if spent else str(over)
            self._recorder.settled("cut" if spent else "over", self.tally, str(over))
            raise type(over)(why) from None
        self._recorder.settled("done", self.tally)
        return given


def _nothing_more(why: str) -> Generator[Step, Any, list[str]]:
    """Clean up nothing, because `why`."""
    yield from ()
    raise RunOverError(why)


def _hindsight(contract: Contract) -> tuple[Hindsight, ...]:
    """Return what compares the answers of a run, as far as the contract has requirements for it."""
    kept = KeptValues(contract.ledger.keys())
    return (RequestIds(), kept) if REQUIREMENT in contract.ledger else (kept,)


def _checked(target: Target, settings: Settings) -> Target:
    tier = settings.tier or target.tier
    if tier in ("create-and-clean", "full") and not target.loopback and not settings.yes_create:
        msg = (
            f"the tier '{tier}' creates things on '{target.name}', which is not on this machine; "
            "add --yes-create to allow that"
        )
        raise TargetError(msg)
    return replace(target, tier=tier) if tier else target
