"""Checks of BatchGetFileMeta, BatchIndexFileMeta and IndexFileMeta: what they find, and what they leave alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from conformance.planning import all_cases
from conformance.selftest.edits import edited, redirected
from conformance.selftest.faults._files import ignoring, inputs_of, listed
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator, Timings
from emulator.errors import invalid_argument, resource_not_found, unknown_action
from openapi import Contract, load_contract
from tests.behaviors.judging import Requirements, by_id, violated

READ, BATCH, SINGLE = OPERATIONS = ("BatchGetFileMeta", "BatchIndexFileMeta", "IndexFileMeta")
PASSIVE = {
    READ: "BatchGetFileMeta/behavior/idempotent",
    BATCH: "BatchIndexFileMeta/behavior/effect",
    SINGLE: "IndexFileMeta/behavior/effect",
}
MISSING = Fixtures(missing_uris=("oss://examplebucket/missing/a.jpg", "oss://examplebucket/missing/b.jpg"))
HISTORIES = "BatchGetFileMeta/explore/histories"
GIVEN = ("oss://real-bucket/a.jpg", "oss://real-bucket/b/c.mp4", "oss://real-bucket/d.pdf")
IDENTITY = ["URI", "OwnerId", "ProjectName", "DatasetName", "ObjectType", "ObjectId"]


def is_ours(requirement: str) -> bool:
    """Tell whether a requirement is one of those that are tested here."""
    operation, _, rest = requirement.partition("/")
    return operation in OPERATIONS and rest.startswith("behavior/") and "message" not in rest


def our_requirements() -> list[str]:
    """Return the ids of the requirements that are tested here."""
    return [name for name in load_contract().ledger if is_ours(name)]


def cases_of(contract: Contract, *requirements: str) -> tuple[str, ...]:
    """Return the cases that settle requirements, or for passive ones a case that gives occasion."""
    found = [
        case.id
        for case in all_cases(contract.directory)
        if "/explore/" not in case.id and any(r in case.requirements for r in requirements)
    ]
    return tuple(found) or (PASSIVE[requirements[0].partition("/")[0]],)


def judge(
    *faults: PlantedFault,
    requirements: tuple[str, ...] = (),
    fixtures: Fixtures = MISSING,
    prepare: Callable[[Emulator], None] | None = None,
) -> Requirements:
    """Return the entries of a report by requirement."""
    cases = cases_of(load_contract(), *(requirements or our_requirements()))
    report = judge_emulator(faults, settings=Settings(cases=cases), fixtures=fixtures, prepare=prepare)
    return by_id(report)


@pytest.fixture(scope="module")
def clean() -> Requirements:
    """Return the report on the correct emulator."""
    return judge()


@pytest.mark.parametrize("requirement", our_requirements())
def test_the_correct_emulator_conforms(clean: Requirements, requirement: str) -> None:
    """Each requirement has an occasion on the correct emulator and holds there."""
    entry = clean[requirement]

    assert (entry["outcome"], entry["findings"]) == ("conforms", [])
    assert entry["exercised"] > 0


@dataclass(frozen=True)
class Variant:
    """A lawful server that differs from the emulator; `notes` are the SHOULD requirements it may break."""

    fault: PlantedFault
    notes: frozenset[str] = frozenset()
    fixtures: Fixtures = MISSING
    prepare: Callable[[Emulator], None] | None = None


def variant(before: Any = None, after: Any = None, notes: tuple[str, ...] = (), **more: Any) -> Variant:
    """Return a variant made of hooks."""
    hooks = {name: hook for name, hook in (("before", before), ("after", after)) if hook}
    return Variant(PlantedFault("variant", "", "", **hooks), frozenset(notes), **more)


def files_edited(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a hook that replaces each file that is read."""
    return edited(READ, lambda _, payload: payload.update(Files=[edit(f) for f in payload["Files"]]))


