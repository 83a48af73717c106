"""Indexing files, reading their metadata, removing entries."""

from collections.abc import Mapping
from typing import Any

import pytest

from emulator import Emulator, Limits
from tests.emulator.conftest import Caller, StillClock

URI = "oss://bucket/a.jpg"
PDS = "pds://domains/bj1/drives/12/files/9520943DC264/revisions/40CB7794C929"
GOOD_URIS = [
    URI,
    "oss://bucket/dir/with space+%2B?*~(1).JPG",
    "oss://bucket/照片",
    "oss://bucket/a//b/",
    f"oss://bucket/{'k' * 1023}",
    f"oss://bucket/{'ä' * 511}",
]
BAD_URIS = [
    "",
    "a.jpg",
    "oss://bucket",
    "oss://bucket/",
    "oss://bucket//a",
    "oss://bucket/\\a",
    f"oss://bucket/{'k' * 1024}",
    f"oss://bucket/{'ä' * 512}",
    "oss://Bucket/a",
    "oss://ab/a",
    "oss:///a",
    "OSS://bucket/a",
    "http://bucket/a.jpg",
    "https://bucket/a.jpg",
    "pds://domains/a/drives/1/files/b/revisions/",
    "pds://domains/a/drives/1/files/b",
    "pds://domains/a/files/b/drives/1/revisions/c",
    f"{PDS}/more",
]


def index(caller: Caller, clock: StillClock, *files: Mapping[str, object]) -> None:
    """Index files and wait until they can be read."""
    assert caller.scoped("BatchIndexFileMeta", Files=list(files)).status == 200
    clock.advance(1)


def files(caller: Caller, *uris: str, **params: object) -> list[dict[str, Any]]:
    """Return the files that BatchGetFileMeta finds."""
    reply = caller.scoped("BatchGetFileMeta", URIs=list(uris), **params)
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.body["Files"]
    return found


def uris(count: int) -> list[str]:
    """Return this many URIs."""
    return [f"oss://bucket/{number}.jpg" for number in range(count)]


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("BatchGetFileMeta", {"URIs": [URI]}),
        ("BatchIndexFileMeta", {"Files": [{"URI": URI}]}),
        ("IndexFileMeta", {"File": {"URI": URI}}),
        ("DeleteFileMeta", {"URI": URI}),
        ("BatchDeleteFileMeta", {"URIs": [URI]}),
    ],
)
@pytest.mark.parametrize("missing", ["ProjectName", "DatasetName", "own"])
def test_parameters_are_required(dataset: Caller, action: str, params: dict[str, object], missing: str) -> None:
    """Project, dataset and what the call is about are required, and the refusal names what is missing."""
    name = next(iter(params)) if missing == "own" else missing
    given = {"ProjectName": "project", "DatasetName": "dataset", **params} | {name: ""}

    reply = dataset.imm(action, **given)

    assert (reply.status, reply.code) == (400, "InvalidArgument")
    assert reply.body["Message"] == f"The parameter {name} is required but not provided."


@pytest.mark.parametrize("action", ["BatchGetFileMeta", "BatchDeleteFileMeta"])
@pytest.mark.parametrize(("count", "code"), [(0, "InvalidArgument"), (1, ""), (100, ""), (101, "LimitExceededError")])
def test_number_of_uris(dataset: Caller, action: str, count: int, code: str) -> None:
    """1 to 100 URIs are accepted."""
    assert dataset.scoped(action, URIs=uris(count)).code == code


@pytest.mark.parametrize(("count", "code"), [(0, "InvalidArgument"), (1, ""), (100, ""), (101, "LimitExceededError")])
def test_number_of_files(dataset: Caller, count: int, code: str) -> None:
    """1 to 100 files are accepted."""
    assert dataset.scoped("BatchIndexFileMeta", Files=[{"URI": uri} for uri in uris(count)]).code == code


@pytest.mark.parametrize("text", ["{}", '"oss://bucket/a"', "1", "null", "[1]", "[null]", '[["oss://bucket/a"]]'])
@pytest.mark.parametrize("action", ["BatchGetFileMeta", "BatchDeleteFileMeta"])
def test_uris_must_be_an_array_of_texts(dataset: Caller, action: str, text: str) -> None:
    """Other JSON is refused."""
    assert dataset.scoped(action, URIs=text).code == "InvalidArgument"


