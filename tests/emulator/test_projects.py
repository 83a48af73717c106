"""Projects and datasets."""

import pytest

from emulator import Emulator, Limits
from tests.emulator.conftest import Caller, StillClock

GOOD_NAMES = ["a", "_", "Z-9_", "a" * 128]
BAD_NAMES = ["9a", "-a", "a b", "a" * 129, "ä", "a.b", "a\n"]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_project_name_is_accepted(caller: Caller, name: str) -> None:
    """A name that follows the rule makes a project of that name."""
    reply = caller.imm("CreateProject", ProjectName=name)

    assert (reply.status, reply.body["Project"]["ProjectName"]) == (200, name)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_project_name_is_refused(caller: Caller, name: str) -> None:
    """A name that breaks the rule is refused."""
    reply = caller.imm("CreateProject", ProjectName=name)

    assert (reply.status, reply.code) == (400, "InvalidArgument")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_dataset_name_is_refused(caller: Caller, name: str) -> None:
    """The same rule holds for datasets."""
    caller.imm("CreateProject", ProjectName="project")

    assert caller.imm("CreateDataset", ProjectName="project", DatasetName=name).code == "InvalidArgument"


@pytest.mark.parametrize("action", ["CreateProject", "GetProject", "DeleteProject"])
def test_project_name_is_required(caller: Caller, action: str) -> None:
    """A call without ProjectName names it in its refusal."""
    reply = caller.imm(action)

    assert (reply.status, reply.code) == (400, "InvalidArgument")
    assert reply.body["Message"] == "The parameter ProjectName is required but not provided."


def test_project_has_its_documented_fields(caller: Caller) -> None:
    """A project with tags shows all 18 fields, with equal times."""
    project = caller.imm("CreateProject", ProjectName="p", Tag=[{"Key": "k", "Value": "v"}]).body["Project"]

    assert len(project) == 18
    assert project["CreateTime"] == project["UpdateTime"] == "2024-05-06T15:08:09.123456+08:00"
    assert project["Tags"] == [{"TagKey": "k", "TagValue": "v"}]


def test_dataset_has_its_documented_fields(dataset: Caller) -> None:
    """A dataset with workflow parameters shows all 15 fields, with equal times."""
    reply = dataset.imm(
        "CreateDataset", ProjectName="project", DatasetName="d", WorkflowParameters=[{"Name": "n", "Value": "v"}]
    )

    assert len(reply.body["Dataset"]) == 15
    assert reply.body["Dataset"]["CreateTime"] == reply.body["Dataset"]["UpdateTime"]


def test_get_project_equals_creation(caller: Caller) -> None:
    """GetProject shows what CreateProject showed."""
    created = caller.imm("CreateProject", ProjectName="p", Description="text")

    assert caller.imm("GetProject", ProjectName="p", WithStatistics="True").body["Project"] == created.body["Project"]


def test_get_dataset_equals_creation(dataset: Caller) -> None:
    """GetDataset shows what CreateDataset showed."""
    created = dataset.imm("CreateDataset", ProjectName="project", DatasetName="d")

    shown = dataset.imm("GetDataset", ProjectName="project", DatasetName="d").body["Dataset"]

    assert shown == created.body["Dataset"]


def test_second_project_of_a_name_is_refused(dataset: Caller) -> None:
    """A name can be used once."""
    assert dataset.imm("CreateProject", ProjectName="project").code == "ResourceAlreadyExists"


def test_second_dataset_of_a_name_is_refused(dataset: Caller) -> None:
    """A name can be used once in a project."""
    assert dataset.scoped("CreateDataset").code == "ResourceAlreadyExists"


def test_one_project_too_many_is_refused(clock: StillClock, caller: Caller) -> None:
    """The number of projects is limited."""
    caller.emulator = Emulator(clock=clock, limits=Limits(max_projects=1))
    caller.imm("CreateProject", ProjectName="a")

    assert caller.imm("CreateProject", ProjectName="b").code == "LimitExceededError"


def test_one_dataset_too_many_is_refused(caller: Caller) -> None:
    """ProjectMaxDatasetCount limits the datasets."""
    caller.imm("CreateProject", ProjectName="p", ProjectMaxDatasetCount=1)
    caller.imm("CreateDataset", ProjectName="p", DatasetName="a")

    assert caller.imm("CreateDataset", ProjectName="p", DatasetName="b").code == "LimitExceededError"


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (10, 200), (11, 400), ("x", 400), ("1.0", 400)])
def test_range_of_bindings(caller: Caller, count: object, status: int) -> None:
    """DatasetMaxBindCount is 1 to 10."""
    assert caller.imm("CreateProject", ProjectName="p", DatasetMaxBindCount=count).status == status


def test_dataset_takes_the_quotas_of_its_project(caller: Caller) -> None:
    """A quota that a dataset is not given is that of the project."""
    caller.imm("CreateProject", ProjectName="p", DatasetMaxBindCount=3)

    created = caller.imm("CreateDataset", ProjectName="p", DatasetName="d", DatasetMaxFileCount=5).body["Dataset"]

    assert (created["DatasetMaxBindCount"], created["DatasetMaxFileCount"]) == (3, 5)


@pytest.mark.parametrize(("length", "status"), [(256, 200), (257, 400)])
def test_length_of_a_description(caller: Caller, length: int, status: int) -> None:
    """A description has at most 256 characters."""
    assert caller.imm("CreateProject", ProjectName="p", Description="ä" * length).status == status


def test_project_with_datasets_is_not_deleted(dataset: Caller) -> None:
    """DeleteProject is refused while a dataset is left."""
    reply = dataset.imm("DeleteProject", ProjectName="project")

    assert (reply.status, reply.code) == (400, "StatusConflict")


def test_empty_project_is_deleted(dataset: Caller) -> None:
    """After its datasets a project can be deleted."""
    statuses = [dataset.scoped("DeleteDataset").status, dataset.imm("DeleteProject", ProjectName="project").status]

    assert statuses == [200, 200]
    assert dataset.imm("GetProject", ProjectName="project").code == "ResourceNotFound"


@pytest.mark.parametrize("text", ["yes", "1", "null"])
def test_other_booleans_are_refused(dataset: Caller, text: str) -> None:
    """A boolean is true or false."""
    assert dataset.imm("GetProject", ProjectName="project", WithStatistics=text).code == "InvalidArgument"


@pytest.mark.parametrize(
    ("action", "project", "resource"),
    [("GetProject", "other", "project"), ("GetDataset", "other", "project"), ("GetDataset", "project", "dataset")],
)
def test_unknown_resources(dataset: Caller, action: str, project: str, resource: str) -> None:
    """What does not exist is refused by its kind."""
    reply = dataset.imm(action, ProjectName=project, DatasetName="other")

    assert (reply.status, reply.code) == (400, "ResourceNotFound")
    assert reply.body["Message"] == f"The specified resource {resource} is not found."


def test_statistics_count_indexed_files(dataset: Caller, clock: StillClock) -> None:
    """Files and bytes of a dataset and its project are counted."""
    dataset.scoped("IndexFileMeta", File={"URI": "oss://bucket/a.jpg"})
    clock.advance(1)

    size = dataset.scoped("BatchGetFileMeta", URIs=["oss://bucket/a.jpg"]).body["Files"][0]["Size"]
    project = dataset.imm("GetProject", ProjectName="project").body["Project"]

    assert (project["DatasetCount"], project["FileCount"], project["TotalFileSize"]) == (1, 1, size)