def with_404(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Answer 404 where something is not found."""
    return replace(answer, status=404) if answer.payload.get("Code") == "ResourceNotFound" else answer


def without_fraction(file: dict[str, Any]) -> dict[str, Any]:
    """Cut all times to whole seconds."""
    return {k: v.partition(".")[0] + "+08:00" if k.endswith("Time") and "." in str(v) else v for k, v in file.items()}


def with_empty_texts(file: dict[str, Any]) -> dict[str, Any]:
    """Fill texts that a file does not have with nothing."""
    empty = dict.fromkeys(("Reason", "CacheControl", "Artist", "OSSURI", "OSSVersionId", "EXIF", "LatLong"), "")
    return {**empty, **file} if len(file) > 20 else file


def refusing(call: Call, emulator: Emulator) -> Answer | None:
    """Refuse what no source decides: unknown names, repeated URIs."""
    fields, uris = listed(call, "WithFields"), listed(call, "URIs")
    if call.action != READ or (len(set(uris)) == len(uris) and not any("." in f or f == "NoSuchField" for f in fields)):
        return None
    return emulator.refuse(call, invalid_argument("URIs", "expected something else"))


def all_or_nothing(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Refuse a read if one of its files is not indexed."""
    files = answer.payload.get("Files")
    if call.action == READ and isinstance(files, list) and len(files) < len(set(listed(call, "URIs"))):
        return emulator.refuse(call, resource_not_found("file"))
    return answer


def without_get(call: Call, emulator: Emulator) -> Answer | None:
    """Answer GET as a web server does that serves POST only."""
    return Answer(405, {}, {"content-type": "text/html"}, b"<h1>405</h1>") if call.method == "GET" else None


def without_provisioning(call: Call, emulator: Emulator) -> Answer | None:
    """Know the eight operations only."""
    unknown = call.action.startswith(("Create", "Delete", "BatchDelete")) and call.action != "CreateBinding"
    return emulator.refuse(call, unknown_action(call.action)) if unknown else None


def existing_only(call: Call, emulator: Emulator) -> Any:
    """Index only the objects that are given."""
    if call.action not in (BATCH, SINGLE) or call.method != "POST":
        return None
    known = [f for f in inputs_of(call) if f.get("URI") in GIVEN]
    if not known:
        return ignoring(call.action, lambda _: True)(call, emulator)
    return replace(call, params={**call.params, "Files": json.dumps(known)}) if call.action == BATCH else None


def with_given_files(emulator: Emulator) -> None:
    """Make a project with a dataset in which the given objects are indexed."""
    place = {"ProjectName": "given", "DatasetName": "given"}
    files = {"Files": json.dumps([{"URI": uri} for uri in GIVEN])}
    for action, params in (("CreateProject", place), ("CreateDataset", place), (BATCH, place | files)):
        emulator.operate(Call("imm", action, "2020-09-30", "POST", params, {}, {}))


def slow(emulator: Emulator) -> None:
    """Let indexing take four seconds."""
    emulator.timings = Timings(index=4.0)


def few_labels(call: Call, emulator: Emulator) -> Any:
    """Refuse more than five labels of a file, and labels without a text."""
    labels = [f.get("CustomLabels") for f in inputs_of(call)] if call.action in (BATCH, SINGLE) else []
    texts = [given for given in labels if isinstance(given, dict)]
    wrong = any(len(given) > 5 or "" in given.values() for given in texts)
    return emulator.refuse(call, invalid_argument("CustomLabels", "at most five")) if wrong else None


VARIANTS = {
    "few labels": variant(before=few_labels),
    "404 for not found": variant(after=with_404),
    "extra fields": variant(
        after=edited(OPERATIONS, lambda _, answer: answer.update(Extra={"Files": [1]}, Trace="x")),
        notes=(f"{READ}/behavior/known-members",),
    ),
    "reversed lists": variant(after=edited(READ, lambda _, payload: payload["Files"].reverse())),
    "files with little": variant(
        after=files_edited(lambda f: {k: v for k, v in f.items() if k in ("URI", "Filename", "UpdateTime")}),
        notes=tuple(f"{name}/behavior/effect-labels" for name in (BATCH, SINGLE)),
    ),
    "empty texts": variant(after=files_edited(with_empty_texts)),
    "whole seconds": variant(after=files_edited(without_fraction)),
    "slow indexing": variant(prepare=slow),
    "identity kept": variant(
        before=redirected(
            (READ,),
            lambda call, _: {"WithFields": json.dumps(IDENTITY + f)} if (f := listed(call, "WithFields")) else {},
        )
    ),
    "undecided is refused": variant(before=refusing),
    "all or nothing": variant(after=all_or_nothing, notes=(f"{READ}/behavior/files-missing",)),
    "no GET": variant(before=without_get),
    "no provisioning": variant(before=without_provisioning),
    "existing objects only": variant(
        before=existing_only,
        prepare=with_given_files,
        fixtures=Fixtures(project="given", dataset="given", bucket="real-bucket", indexed_uris=GIVEN),
    ),
}


@pytest.fixture(scope="module")
def on_variant() -> Callable[[str], Requirements]:
    """Return the report on a variant, made once."""
    kept: dict[str, Requirements] = {}

    def judged(name: str) -> Requirements:
        chosen = VARIANTS[name]
        if name not in kept:
            kept[name] = judge(chosen.fault, fixtures=chosen.fixtures, prepare=chosen.prepare)
        return kept[name]

    return judged


@pytest.mark.parametrize("name", VARIANTS)
def test_a_lawful_server_is_left_alone(on_variant: Callable[[str], Requirements], name: str) -> None:
    """No MUST is reported against a lawful server, and no SHOULD but those that it sets aside."""
    report = on_variant(name)

    assert violated(report, "MUST") == set()
    assert {r for r in violated(report) if is_ours(r)} <= VARIANTS[name].notes


def test_requests_for_files_that_are_not_indexed_may_be_refused() -> None:
    """No row, drawn request or history finds a MUST broken by a server that refuses a look-up of which a file lacks."""
    cases = tuple(c.id for c in all_cases(load_contract().directory) if c.operation == READ or c.id == HISTORIES)
    settings = Settings(cases=(*cases, *cases_of(load_contract(), "Gateway/behavior/json-parameters")))

    report = judge_emulator([PlantedFault("variant", "", "", after=all_or_nothing)], settings=settings)

    assert violated(by_id(report), "MUST") == set()


@pytest.mark.parametrize("requirement", [f"{BATCH}/behavior/effect", f"{SINGLE}/behavior/effect"])
def test_given_objects_show_the_effect(on_variant: Callable[[str], Requirements], requirement: str) -> None:
    """Where only existing objects can be indexed, those of the fixtures are."""
    assert on_variant("existing objects only")[requirement]["outcome"] == "conforms"


def test_without_provisioning_files_are_blocked(on_variant: Callable[[str], Requirements]) -> None:
    """What needs files says so, and which fixture would help."""
    entry = on_variant("no provisioning")[f"{READ}/behavior/with-fields-filter"]

    assert entry["outcome"] == "blocked"
    assert "[fixtures]" in entry["reason"]


@pytest.mark.parametrize("name", ["batch-no-effect", "no-effect"])
def test_no_effect_of_one_operation_is_found_without_fixtures(name: str) -> None:
    """Where the other operation shows that made-up objects can be indexed, the one without effect is told so."""
    fault = planted_faults()[name]

    report = judge(fault, requirements=(fault.requirement,))

    assert fault.requirement in violated(report, "MUST")


def nothing_indexed(call: Call, emulator: Emulator) -> Any:
    """Take every call of both index operations and index nothing."""
    return ignoring(call.action, lambda _: True)(call, emulator) if call.action in (BATCH, SINGLE) else None


@pytest.mark.parametrize("operation", [BATCH, SINGLE])
def test_no_effect_at_all_without_fixtures_is_in_doubt(operation: str) -> None:
    """Who never indexes what is made up may index only objects that exist; the reason names the fixtures."""
    server = PlantedFault("nothing", "", "", before=nothing_indexed)

    report = judge(server, requirements=(f"{operation}/behavior/effect",))

    assert report[f"{operation}/behavior/effect"]["outcome"] == "inconclusive"
    assert "[fixtures] bucket and indexed_uris" in report[f"{operation}/behavior/effect"]["reason"]


def test_no_effect_at_all_breaks_nothing_without_fixtures() -> None:
    """Where only objects that exist are indexed, no MUST is broken by that."""
    assert violated(judge(PlantedFault("nothing", "", "", before=nothing_indexed)), "MUST") == set()


@pytest.mark.parametrize("operation", [BATCH, SINGLE])
def test_files_that_are_counted_and_never_found(operation: str) -> None:
    """Whose datasets count the files that are made up has indexed them, and is to return them."""

    def empty(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action == READ and "Files" in answer.payload:
            answer.payload["Files"] = []
        return answer

    report = judge(PlantedFault("empty", "", "", after=empty), requirements=(f"{operation}/behavior/effect",))

    assert f"{operation}/behavior/effect" in violated(report, "MUST")


def test_files_that_a_scan_brought_are_no_evidence() -> None:
    """A dataset may count what its bindings brought in, which nobody has indexed by a call."""

    def scanned(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action == "GetDataset" and not call.params["DatasetName"].endswith("-counted"):
            dataset: Any = answer.payload["Dataset"]
            answer.payload["Dataset"] = dataset | {"FileCount": 18}
        return answer

    server = PlantedFault("scanned", "", "", before=nothing_indexed, after=scanned)

    report = judge(server, requirements=(f"{BATCH}/behavior/effect",))

    assert report[f"{BATCH}/behavior/effect"]["outcome"] == "inconclusive"


def test_no_effect_at_all_is_found_with_fixtures() -> None:
    """Who indexes not even an object that was indexed before is told so."""
    given = Fixtures(project="given", dataset="given", bucket="real-bucket", indexed_uris=GIVEN)
    server = PlantedFault("nothing", "", "", before=nothing_indexed)

    report = judge(server, prepare=with_given_files, fixtures=given)

    assert {f"{operation}/behavior/effect" for operation in (BATCH, SINGLE)} <= violated(report, "MUST")


def test_no_effect_says_nothing_where_buckets_must_exist() -> None:
    """Who binds no bucket that is made up may index no object in one; the reason names the fixtures."""

    def strict(call: Call, emulator: Emulator) -> Any:
        if call.action == "CreateBinding":
            return emulator.refuse(call, invalid_argument("URI", "a bucket that exists"))
        return ignoring(call.action, lambda _: True)(call, emulator) if call.action in (BATCH, SINGLE) else None

    report = judge(PlantedFault("strict", "", "", before=strict), requirements=(f"{BATCH}/behavior/effect",))

    assert report[f"{BATCH}/behavior/effect"]["outcome"] == "inconclusive"
    assert "[fixtures] bucket and indexed_uris" in report[f"{BATCH}/behavior/effect"]["reason"]


def test_files_of_one_field_can_be_projected() -> None:
    """A server that shows one field unless it is asked for more is told so, and the check comes to its end."""

    def poor(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        files: Any = answer.payload.get("Files")
        if call.action == READ and isinstance(files, list) and not call.params.get("WithFields"):
            answer.payload["Files"] = [{"URI": file["URI"]} for file in files]
        return answer

    absent = f"{READ}/behavior/with-fields-absent"

    assert absent in violated(judge(PlantedFault("poor", "", "", after=poor), requirements=(absent,)))


def test_fields_with_white_space_are_heeded() -> None:
    """A server that returns all fields where the JSON text of WithFields has white space in it is told so."""

    def careless(call: Call, emulator: Emulator) -> Call | None:
        del emulator
        spaced = call.action == READ and call.params.get("WithFields", "")[1:2].isspace()
        return replace(call, params={**call.params, "WithFields": ""}) if spaced else None

    server = PlantedFault("careless", "", "", before=careless)

    assert f"{READ}/behavior/with-fields-filter" in violated(
        judge(server, requirements=("Gateway/behavior/json-spelling",))
    )