@pytest.mark.parametrize("text", ["[", "oss://bucket/a", "[NaN]", '["\\ud800"]', "[1e999]", "[" * 100_000])
@pytest.mark.parametrize(
    ("action", "name"), [("BatchGetFileMeta", "URIs"), ("BatchIndexFileMeta", "Files"), ("IndexFileMeta", "File")]
)
def test_malformed_json_is_refused(dataset: Caller, action: str, name: str, text: str) -> None:
    """Text that is not JSON, or could not be sent back as JSON, is refused with the parameter named."""
    reply = dataset.scoped(action, **{name: text})

    assert (reply.status, reply.code) == (400, "InvalidJSON")
    assert name in reply.body["Message"]


@pytest.mark.parametrize("uri", GOOD_URIS)
def test_uris_are_accepted_and_echoed(dataset: Caller, clock: StillClock, uri: str) -> None:
    """Any OSS file URI can be indexed and comes back as it was."""
    index(dataset, clock, {"URI": uri})

    (file,) = files(dataset, uri)
    assert (file["URI"], file["Filename"]) == (uri, uri.removeprefix("oss://bucket/"))


@pytest.mark.parametrize("uri", BAD_URIS)
@pytest.mark.parametrize("action", ["BatchGetFileMeta", "BatchIndexFileMeta", "IndexFileMeta", "DeleteFileMeta"])
def test_other_uris_are_refused(dataset: Caller, action: str, uri: str) -> None:
    """What names no file of OSS or PDS is refused."""
    source = {"URI": uri, "FileHash": "x"}
    params = {"URIs": [uri], "Files": [source], "File": source, "URI": uri}

    assert dataset.scoped(action, **params).code == "InvalidArgument"


def test_whitespace_and_escapes_in_json(dataset: Caller, clock: StillClock) -> None:
    """JSON parameters may have any spacing and escapes."""
    index(dataset, clock, {"URI": "oss://bucket/照片.jpg"})

    reply = dataset.scoped("BatchGetFileMeta", URIs=' [ "oss:\\/\\/bucket/\\u7167\\u7247.jpg" ]\n')

    assert len(reply.body["Files"]) == 1


@pytest.mark.parametrize("text", ["[]", '"x"', "1", "null"])
def test_file_must_be_an_object(dataset: Caller, text: str) -> None:
    """IndexFileMeta takes one object."""
    assert dataset.scoped("IndexFileMeta", File=text).code == "InvalidArgument"


@pytest.mark.parametrize("files", [{}, [1], ["x"], [None], [[]]])
def test_files_must_be_an_array_of_objects(dataset: Caller, files: object) -> None:
    """BatchIndexFileMeta takes an array of objects."""
    assert dataset.scoped("BatchIndexFileMeta", Files=files).code == "InvalidArgument"


@pytest.mark.parametrize(
    "members",
    [
        {"Addresses": [], "Figures": [], "Labels": []},
        {"CustomId": "", "CustomLabels": None, "MediaType": ""},
        {"CustomLabels": {"a": "b", "n": 1, "o": {"x": [None]}}},
        {"MediaType": "video", "ContentType": "video/mp4"},
        {"ContentType": "text/plain; charset=utf-8"},
        {"LatLong": "+1.5,-2"},
        {"LatLong": "", "ProduceTime": "", "OSSURI": ""},
        {"LatLong": "-90,180.0", "ProduceTime": "2021-06-29T14:50:13.011643661+08:00"},
        {"Labels": [{"LabelName": "cat", "LabelLevel": 3, "LabelConfidence": 1, "Clips": [{"TimeRange": [0, 1]}]}]},
        {"Addresses": [{"Language": "en", "City": "Paris"}]},
        {"Labels": [{"Clips": [{"TimeRange": [0]}, {"TimeRange": [1, 0]}, {"TimeRange": []}, {}]}]},
        {"Figures": [{"FigureId": "f", "FigureType": "face"}, {"FigureType": ""}]},
        {"Unknown": 1},
    ],
)
def test_members_of_a_file_are_accepted(dataset: Caller, members: dict[str, object]) -> None:
    """Everything that InputFile documents is accepted; empty values mean "not given"."""
    assert dataset.scoped("IndexFileMeta", File={"URI": URI} | members).status == 200


