"""Targets that are given without a file, credentials of the environment, and what may be sent where."""

from pathlib import Path

import pytest

from conformance.kit import Kit
from conformance.settings import Settings
from conformance.target import Target, TargetError, read_target
from conformance.target.channels import open_channels
from conformance.target.config import Tier
from conformance.target.connect import PLACEHOLDER_KEY

KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "envid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}
LOOPBACK = "http://127.0.0.1:1"
ELSEWHERE = "https://imm.example.com"


def test_nothing_given() -> None:
    """Without a target the embedded emulator is meant."""
    target = read_target(None, KEY)

    assert (target.name, dict(target.endpoints), target.app) == ("embedded emulator", {}, "")


def test_url() -> None:
    """A URL is the endpoint of both services."""
    target = read_target("http://127.0.0.1:8089/", {})

    assert dict(target.endpoints) == {"imm": "http://127.0.0.1:8089", "ice": "http://127.0.0.1:8089"}


def test_app() -> None:
    """A module and an attribute are an app."""
    target = read_target("package.module:factory.app", {})

    assert (target.app, dict(target.endpoints)) == ("package.module:factory.app", {})


@pytest.mark.parametrize("given", ["", "emulator", "no such file", "module:", ":app", "module:app()", "127.0.0.1:8089"])
def test_neither_of_them(given: str) -> None:
    """What is no URL, no app and no file is refused with the three forms."""
    with pytest.raises(TargetError) as caught:
        read_target(given, {})

    assert str(caught.value) == f"--target '{given}' is neither a URL, nor 'module:app', nor an existing TOML file"


def test_credentials_of_the_environment() -> None:
    """A target without credentials of its own takes those of the environment."""
    credentials = read_target(LOOPBACK, KEY).credentials

    assert credentials is not None
    assert (credentials.key_id, credentials.secret.reveal(), credentials.token) == ("envid", "env-secret", None)


def test_token_of_the_environment() -> None:
    """The security token of the environment is taken as well."""
    credentials = read_target(LOOPBACK, {**KEY, "ALIBABA_CLOUD_SECURITY_TOKEN": "env-token"}).credentials

    assert credentials is not None
    assert credentials.token is not None
    assert credentials.token.reveal() == "env-token"


@pytest.mark.parametrize("lacking", sorted(KEY))
def test_half_of_a_key_in_the_environment(lacking: str) -> None:
    """Half of a key in the environment is refused with the names of both halves."""
    environment = {name: value for name, value in KEY.items() if name != lacking}

    with pytest.raises(TargetError) as caught:
        read_target(LOOPBACK, environment)

    assert str(caught.value) == f"the environment needs both {' and '.join(sorted(KEY))}, or neither"


def test_empty_variables_of_the_environment() -> None:
    """Variables without a text count as none."""
    assert read_target(LOOPBACK, dict.fromkeys(KEY, "")).credentials is None


def test_address_that_cannot_be_opened() -> None:
    """An address to listen at that cannot be looked up is told in one sentence."""
    target = Target(name="it", notifications={"topic": "t", "listen": "..:1"})

    with pytest.raises(TargetError, match=r"notifications\.listen '\.\.:1' cannot be opened"):
        open_channels(target, PLACEHOLDER_KEY, "token")


def test_environment_for_a_file(tmp_path: Path) -> None:
    """A target file without credentials takes those of the environment."""
    path = tmp_path / "target.toml"
    path.write_text(f'name = "it"\n[endpoints]\nimm = "{LOOPBACK}"\n', encoding="utf-8")

    credentials = read_target(str(path), KEY).credentials

    assert credentials is not None
    assert credentials.key_id == "envid"


def test_file_before_environment(tmp_path: Path) -> None:
    """Credentials of the file win over those of the environment."""
    path = tmp_path / "target.toml"
    lines = '[credentials]\naccess_key_id = "fileid"\naccess_key_secret = "s"\n'
    path.write_text(f'name = "it"\n[endpoints]\nimm = "{LOOPBACK}"\n{lines}', encoding="utf-8")

    credentials = read_target(str(path), KEY).credentials

    assert credentials is not None
    assert credentials.key_id == "fileid"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "http://127.8.9.1:80", "http://localhost:1", "http://LOCALHOST", "http://[::1]:8089"]
)
def test_loopback(url: str) -> None:
    """Addresses of this machine are recognized."""
    assert read_target(url, {}).loopback


