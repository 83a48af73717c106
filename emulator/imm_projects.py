"""Projects and datasets: creation, reading and removal (imm.md 12)."""

from emulator.context import Context, find_dataset, find_project, read_name, read_scope
from emulator.errors import limit_exceeded, resource_exists, status_conflict
from emulator.json_text import JsonObject
from emulator.params import Params
from emulator.state import Dataset, Project
from emulator.times import east_8_text

_DEFAULT_ROLE = "AliyunIMMDefaultRole"
_DEFAULT_SPEED = 100
_MAX_ENTITIES = 10_000_000_000
_MAX_RELATIONS = 100_000_000_000
_MAX_BYTES = 90_000_000_000_000_000


def create_project(params: Params, context: Context) -> JsonObject:
    """CreateProject: refuses a name that is taken and one project too many."""
    name = read_name(params, "ProjectName", context)
    project = Project(
        name=name,
        description=params.short_text("Description", context.limits.max_description_length),
        service_role=params.optional("ServiceRole") or _DEFAULT_ROLE,
        template_id=params.optional("TemplateId"),
        create_time=context.now,
        quotas=_project_quotas(params, context),
        tags=_read_records(params, "Tag", {"Key": "TagKey", "Value": "TagValue"}),
    )
    if name in context.state.projects:
        raise resource_exists("project")
    if len(context.state.projects) >= context.limits.max_projects:
        raise limit_exceeded("project", f"at most {context.limits.max_projects}")
    context.state.projects[name] = project
    return {"Project": _project_payload(project)}


def get_project(params: Params, context: Context) -> JsonObject:
    """GetProject: its statistics are right whether or not they are asked for."""
    params.flag("WithStatistics")
    name = read_name(params, "ProjectName", context)
    return {"Project": _project_payload(find_project(name, context))}


def delete_project(params: Params, context: Context) -> JsonObject:
    """DeleteProject: refused while datasets are left (IMM-PRV-DELETEPROJECT-CONFLICT)."""
    name = read_name(params, "ProjectName", context)
    if find_project(name, context).datasets:
        raise status_conflict("project", "datasets")
    del context.state.projects[name]
    return {}


def create_dataset(params: Params, context: Context) -> JsonObject:
    """CreateDataset: quotas that are not given are those of the project."""
    scope = read_scope(params, context)
    dataset = Dataset(
        name=scope.dataset,
        description=params.short_text("Description", context.limits.max_description_length),
        template_id=params.optional("TemplateId"),
        create_time=context.now,
        quotas=_given_quotas(params, context),
        workflow_parameters=_read_records(params, "WorkflowParameters", {"Name": "Name", "Value": "Value"}),
    )
    project = find_project(scope.project, context)
    if scope.dataset in project.datasets:
        raise resource_exists("dataset")
    highest = project.quotas["ProjectMaxDatasetCount"]
    if len(project.datasets) >= highest:
        raise limit_exceeded("dataset", f"at most {highest}")
    dataset.quotas = _inherited_quotas(project) | dataset.quotas
    project.datasets[scope.dataset] = dataset
    return {"Dataset": _dataset_payload(scope.project, dataset)}


def get_dataset(params: Params, context: Context) -> JsonObject:
    """GetDataset: its statistics are right whether or not they are asked for."""
    params.flag("WithStatistics")
    scope = read_scope(params, context)
    return {"Dataset": _dataset_payload(scope.project, find_dataset(scope, context))}


def delete_dataset(params: Params, context: Context) -> JsonObject:
    """DeleteDataset: refused while indexed files or bindings are left (IMM-PRV-DELETEDATASET-ORDER)."""
    scope = read_scope(params, context)
    dataset = find_dataset(scope, context)
    if dataset.bindings:
        raise status_conflict("dataset", "bindings")
    if dataset.files:
        raise status_conflict("dataset", "indexed files")
    del find_project(scope.project, context).datasets[scope.dataset]
    jobs = context.state.index_jobs
    context.state.index_jobs = [job for job in jobs if (job.project, job.dataset) != (scope.project, scope.dataset)]
    return {}


def _highest_quotas(context: Context) -> dict[str, int]:
    return {
        "DatasetMaxBindCount": context.limits.max_bindings,
        "DatasetMaxFileCount": context.limits.max_dataset_files,
        "DatasetMaxEntityCount": _MAX_ENTITIES,
        "DatasetMaxRelationCount": _MAX_RELATIONS,
        "DatasetMaxTotalFileSize": _MAX_BYTES,
    }


def _given_quotas(params: Params, context: Context) -> dict[str, int]:
    return {
        name: params.number(name, highest, highest)
        for name, highest in _highest_quotas(context).items()
        if params.optional(name)
    }


def _project_quotas(params: Params, context: Context) -> dict[str, int]:
    highest = context.limits.max_datasets
    count = params.number("ProjectMaxDatasetCount", highest, highest)
    return {"ProjectMaxDatasetCount": count} | _highest_quotas(context) | _given_quotas(params, context)


def _inherited_quotas(project: Project) -> dict[str, int]:
    return {name: value for name, value in project.quotas.items() if name.startswith("DatasetMax")}


def _read_records(params: Params, name: str, members: dict[str, str]) -> list[dict[str, str]]:
    records = [params.as_object(f"{name}[{index}]", item) for index, item in enumerate(params.array(name))]
    return [
        {target: params.texts(name, [record.get(source, "")])[0] for source, target in members.items()}
        for record in records
    ]


def _project_payload(project: Project) -> JsonObject:
    datasets = project.datasets.values()
    payload: JsonObject = {
        "ProjectName": project.name,
        "ServiceRole": project.service_role,
        "TemplateId": project.template_id,
        "CreateTime": east_8_text(project.create_time),
        "UpdateTime": east_8_text(project.create_time),
        "Description": project.description,
        "ProjectQueriesPerSecond": _DEFAULT_SPEED,
        "EngineConcurrency": _DEFAULT_SPEED,
        **project.quotas,
        "DatasetCount": len(datasets),
        "FileCount": sum(len(dataset.files) for dataset in datasets),
        "TotalFileSize": sum(dataset.total_size() for dataset in datasets),
    }
    return payload | ({"Tags": project.tags} if project.tags else {})


def _dataset_payload(project_name: str, dataset: Dataset) -> JsonObject:
    payload: JsonObject = {
        "ProjectName": project_name,
        "DatasetName": dataset.name,
        "TemplateId": dataset.template_id,
        "CreateTime": east_8_text(dataset.create_time),
        "UpdateTime": east_8_text(dataset.create_time),
        "Description": dataset.description,
        **dataset.quotas,
        "BindCount": len(dataset.bindings),
        "FileCount": len(dataset.files),
        "TotalFileSize": dataset.total_size(),
    }
    return payload | ({"WorkflowParameters": dataset.workflow_parameters} if dataset.workflow_parameters else {})