@pytest.mark.parametrize(
    "members",
    [
        {"URI": None},
        {"URI": 1},
        {"CustomLabels": []},
        {"CustomLabels": "a=b"},
        {"CustomId": 1},
        {"MediaType": "picture"},
        {"MediaType": "Image"},
        {"ContentType": "jpeg"},
        {"ContentType": "image/jpeg; quality"},
        {"LatLong": "91,0"},
        {"LatLong": "1, 2"},
        {"LatLong": "1"},
        {"LatLong": "1,2\n"},
        {"ProduceTime": "yesterday"},
        {"ProduceTime": "2021-02-30T00:00:00Z"},
        {"OSSURI": "oss://bucket/b.jpg"},
        {"Title": ["t"]},
        {"Labels": {}},
        {"Labels": [1]},
        {"Labels": [{"LabelLevel": 4}]},
        {"Labels": [{"LabelLevel": True}]},
        {"Labels": [{"LabelLevel": 1.0}]},
        {"Labels": [{"LabelConfidence": 1.1}]},
        {"Labels": [{"CentricScore": "1"}]},
        {"Labels": [{"LabelConfidence": True}]},
        {"Labels": [{"CentricScore": False}]},
        {"Labels": [{"Clips": [{"TimeRange": ["0"]}]}]},
        {"Labels": [{"Clips": [{"TimeRange": [0, True]}]}]},
        {"Labels": [{"Clips": [{"TimeRange": 5}]}]},
        {"Addresses": "Paris"},
        {"Addresses": [{"City": 1}]},
        {"Figures": [{"FigureId": 1}]},
        {"Figures": [{"FigureType": "body"}]},
    ],
)
@pytest.mark.parametrize("action", ["BatchIndexFileMeta", "IndexFileMeta"])
def test_members_of_a_file_are_refused(dataset: Caller, action: str, members: dict[str, object]) -> None:
    """A member of another type or value is refused."""
    source = {"URI": URI} | members

    assert dataset.scoped(action, File=source, Files=[source]).code == "InvalidArgument"


def test_pds_file_needs_its_hash(dataset: Caller) -> None:
    """A PDS URI without FileHash is refused."""
    reply = dataset.scoped("IndexFileMeta", File={"URI": PDS})

    assert (reply.code, reply.body["Message"]) == (
        "InvalidArgument",
        "The parameter File.FileHash is required but not provided.",
    )


def test_pds_file(dataset: Caller, clock: StillClock) -> None:
    """A PDS file shows the given hash and OSS URI."""
    index(dataset, clock, {"URI": PDS, "FileHash": "abc", "OSSURI": "oss://bucket/dir/a.jpg"})

    (file,) = files(dataset, PDS)
    assert (file["FileHash"], file["OSSURI"], file["Filename"]) == ("abc", "oss://bucket/dir/a.jpg", "dir/a.jpg")


def test_pds_file_refuses_a_wrong_oss_uri(dataset: Caller) -> None:
    """OSSURI must be an OSS file URI."""
    reply = dataset.scoped("IndexFileMeta", File={"URI": PDS, "FileHash": "abc", "OSSURI": "oss://bucket"})

    assert reply.code == "InvalidArgument"


def test_index_answers_before_it_is_done(dataset: Caller, clock: StillClock) -> None:
    """A file can be read a while after the call, not at once."""
    reply = dataset.scoped("IndexFileMeta", File={"URI": URI})
    before = files(dataset, URI)
    clock.advance(0.05)

    assert sorted(reply.body) == ["EventId", "RequestId"]
    assert (before, len(files(dataset, URI))) == ([], 1)


def test_event_ids_differ(dataset: Caller) -> None:
    """Each index call has its own event."""
    replies = [dataset.scoped("IndexFileMeta", File={"URI": URI}) for _ in range(2)]

    assert replies[0].body["EventId"] != replies[1].body["EventId"]


def test_file_that_does_not_exist_is_never_found(dataset: Caller, clock: StillClock) -> None:
    """The call takes a file that does not exist, but it never appears; others do."""
    index(dataset, clock, {"URI": "oss://bucket/missing/a.jpg"}, {"URI": URI})

    assert [file["URI"] for file in files(dataset, "oss://bucket/missing/a.jpg", URI)] == [URI]


def test_single_and_batch_indexing_are_equal(dataset: Caller, clock: StillClock) -> None:
    """IndexFileMeta stores what BatchIndexFileMeta stores."""
    index(dataset, clock, {"URI": URI, "CustomId": "x"})
    batch = files(dataset, URI)
    dataset.scoped("DeleteFileMeta", URI=URI)
    dataset.scoped("IndexFileMeta", File={"URI": URI, "CustomId": "x"})
    clock.advance(1)

    times = {"CreateTime", "UpdateTime"}
    single = files(dataset, URI)
    assert [single[0][name] for name in single[0].keys() - times] == [
        batch[0][name] for name in batch[0].keys() - times
    ]


