"""How a run is split."""

import pytest

from conformance.information import cost
from conformance.planning import plan
from conformance.settings import Settings
from conformance.sharding import read_shard
from conformance.target import read_target
from openapi import load_contract
from tests.pace.conftest import run


def planned(settings: Settings) -> list[str]:
    """Return the ids of the cases of a run against the embedded target."""
    return [case.id for case in plan(load_contract(), read_target(None), settings).cases]


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_shards_hold_each_case_once(parts: int) -> None:
    """Nothing is lost and nothing is sent twice."""
    shards = [planned(Settings(shard=(number, parts))) for number in range(1, parts + 1)]

    assert sorted(case for shard in shards for case in shard) == sorted(planned(Settings()))


def test_shards_cost_about_the_same() -> None:
    """No machine waits long for another."""
    costs = [
        sum(1 + cost(case) for case in plan(load_contract(), read_target(None), Settings(shard=(n, 3))).cases)
        for n in (1, 2, 3)
    ]

    assert max(costs) < 1.1 * min(costs)


def test_cases_that_listen_stay_together() -> None:
    """An address and a queue have one reader."""
    shards = [plan(load_contract(), read_target(None), Settings(shard=(n, 3))).cases for n in (1, 2, 3)]

    assert sum(any(case.channel for case in shard) for shard in shards) == 1


def test_one_shard_is_the_whole_run() -> None:
    """1/1 leaves nothing out."""
    assert planned(Settings(shard=(1, 1))) == planned(Settings())


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2", "1/2 "])
def test_what_is_no_part_is_refused(text: str) -> None:
    """The sentence shows one."""
    with pytest.raises(ValueError, match="is not a part such as 2/3"):
        read_shard(text)


def test_the_command_refuses_a_wrong_shard(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is one sentence and exit code 2."""
    done = run(tmp_path_factory.mktemp("wrong"), "run", "--shard", "4/3")

    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].endswith("a number from 1 to the number of parts")
