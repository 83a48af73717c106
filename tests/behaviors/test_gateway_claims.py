"""Checks of the gateway send what the target claims, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.behaviors.gateway_header_signature import host_with_port
from conformance.checks.probing import a_read, reads, settled
from conformance.exchange import Answer, Call, Exchange, Sent, Verdict
from conformance.kit import Kit
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator
from conformance.world import PLACEHOLDER, BlockedError
from openapi import Contract

PROVISIONING = {"BatchDeleteFileMeta"}
CLAIMS = (
    ("GetUrlUploadInfos",),
    ("GetBatchMediaProducingJob",),
    ("GetTask",),
    ("BatchGetFileMeta",),
    ("GetBinding",),
    ("IndexFileMeta",),
    ("BatchIndexFileMeta",),
    ("BatchGetFileMeta", "IndexFileMeta"),
)


@dataclass
class Recorder:
    """A connector to an emulator that counts the operations that are sent."""

    sent: Counter[str] = field(default_factory=Counter)

    def __call__(self, target: Target, contract: Contract) -> Connection:
        """Connect, and listen in."""
        connection = connect_emulator(target, contract, *embedded_emulator())
        send = connection.client.send

        def counted(call: Call) -> Exchange:
            self.sent[call.operation] += 1
            return send(call)

        connection.client.send = counted  # type: ignore[method-assign]  # it listens in
        return connection


def run(path: Path, claimed: Sequence[str]) -> tuple[Kit, Recorder]:
    """Run the gateway's checks against a target that claims some operations."""
    names = ", ".join(f'"{name}"' for name in claimed)
    endpoints = 'imm = "http://127.0.0.1:1"\nice = "http://127.0.0.1:1"'
    path.write_text(f'name = "claims"\noperations = [{names}]\n[endpoints]\n{endpoints}\n')
    recorder = Recorder()
    kit = Kit(Settings(target=str(path), select=("Gateway/behavior/*",)), recorder)
    kit.start()
    recorder.sent.clear()
    for case in kit.plan.cases:
        kit.run(case)
    return kit, recorder


@pytest.mark.parametrize("claimed", CLAIMS, ids="+".join)
def test_only_claimed_operations_are_sent(tmp_path: Path, claimed: Sequence[str]) -> None:
    """No check sends an operation that the target does not claim."""
    _, recorder = run(tmp_path / "target.toml", claimed)

    assert set(recorder.sent) <= {*claimed, *PROVISIONING}


@pytest.mark.parametrize("claimed", CLAIMS, ids="+".join)
def test_correct_target_with_few_operations_breaks_nothing(tmp_path: Path, claimed: Sequence[str]) -> None:
    """Where less can be sent, less is judged, and nothing wrongly."""
    kit, _ = run(tmp_path / "target.toml", claimed)

    assert not kit.tally.violations
    assert not kit.tally.inconclusive


@pytest.mark.parametrize("claimed", [c for c in CLAIMS if c != ("BatchIndexFileMeta",)], ids="+".join)
def test_signatures_are_judged_by_any_operation(tmp_path: Path, claimed: Sequence[str]) -> None:
    """One operation is enough to judge what all have in common."""
    kit, _ = run(tmp_path / "target.toml", claimed)

    for slug in ("header-signed-wrong-signature", "query-signed-get", "replayed-nonce", "unknown-action", "get"):
        assert kit.tally.exercised[f"Gateway/behavior/{slug}"]


def _world(*operations: str, **changes: Any) -> Any:
    return replace(PLACEHOLDER, operations=frozenset(operations), **changes)


def test_requests_spread_over_what_is_claimed() -> None:
    """Each turn has another operation, and begins again behind the last."""
    world = _world("GetTask", "BatchGetFileMeta", "CreateBinding")

    turns = [a_read(world, turn).operation for turn in range(3)]

    assert turns == ["BatchGetFileMeta", "GetTask", "BatchGetFileMeta"]


def test_unknown_job_stands_in_for_a_lacking_one() -> None:
    """GetUrlUploadInfos answers an id that nobody knows, so it needs no job."""
    world = _world("GetUrlUploadInfos", lacking={"upload": "no job could be made"})

    assert reads(world)[0].params == {"JobIds": ["0" * 32]}


def test_lacking_resource_is_named() -> None:
    """Without a request to send, the reason is the resource that is missing."""
    world = _world("GetTask", lacking={"task": "add [fixtures] tasks"})

    with pytest.raises(BlockedError, match="tasks"):
        a_read(world)


def test_decided_verdicts_drop_the_undecided() -> None:
    """What one probe could not tell does not weaken what another has told."""
    unsure, sure = Verdict("a", "inconclusive"), Verdict("a", "conforms")
    alone = Verdict("b", "inconclusive")

    assert list(settled([unsure, sure, alone])) == [sure, alone]


@pytest.mark.parametrize(("local", "outcomes"), [(True, ["violates"]), (False, [])])
def test_a_default_port_that_is_taken_off_on_the_way(local: bool, outcomes: list[str]) -> None:
    """Where something may stand before the target, a default port that is written out accuses nobody."""
    world = replace(PLACEHOLDER, operations=frozenset({"GetUrlUploadInfos"}), local=local)
    flow = host_with_port(world)
    asked = next(flow)
    assert isinstance(asked, Call)
    sent = Sent("POST", "https://ice.cn-shanghai.aliyuncs.com/", ())
    ported = flow.send(Exchange(asked, sent, Answer(200, {}, b"{}", {})))
    assert isinstance(ported, Call)
    refusal = Answer(400, {}, b"{}", {"Code": "SignatureDoesNotMatch"})

    try:
        seen = [flow.send(Exchange(ported, sent, refusal))]
    except BlockedError:
        seen = []

    assert [v.outcome for v in seen if isinstance(v, Verdict)] == outcomes