def test_indexing_again_updates_the_entry(dataset: Caller, clock: StillClock) -> None:
    """The second indexing keeps identity and creation, moves the update on, and replaces labels and id."""
    index(dataset, clock, {"URI": URI, "CustomId": "1", "CustomLabels": {"a": "b"}})
    (first,) = files(dataset, URI)
    index(dataset, clock, {"URI": URI, "CustomId": "2"})

    (second,) = files(dataset, URI)
    assert (second["ObjectId"], second["CreateTime"]) == (first["ObjectId"], first["CreateTime"])
    assert first["UpdateTime"] == first["CreateTime"] < second["UpdateTime"]
    assert (second["CustomId"], "CustomLabels" in second) == ("2", False)


def test_indexing_twice_at_once_moves_the_update_on(dataset: Caller, clock: StillClock) -> None:
    """Even at the same moment the second update is later."""
    index(dataset, clock, {"URI": URI}, {"URI": URI})

    (file,) = files(dataset, URI)
    assert file["CreateTime"] < file["UpdateTime"]


def test_labels_come_back_unchanged(dataset: Caller, clock: StillClock) -> None:
    """Custom labels and id are stored as given, blanks included."""
    given = {"CustomId": "\t\nid", "CustomLabels": {"Enabled": "True", "n": 10, "deep": {"x": [1.5, None]}}}
    index(dataset, clock, {"URI": URI, **given})

    (file,) = files(dataset, URI)
    assert {name: file[name] for name in given} == given


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Title", "t"),
        ("LatLong", "1.5,-2"),
        ("ProduceTime", "2020-01-01T00:00:00Z"),
        ("Labels", [{"LabelName": "cat", "LabelLevel": 1}]),
        ("Addresses", [{"City": "Paris"}]),
        ("MediaType", "other"),
    ],
)
def test_what_the_caller_says_is_shown(dataset: Caller, clock: StillClock, name: str, value: object) -> None:
    """What the caller says about a file goes before what is found in it."""
    index(dataset, clock, {"URI": URI, name: value})

    assert files(dataset, URI)[0][name] == value


def test_keys_are_case_sensitive(dataset: Caller, clock: StillClock) -> None:
    """Two keys that differ in case are two files."""
    index(dataset, clock, {"URI": URI}, {"URI": "oss://bucket/A.jpg"})

    assert len({file["ObjectId"] for file in files(dataset, URI, "oss://bucket/A.jpg")}) == 2


def test_files_come_once_in_the_order_of_the_request(dataset: Caller, clock: StillClock) -> None:
    """A URI asked for twice is answered once."""
    index(dataset, clock, *({"URI": uri} for uri in uris(3)))

    found = files(dataset, *reversed(uris(3)), *uris(3))

    assert [file["URI"] for file in found] == uris(3)[::-1]


def test_hundred_files(dataset: Caller, clock: StillClock) -> None:
    """All of 100 files are found."""
    index(dataset, clock, *({"URI": uri} for uri in uris(100)))

    assert [file["URI"] for file in files(dataset, *uris(100))] == uris(100)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (["URI"], {"URI"}),
        (["Size", "URI", "Size"], {"URI", "Size"}),
        (["URI", "Nothing", "Labels.LabelName"], {"URI"}),
        (["size"], set()),
    ],
)
def test_projection(dataset: Caller, clock: StillClock, fields: list[str], shown: set[str]) -> None:
    """With WithFields exactly the named fields that exist come back, with their values."""
    index(dataset, clock, {"URI": URI})
    (whole,) = files(dataset, URI)

    (file,) = files(dataset, URI, WithFields=fields)

    assert file == {name: whole[name] for name in shown}


def test_empty_projection_shows_all(dataset: Caller, clock: StillClock) -> None:
    """An empty list of fields counts as not given."""
    index(dataset, clock, {"URI": URI})

    assert files(dataset, URI, WithFields=[]) == files(dataset, URI)


@pytest.mark.parametrize("fields", ["{}", "null", "[1]", '"URI"'])
def test_projection_must_be_an_array_of_texts(dataset: Caller, fields: str) -> None:
    """WithFields of another type is refused."""
    assert dataset.scoped("BatchGetFileMeta", URIs=[URI], WithFields=fields).code == "InvalidArgument"


