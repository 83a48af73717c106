"""Bindings and the scanning of buckets."""

import json
from pathlib import Path

import pytest

from emulator import OffsetClock
from tests.emulator.conftest import Caller, StillClock

URI = "oss://test-bucket"


def found(caller: Caller, key: str) -> bool:
    """Tell whether an object of the bucket is indexed."""
    return bool(caller.scoped("BatchGetFileMeta", URIs=[f"{URI}/{key}"]).body["Files"])


def test_new_binding(dataset: Caller) -> None:
    """A new binding is ready, has no phase, and its times are equal."""
    binding = dataset.scoped("CreateBinding", URI=URI).body["Binding"]

    assert binding == {
        "Phase": "",
        "ProjectName": "project",
        "DatasetName": "dataset",
        "State": "Ready",
        "CreateTime": "2024-05-06T15:08:09.123456+08:00",
        "UpdateTime": "2024-05-06T15:08:09.123456+08:00",
        "URI": URI,
    }


def test_fields_are_those_of_the_documented_sample(dataset: Caller, data: Path) -> None:
    """A binding has the fields of the sample answer."""
    sample = json.loads((data / "examples" / "CreateBinding.response.json").read_text())

    assert dataset.scoped("CreateBinding", URI=URI).body["Binding"].keys() == sample["Binding"].keys()


@pytest.mark.parametrize(
    ("seconds", "state", "phase"),
    [(0, "Ready", ""), (0.06, "Running", "FullScanning"), (0.16, "Running", "IncrementalScanning")],
)
def test_progress(dataset: Caller, clock: StillClock, seconds: float, state: str, phase: str) -> None:
    """A binding goes from ready over the full scan to the incremental one, and its times stay."""
    created = dataset.scoped("CreateBinding", URI=URI).body["Binding"]
    clock.advance(seconds)

    binding = dataset.scoped("GetBinding", URI=URI).body["Binding"]

    assert binding == created | {"State": state, "Phase": phase}


@pytest.mark.parametrize("action", ["CreateBinding", "GetBinding", "DeleteBinding"])
@pytest.mark.parametrize("name", ["ProjectName", "DatasetName", "URI"])
def test_parameters_are_required(dataset: Caller, action: str, name: str) -> None:
    """All three parameters are required."""
    params = {"ProjectName": "project", "DatasetName": "dataset", "URI": URI} | {name: ""}

    reply = dataset.imm(action, **params)

    assert (reply.status, reply.code) == (400, "InvalidArgument")
    assert f"The parameter {name} is required" in reply.body["Message"]


@pytest.mark.parametrize(
    "uri",
    [
        "oss://test-bucket/",
        "oss://test-bucket/a.jpg",
        "pds://domains/a/drives/1/files/b/revisions/c",
        "http://test-bucket",
        "oss://",
        "oss://ab",
        "oss://-ab",
        "oss://Abc",
        f"oss://{'a' * 64}",
        "test-bucket",
        "oss://abc\n",
    ],
)
def test_other_uris_are_refused(dataset: Caller, uri: str) -> None:
    """Only a bucket can be bound."""
    assert dataset.scoped("CreateBinding", URI=uri).code == "InvalidArgument"


@pytest.mark.parametrize("bucket", ["abc", "a-1", "0" * 63])
def test_bucket_names_are_accepted(dataset: Caller, bucket: str) -> None:
    """A bucket name of 3 to 63 lower-case letters, digits and hyphens is accepted."""
    assert dataset.scoped("CreateBinding", URI=f"oss://{bucket}").status == 200


@pytest.mark.parametrize(
    ("project", "dataset_name", "resource"), [("other", "dataset", "project"), ("project", "other", "dataset")]
)
def test_unknown_scope(dataset: Caller, project: str, dataset_name: str, resource: str) -> None:
    """An unknown project or dataset is refused."""
    reply = dataset.imm("CreateBinding", ProjectName=project, DatasetName=dataset_name, URI=URI)

    assert (reply.code, reply.body["Message"]) == (
        "ResourceNotFound",
        f"The specified resource {resource} is not found.",
    )