@pytest.mark.parametrize(
    "url",
    [
        ELSEWHERE,
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://1.127.0.0.1",
        "http://[::2]",
        "http://10.0.0.1",
    ],
)
def test_elsewhere(url: str) -> None:
    """Addresses that only look like this machine's are elsewhere."""
    assert not read_target(url, {}).loopback


def test_half_of_the_endpoints_elsewhere() -> None:
    """A target of which one endpoint is elsewhere is elsewhere."""
    assert not Target(name="it", endpoints={"imm": LOOPBACK, "ice": ELSEWHERE}).loopback


@pytest.mark.parametrize(("given", "tier"), [(None, "full"), (LOOPBACK, "full"), (ELSEWHERE, "reads"), ("m:a", "full")])
def test_default_tier(given: str | None, tier: str) -> None:
    """What is on this machine gets everything, what is elsewhere only reads."""
    assert read_target(given, {}).effective_tier == tier


@pytest.mark.parametrize("tier", ["create-and-clean", "full"])
def test_creating_elsewhere_is_refused(tier: Tier) -> None:
    """Nothing is created elsewhere unless that was allowed."""
    with pytest.raises(TargetError, match=f"the tier '{tier}' creates things on .* add --yes-create"):
        Kit(Settings(target=ELSEWHERE, tier=tier))


@pytest.mark.parametrize("tier", ["reads", "refused-only"])
def test_reading_elsewhere_is_allowed(tier: Tier) -> None:
    """Tiers that create nothing need no leave."""
    kit = Kit(Settings(target=ELSEWHERE, tier=tier))

    assert kit.target.effective_tier == tier


def test_creating_elsewhere_with_leave() -> None:
    """With leave the tier is the one asked for."""
    kit = Kit(Settings(target=ELSEWHERE, tier="full", yes_create=True))

    assert kit.target.effective_tier == "full"


def test_creating_elsewhere_by_the_file_is_refused(tmp_path: Path) -> None:
    """A tier in the target file needs the same leave."""
    path = tmp_path / "target.toml"
    path.write_text(f'name = "it"\n[endpoints]\nimm = "{ELSEWHERE}"\n[safety]\ntier = "full"\n', encoding="utf-8")

    with pytest.raises(TargetError, match="add --yes-create"):
        Kit(Settings(target=str(path)))


def test_reads_plan_no_writing_operation() -> None:
    """The tier «reads» plans no case of an operation that writes."""
    kit = Kit(Settings(target=ELSEWHERE))

    assert {c.operation for c in kit.plan.cases} & {"CreateBinding", "IndexFileMeta", "BatchIndexFileMeta"} == set()


def test_refused_only_plans_nothing_that_is_accepted() -> None:
    """The tier «refused-only» plans of the writing operations only what the documents say is refused."""
    kit = Kit(Settings(target=ELSEWHERE, tier="refused-only"))

    writing = [c for c in kit.plan.cases if c.operation in ("CreateBinding", "IndexFileMeta", "BatchIndexFileMeta")]
    assert writing
    assert {r.rsplit("/", 1)[1] for c in writing for r in c.requirements} <= {"refuses", "code"}


def test_left_out_operations_have_a_reason() -> None:
    """Requirements of operations that the tier does not send say so."""
    kit = Kit(Settings(target=ELSEWHERE))

    assert (
        kit.plan.left_out["CreateBinding/response/Binding/State/enum"] == "the tier 'reads' does not send CreateBinding"
    )


def test_operations_that_are_not_claimed_have_a_reason(tmp_path: Path) -> None:
    """Requirements of operations that the target does not claim say so."""
    path = tmp_path / "target.toml"
    path.write_text(f'name = "it"\noperations = ["GetTask"]\n[endpoints]\nimm = "{LOOPBACK}"\n', encoding="utf-8")

    kit = Kit(Settings(target=str(path)))

    assert kit.plan.left_out["GetBinding/response/RequestId/type"] == "the target does not claim GetBinding"
    assert {c.operation for c in kit.plan.cases} & set(kit.contract.operations) == {"GetTask"}


def test_service_without_endpoint(tmp_path: Path) -> None:
    """Operations of a service that the target has no endpoint for are not planned."""
    path = tmp_path / "target.toml"
    path.write_text(f'name = "it"\n[endpoints]\nimm = "{LOOPBACK}"\n', encoding="utf-8")

    kit = Kit(Settings(target=str(path)))

    assert kit.plan.operations & {"GetUrlUploadInfos", "GetBatchMediaProducingJob"} == set()