@pytest.mark.parametrize(("action", "name"), [("DeleteFileMeta", "URI"), ("BatchDeleteFileMeta", "URIs")])
def test_deleted_file_is_not_found(dataset: Caller, clock: StillClock, action: str, name: str) -> None:
    """After its removal an entry is not found, and removing it again succeeds."""
    index(dataset, clock, {"URI": URI})
    value = [URI] if name == "URIs" else URI

    statuses = [dataset.scoped(action, **{name: value}).status for _ in range(2)]

    assert (statuses, files(dataset, URI)) == ([200, 200], [])


def test_entry_deleted_while_it_is_indexed_does_not_appear(dataset: Caller, clock: StillClock) -> None:
    """A removal also covers indexing under way."""
    dataset.scoped("IndexFileMeta", File={"URI": URI})
    dataset.scoped("DeleteFileMeta", URI=URI)
    clock.advance(1)

    assert files(dataset, URI) == []


def test_dataset_with_files_is_not_deleted(dataset: Caller, clock: StillClock) -> None:
    """DeleteDataset is refused while files are left."""
    index(dataset, clock, {"URI": URI})

    assert dataset.scoped("DeleteDataset").code == "StatusConflict"


def test_dataset_made_again_is_empty(dataset: Caller, clock: StillClock) -> None:
    """Indexing under way does not outlive its dataset."""
    dataset.scoped("IndexFileMeta", File={"URI": URI})
    dataset.scoped("DeleteDataset")
    dataset.scoped("CreateDataset")
    clock.advance(1)

    assert files(dataset, URI) == []


def test_full_dataset_takes_no_more_files(caller: Caller, clock: StillClock) -> None:
    """DatasetMaxFileCount limits the files, those under way included; known files can be updated."""
    caller.imm("CreateProject", ProjectName="project")
    caller.scoped("CreateDataset", DatasetMaxFileCount=1)
    caller.scoped("IndexFileMeta", File={"URI": URI})

    codes = [caller.scoped("IndexFileMeta", File={"URI": uri}).code for uri in ("oss://bucket/b", URI)]

    assert codes == ["LimitExceededError", ""]


def test_dataset_over_its_size_takes_no_more_files(caller: Caller, clock: StillClock) -> None:
    """DatasetMaxTotalFileSize limits the bytes."""
    caller.imm("CreateProject", ProjectName="project")
    caller.scoped("CreateDataset", DatasetMaxTotalFileSize=1)
    index(caller, clock, {"URI": URI})

    assert caller.scoped("IndexFileMeta", File={"URI": "oss://bucket/b"}).code == "LimitExceededError"


@pytest.mark.parametrize("action", ["BatchIndexFileMeta", "IndexFileMeta"])
@pytest.mark.parametrize(
    ("text", "status"), [("u" * 2048, 200), ("u" * 2049, 400), ("ä" * 1024, 200), ("ä" * 1025, 400)]
)
def test_size_of_user_data(dataset: Caller, action: str, text: str, status: int) -> None:
    """UserData has at most 2048 bytes."""
    assert dataset.scoped(action, File={"URI": URI}, Files=[{"URI": URI}], UserData=text).status == status


@pytest.mark.parametrize(("project", "dataset_name"), [("other", "dataset"), ("project", "other")])
@pytest.mark.parametrize("action", ["BatchGetFileMeta", "BatchIndexFileMeta", "IndexFileMeta", "DeleteFileMeta"])
def test_unknown_scope(dataset: Caller, action: str, project: str, dataset_name: str) -> None:
    """An unknown project or dataset is refused."""
    params = {"URIs": [URI], "Files": [{"URI": URI}], "File": {"URI": URI}, "URI": URI}

    reply = dataset.imm(action, ProjectName=project, DatasetName=dataset_name, **params)

    assert (reply.status, reply.code) == (400, "ResourceNotFound")


def test_limits_are_those_of_the_server(clock: StillClock, caller: Caller) -> None:
    """A server with another limit enforces that one."""
    caller.emulator = Emulator(clock=clock, limits=Limits(max_uris=101))
    caller.imm("CreateProject", ProjectName="project")
    caller.scoped("CreateDataset")

    assert caller.scoped("BatchGetFileMeta", URIs=uris(101)).status == 200
