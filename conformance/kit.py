"""One run in one process: connect, greet, provide, drive cases, clean up."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from conformance.checks.registry import Case, hearings, watches
from conformance.cleaning import clean
from conformance.complement import complement
from conformance.driving import drive
from conformance.evidence.recording import Identity, PlaybackError, Recorder
from conformance.exchange import Call, Exchange, Step
from conformance.handshake import Handshake, greet
from conformance.journal import Journal
from conformance.judge.observer import Observer
from conformance.notifications import Links, Mailbox, NoticeJudge
from conformance.planning import Plan, plan, unknown_cases, unknown_selections
from conformance.provision import Order, provision
from conformance.replay import rerun_line
from conformance.runner import BudgetExhaustedError, CaseResult, Runner
from conformance.settings import Settings
from conformance.target import Connection, Target, TargetError, connect, read_target
from conformance.world import World
from openapi import Contract, load_contract
from reports.tally import Tally

Connector = Callable[[Target, Contract], Connection]

R = TypeVar("R")

_CUT = "the request budget was spent"


class Kit:
    """Everything that one process needs to run cases against one target.

    `target` and `identity` are those of a run that is judged again from its
    log; `recorder` writes that log.

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
    ) -> None:
        self.settings = settings
        self._connect = connector
        self.contract: Contract = load_contract(Path(settings.contract) if settings.contract else None)
        self.target: Target = _checked(target or read_target(settings.target), settings)
        _refuse_unknown(self.contract, self.target, settings)
        self.plan: Plan = plan(self.contract, self.target, settings)
        self.tally = Tally()
        self.handshake: Handshake | None = None
        self.cut: list[str] = []
        self.remaining: list[str] = []
        self._identity = identity or Identity(self._token(), secrets.token_hex(16))
        self._recorder = recorder or Recorder()
        self.journal = Journal(settings.target or "", self._identity.token, self._identity.mark, settings.journal)
        self._connection: Connection | None = None
        self._runner: Runner | None = None
        self._world: World | None = None
        self._mailbox: Mailbox | None = None

    def start(self) -> None:
        """Connect, greet and provide; at once when the first case runs.

        Raises TargetError if the target cannot be talked to.
        """
        if self._runner is not None:
            return
        self._connection = connection = self._connect(self.target, self.contract)
        if connection.in_process:
            self.journal.path = None
        self._recorder.begin(self._identity, connection.seeded, in_process=connection.in_process)
        self._runner = Runner(
            contract=self.contract,
            observer=Observer(self.contract, watches()),
            send=self._paced(connection),
            sleep=connection.sleep,
            rerun=self._rerun,
            tally=self.tally,
            journal=self.journal,
            max_requests=self.settings.max_requests or self.target.limits.max_requests,
            mailbox=self._new_mailbox(connection),
            notice_judge=NoticeJudge(self.contract, hearings(), watches()),
        )
        services = frozenset(self.contract.operations[o].service for o in self.plan.provided)
        self._await_start()
        self.handshake = self._drive("handshake", greet(services, self.target.signatures))
        self._runner.curl = not connection.in_process and not self.handshake.verifies
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
        self._world = replace(provided, operations=self.plan.usable, topic=self.target.topic)

    def _new_mailbox(self, connection: Connection) -> Mailbox | None:
        if self.target.channels:
            links = Links(self.journal.token, self.target.topic)
            self._mailbox = Mailbox(
                lambda: self._recorder.opened(connection.open_channels(self.journal.token)),
                links,
            )
        return self._mailbox

    def run(self, case: Case) -> CaseResult:
        """Run one case; a spent budget and a missing signature check are outcomes."""
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
        return result

    def _judge(self, case: Case) -> CaseResult:
        assert self._runner is not None
        assert self._world is not None
        if case.signed_only and self.handshake and not self.handshake.verifies:
            return self._leave_out(case, f"the target verifies no signatures: {self.handshake.note}")
        if case.channel and self._mailbox is not None:
            self._mailbox.open()
        self.tally.planned.update(case.requirements)
        try:
            return self._runner.run(case.id, case.requirements, partial(case.flow, self._world))
        except BudgetExhaustedError:
            self.cut.append(case.id)
            return CaseResult(case.id, unjudged=_CUT, end="cut")

    def finish(self) -> None:
        """Remove what the run created and close the connection."""
        if self._connection is None:
            return
        if self.journal.entries and self._runner is not None:
            self._runner.cleaning = True
            self.remaining = self._drive("cleaning", clean(self.journal, self.target.limits.settle_seconds))
        if self._connection.in_process:
            self.remaining = self.unremoved
        if self._mailbox is not None:
            self._mailbox.close()
        self._connection.close()
        self.journal.close(keep=bool(self.unremoved))

    @property
    def world(self) -> World | None:
        """What the run knows of the target's resources, once it has started."""
        return self._world

    @property
    def unremoved(self) -> list[str]:
        """What remains although the API could have removed it."""
        return [text for text in self.remaining if "the API cannot" not in text]

    def _leave_out(self, case: Case, reason: str) -> CaseResult:
        for requirement in case.requirements:
            self.plan.left_out.setdefault(requirement, reason)
        return CaseResult(case.id, unjudged=reason, end="left-out")

    def _token(self) -> str:
        source = f"{self.settings.seed} {time.time_ns()}"
        return hashlib.sha256(source.encode()).hexdigest()[:8]

    def _rerun(self, case: str) -> str:
        return rerun_line(self.settings.target or "", case, self.settings.seed)

    def _paced(self, connection: Connection) -> Any:
        rate = self.settings.rate or self.target.limits.requests_per_second
        pace = _Pace(1.0 / rate if rate else 0.0)

        def send(call: Call) -> Exchange:
            pace.wait()
            return self._recorder.exchange(connection.send(call))

        return send

    def _await_start(self) -> None:
        """Give a target that is still starting the time that `--wait` allows."""
        end = time.monotonic() + self.settings.wait
        assert self._connection is not None
        probe = Call("GetTask", {}) if "imm" in self.target.endpoints else Call("GetUrlUploadInfos", {})
        while self.settings.wait and time.monotonic() < end:
            if self._connection.send(probe).answer is not None:
                return
            time.sleep(0.1)

    def _drive(self, name: str, flow: Generator[Step, Any, R]) -> R:
        """Drive a flow that returns something; its exchanges are judged too."""
        assert self._runner is not None
        runner, result = self._runner, CaseResult(name)
        self._recorder.enter(name, self.tally)
        try:
            given = drive(flow, lambda call: runner.exchange(call, result), runner.sleep)
        except BudgetExhaustedError:
            msg = f"max_requests is too small: it was spent on {name}"
            raise TargetError(msg) from None
        self._recorder.settled("done", self.tally)
        return given


def _refuse_unknown(contract: Contract, target: Target, settings: Settings) -> None:
    """Raise TargetError for a case or a selection that is not in the contract."""
    cases = unknown_cases(contract, target, settings)
    if cases:
        msg = f"--case '{cases[0]}' is not a case; 'conformance list --cases' shows them"
        raise TargetError(msg)
    globs = unknown_selections(contract, settings)
    if globs:
        msg = f"--select '{globs[0]}' matches no requirement; 'conformance list' shows them"
        raise TargetError(msg)


class _Pace:
    """Holds a rate of requests."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0

    def wait(self) -> None:
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval


def _checked(target: Target, settings: Settings) -> Target:
    tier = settings.tier or target.tier
    if tier in ("create-and-clean", "full") and not target.loopback and not settings.yes_create:
        msg = (
            f"the tier '{tier}' creates things on '{target.name}', which is not on this machine; "
            "add --yes-create to allow that"
        )
        raise TargetError(msg)
    return replace(target, tier=tier) if tier else target