def test_unknown_binding(dataset: Caller) -> None:
    """GetBinding of a bucket that is not bound is refused."""
    reply = dataset.scoped("GetBinding", URI=URI)

    assert (reply.status, reply.code) == (400, "ResourceNotFound")


def test_second_binding_of_a_bucket_is_refused(dataset: Caller) -> None:
    """A bucket can be bound once to a dataset."""
    dataset.scoped("CreateBinding", URI=URI)

    assert dataset.scoped("CreateBinding", URI=URI).code == "ResourceAlreadyExists"


def test_one_binding_too_many_is_refused(dataset: Caller) -> None:
    """A dataset has at most ten bindings, and counts them."""
    statuses = [dataset.scoped("CreateBinding", URI=f"oss://bucket-{number}").status for number in range(10)]

    reply = dataset.scoped("CreateBinding", URI="oss://bucket-10")

    assert statuses == [200] * 10
    assert reply.code == "LimitExceededError"
    assert dataset.scoped("GetDataset").body["Dataset"]["BindCount"] == 10


def test_deleted_binding_is_not_found(dataset: Caller) -> None:
    """After DeleteBinding there is no binding."""
    dataset.scoped("CreateBinding", URI=URI)

    assert dataset.scoped("DeleteBinding", URI=URI).status == 200
    assert dataset.scoped("GetBinding", URI=URI).code == "ResourceNotFound"


def test_full_scan_indexes_what_is_there(dataset: Caller, clock: StillClock) -> None:
    """Objects that the bucket holds are indexed by the end of the full scan, not before."""
    dataset.emulator.put_object("test-bucket", "a.jpg")
    dataset.scoped("CreateBinding", URI=URI)
    before = found(dataset, "a.jpg")
    clock.advance(0.16)

    assert (before, found(dataset, "a.jpg")) == (False, True)


def test_incremental_scan_indexes_what_is_added(dataset: Caller, clock: StillClock) -> None:
    """Objects that are put later are indexed without another call."""
    dataset.scoped("CreateBinding", URI=URI)
    clock.advance(1)
    dataset.emulator.put_object("test-bucket", "later.jpg")
    clock.advance(0.06)

    assert found(dataset, "later.jpg")


def test_scan_after_deletion(dataset: Caller, clock: StillClock) -> None:
    """What is put after the binding was deleted is not indexed."""
    dataset.scoped("CreateBinding", URI=URI)
    dataset.scoped("DeleteBinding", URI=URI)
    dataset.emulator.put_object("test-bucket", "later.jpg")
    clock.advance(1)

    assert not found(dataset, "later.jpg")


@pytest.mark.parametrize(("bucket", "key"), [("AB", "a"), ("test-bucket", ""), ("test-bucket", "/a")])
def test_impossible_objects(caller: Caller, bucket: str, key: str) -> None:
    """An object that OSS cannot hold cannot be put."""
    with pytest.raises(ValueError, match="expected the"):
        caller.emulator.put_object(bucket, key)


def test_dataset_with_a_binding_is_not_deleted(dataset: Caller) -> None:
    """DeleteDataset is refused while a binding is left."""
    dataset.scoped("CreateBinding", URI=URI)

    assert dataset.scoped("DeleteDataset").code == "StatusConflict"


def test_sample_bucket_shows_an_empty_reason(dataset: Caller) -> None:
    """The bucket named after the sample shows Reason, empty because nothing failed."""
    assert dataset.scoped("CreateBinding", URI="oss://sampleobject").body["Binding"]["Reason"] == ""


def test_offset_clock_replaces_waiting(caller: Caller) -> None:
    """Advancing the clock has the effect of waiting."""
    clock = OffsetClock()
    before = clock.now()

    clock.advance(3600)

    assert (clock.now() - before).total_seconds() >= 3600
