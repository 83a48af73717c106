"""The named rows."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace

import pytest

from openapi import Contract, Operation
from strategies import RawText, Row, rows
from tests.strategies.conftest import BaseOf, BrokenBy

OPERATIONS = (
    "BatchGetFileMeta",
    "BatchIndexFileMeta",
    "CreateBinding",
    "GetBatchMediaProducingJob",
    "GetBinding",
    "GetTask",
    "GetUrlUploadInfos",
    "IndexFileMeta",
    "MakeThings",
)
# The request member inside a text is JSON text of its own, which no schema library looks into.
INSIDE_TEXT = "#"


@pytest.fixture(params=OPERATIONS)
def operation(request: pytest.FixtureRequest, contract: Contract, small: Contract) -> Operation:
    """Return each operation in turn."""
    source = small if request.param == "MakeThings" else contract
    return source.operations[request.param]


@pytest.fixture
def made(operation: Operation, base: BaseOf) -> tuple[Row, ...]:
    """Make the rows of the operation."""
    return rows(operation, base(operation))


@pytest.fixture
def things(small: Contract, base: BaseOf) -> dict[str, dict[str, Row]]:
    """Make the rows of the made-up operation, by requirement and label."""
    operation = small.operations["MakeThings"]
    found: dict[str, dict[str, Row]] = {}
    for row in rows(operation, base(operation)):
        found.setdefault(row.requirement.removeprefix("MakeThings/request/"), {})[row.label] = row
    return found


def test_rows_cover_every_request_requirement(
    both: tuple[Contract, ...], operation: Operation, made: tuple[Row, ...]
) -> None:
    """Each request requirement has a row for each of its two aspects."""
    ledger = [r for contract in both for r in contract.of(operation.name)]
    asked = {r.id for r in ledger if r.side == "request" and r.aspect in ("accepts", "refuses")}

    covered = {f"{row.requirement}/{row.expect}" for row in made}

    assert covered == asked


def test_controls_are_valid(operation: Operation, made: tuple[Row, ...], broken_by: BrokenBy) -> None:
    """No control breaks a rule of the documents."""
    for row in made:
        assert not broken_by(operation, row.control), row.label


def test_accepted_rows_are_valid(operation: Operation, made: tuple[Row, ...], broken_by: BrokenBy) -> None:
    """No row to be accepted breaks a rule of the documents."""
    for row in made:
        if row.expect == "accepts":
            assert not broken_by(operation, row.params), row.label


def test_refused_rows_break_only_what_they_name(
    operation: Operation, made: tuple[Row, ...], broken_by: BrokenBy
) -> None:
    """A row to be refused breaks its requirement and no other."""
    for row in made:
        if row.expect == "refuses" and INSIDE_TEXT not in row.requirement:
            found = broken_by(operation, row.params)
            assert found - _unavoidable(row) == {row.requirement}, row


def _unavoidable(row: Row) -> set[str]:
    """Return what breaks along with a requirement that cannot break alone."""
    place, _, keyword = row.requirement.rpartition("/")
    if keyword == "type":
        return {f"{place}/enum", f"{place}/const"}
    if keyword == "required" and row.label == "empty text":
        return {f"{place}/{other}" for other in ("pattern", "minLength", "enum")}
    if row.label == "0 characters":
        return {f"{place}/{other}" for other in ("pattern", "required")}
    return set()


def test_one_parameter_differs_from_the_control(made: tuple[Row, ...]) -> None:
    """A row to be refused changes one parameter of its control."""
    for row in made:
        if row.expect == "refuses":
            names = {*row.params, *row.control}
            changed = [n for n in names if not _same(row.params.get(n, row), row.control.get(n, row))]
            assert len(changed) == 1, row


def _same(one: object, other: object) -> bool:
    return repr(one) == repr(other)


def test_labels_are_unique_within_a_requirement(made: tuple[Row, ...]) -> None:
    """No two rows of a requirement share a label."""
    names = [(row.requirement, row.label) for row in made]

    assert len(names) == len(set(names))


def test_labels_read_in_a_test_id(made: tuple[Row, ...]) -> None:
    """Labels are short printable texts."""
    for row in made:
        assert re.fullmatch(r"[\x20-\x7e]{1,40}", row.label)


def test_the_base_is_left_alone(operation: Operation, base: BaseOf) -> None:
    """Making rows does not change the base."""
    given = base(operation)
    before = deepcopy(given)

    rows(operation, given)

    assert given == before


def test_rows_are_the_same_each_time(operation: Operation, base: BaseOf) -> None:
    """Two calls return equal rows in the same order."""
    first = rows(operation, base(operation))
    second = rows(operation, base(operation))

    assert first == second


def test_values_of_the_base_are_kept(contract: Contract, base: BaseOf) -> None:
    """Rows about URIs keep the bucket of the base."""
    operation = contract.operations["BatchGetFileMeta"]
    given = {**base(operation), "URIs": ["oss://my-bucket/a.jpg"]}

    accepted = [row for row in rows(operation, given) if row.expect == "accepts"]

    assert all(uri.startswith(("oss://my-bucket/", "pds://")) for row in accepted for uri in row.params["URIs"])


def test_values_stay_in_the_folder_of_the_base(contract: Contract, base: BaseOf) -> None:
    """Rows about keys keep the folder of the base, if they have more than a byte."""
    operation = contract.operations["BatchGetFileMeta"]
    given = {**base(operation), "URIs": ["oss://my-bucket/mine/too/a.jpg"]}

    found = [row for row in rows(operation, given) if row.label.startswith("key ") and row.expect == "accepts"]
    uris = {row.label: row.params["URIs"][0] for row in found}

    assert uris.pop("key of 1 byte") == "oss://my-bucket/a"
    assert all(uri.startswith("oss://my-bucket/mine/too/") for uri in uris.values())
    assert {len(uris[name].partition("my-bucket/")[2].encode()) for name in uris if "1023" in name} == {1023}


def test_too_many_items_has_the_full_list_as_control(contract: Contract, base: BaseOf) -> None:
    """101 URIs are compared with 100."""
    operation = contract.operations["BatchGetFileMeta"]

    row = _one(rows(operation, base(operation)), "BatchGetFileMeta/request/URIs/maxItems", "101 items")

    assert (len(row.params["URIs"]), len(row.control["URIs"])) == (101, 100)
    assert row.change == "`URIs` has 101 items instead of 100"


def _one(made: tuple[Row, ...], requirement: str, label: str) -> Row:
    (row,) = [r for r in made if (r.requirement, r.label) == (requirement, label)]
    return row


@pytest.mark.parametrize("count", [1, 99, 100, 101, 120])
def test_grown_lists_have_distinct_items(contract: Contract, base: BaseOf, count: int) -> None:
    """The items of a long list differ from each other."""
    operation = contract.operations["BatchGetFileMeta"]
    label = f"{count} item{'s' if count > 1 else ''}"

    row = _one(rows(operation, base(operation)), "BatchGetFileMeta/request/URIs/maxItems", label)

    assert len(set(row.params["URIs"])) == count


def test_grown_files_have_distinct_uris(contract: Contract, base: BaseOf) -> None:
    """The files of a long list have URIs of their own."""
    operation = contract.operations["BatchIndexFileMeta"]

    row = _one(rows(operation, base(operation)), "BatchIndexFileMeta/request/Files/maxItems", "100 items")

    assert len({file["URI"] for file in row.params["Files"]}) == 100


def test_an_alternative_takes_the_place_of_the_other(contract: Contract) -> None:
    """Rows about UploadURLs have no JobIds, which would win over them."""
    operation = contract.operations["GetUrlUploadInfos"]

    made = rows(operation, {"JobIds": ["df2ac80b481346daa1db6a7c40edc7f8"]})

    assert all(len(row.params) == 1 for row in made)


def test_a_pds_file_has_its_hash(contract: Contract, base: BaseOf) -> None:
    """A file of PDS comes with a FileHash in the row and in its control."""
    operation = contract.operations["IndexFileMeta"]

    row = _one(rows(operation, base(operation)), "IndexFileMeta/request/File/URI/pattern", "pds")

    assert row.params["File"]["FileHash"]
    assert row.control["File"]["FileHash"]


def test_an_ossuri_belongs_to_a_pds_file(contract: Contract, base: BaseOf) -> None:
    """Rows about OSSURI are about files of PDS."""
    operation = contract.operations["IndexFileMeta"]

    made = [r for r in rows(operation, base(operation)) if "/OSSURI/" in r.requirement]

    assert made
    assert all(row.params["File"]["URI"].startswith("pds://") for row in made)


def test_resource_names_are_not_replaced_in_accepted_rows(contract: Contract, base: BaseOf) -> None:
    """What is accepted refers to the project of the base."""
    operation = contract.operations["GetTask"]
    given = base(operation)

    accepted = [row for row in rows(operation, given) if row.expect == "accepts"]

    assert {row.params["ProjectName"] for row in accepted} == {given["ProjectName"]}


@pytest.mark.parametrize(
    ("requirement", "labels"),
    [
        ("Owner/required", {"present", "absent", "empty text"}),
        ("Owner/maxLength", {"as given", "9 characters", "16 characters"}),
        ("Dry/type", {"true", "false", "word", "number", "array", "object"}),
        ("Count/minimum", {"2", "1", "0", "-999"}),
        ("Count/maximum", {"49", "50", "51", "1050"}),
        ("Big/format", {"as given", "2147483647", "-2147483648", "2147483648", "-2147483649"}),
        ("Mode/enum", {"Fast", "Slow", "unlisted value", "wrong case", "spaces"}),
        ("Plates/minItems", {"3 items", "2 items", "1 item"}),
        ("Plates/maxItems", {"3 items", "4 items", "5 items", "8 items"}),
        (
            "Note/maxBytes",
            {
                *("1 byte", "19 bytes", "20 bytes", "21 bytes", "40 bytes"),
                *("20 bytes, multi-byte", "21 bytes, multi-byte"),
            },
        ),
        ("Things/required", {"present", "absent", "empty text", "null"}),
        (
            "Things/type",
            {
                *("array", "broken JSON", "string instead of array", "integer instead of array"),
                *("number instead of array", "boolean instead of array", "object instead of array"),
            },
        ),
        ("Things[]/URI/required", {"present", "absent", "null"}),
        ("Things[]/Version/const", {"v1", "unlisted value", "wrong case", "spaces"}),
        ("Things[]/Tags{}/minLength", {"3 characters", "2 characters", "1 character", "0 characters"}),
        ("Things[]/Parts[]/Level/maximum", {"2", "3", "4", "1003"}),
        ("Things[]/Setting#/power/required", {"present", "absent", "null"}),
    ],
)
def test_rows_of_a_keyword(things: dict[str, dict[str, Row]], requirement: str, labels: set[str]) -> None:
    """A keyword has the rows that its documented value calls for."""
    assert set(things[requirement]) == labels


def test_a_trailing_newline_is_outside_a_pattern(things: dict[str, dict[str, Row]]) -> None:
    """Patterns have a row for the newline that careless matching lets pass."""
    row = things["Plates[]/pattern"]["trailing newline"]

    assert row.params["Plates"][0].endswith("\n")


def test_items_of_comma_lists_hold_no_comma(contract: Contract, small: Contract, base: BaseOf) -> None:
    """No row has an item that the wire would split, or an empty one."""
    operation = small.operations["MakeThings"]

    items = [item for row in rows(operation, base(operation)) for item in _plates(row)]

    assert items
    assert all(item and "," not in item for item in items)


def _plates(row: Row) -> list[str]:
    value = row.params.get("Plates", [])
    return value if isinstance(value, list) else []


def test_broken_json_is_raw_text(things: dict[str, dict[str, Row]]) -> None:
    """Broken JSON is wire text, since no JSON value encodes to it."""
    row = things["Things/type"]["broken JSON"]

    assert row.params["Things"] == RawText('[{"URI":"oss://examplebucket/sampleobject.jpg"}')


def test_text_inside_a_text_is_changed_in_place(things: dict[str, dict[str, Row]]) -> None:
    """A member of JSON text inside a string is removed from that text."""
    row = things["Things[]/Setting#/power/required"]["absent"]

    assert row.params["Things"][0]["Setting"] == "{}"


def test_true_is_not_the_control_that_holds_one() -> None:
    """A row is its control only if both are the same JSON, whatever Python calls equal."""
    row = Row("true", "refuses", "Op/request/Score/type", {"Score": True}, {"Score": 1}, "a boolean")

    assert not row.is_control
    assert replace(row, params={"Score": 1}).is_control
