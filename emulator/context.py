"""What an operation works with besides its parameters, and the look-ups that all IMM operations share."""

from collections.abc import Callable
from dataclasses import dataclass

from emulator.errors import resource_not_found
from emulator.ids import Ids
from emulator.json_text import JsonObject
from emulator.limits import Limits, Timings
from emulator.names import is_file_uri, is_name
from emulator.params import Params
from emulator.state import Dataset, Project, State


@dataclass(frozen=True, slots=True)
class Context:
    """The memory, rules and time under which one call is executed; ``enveloped`` is the newer form of messages."""

    state: State
    limits: Limits
    timings: Timings
    ids: Ids
    now: int
    enveloped: bool = False


Handler = Callable[[Params, Context], JsonObject]


@dataclass(frozen=True, slots=True)
class Scope:
    """The project and dataset that a call names; existence is a separate question, asked after all parameters."""

    project: str
    dataset: str


def read_name(params: Params, parameter: str, context: Context) -> str:
    """Return the name of a project or dataset; refuses what the naming rule does not allow."""
    name = params.text(parameter)
    if not is_name(name, context.limits):
        length = f"1 to {context.limits.max_name_length} characters"
        rule = f"{length}, letters, digits, hyphens and underscores, the first no digit or hyphen"
        raise params.errors.invalid(parameter, f'expected {rule}, found "{name}"')
    return name


def read_scope(params: Params, context: Context) -> Scope:
    """Return the project and dataset that a call must name."""
    return Scope(read_name(params, "ProjectName", context), read_name(params, "DatasetName", context))


def check_file_uri(params: Params, name: str, uri: str, context: Context) -> None:
    """Refuse a URI that names no file of OSS or PDS."""
    if not is_file_uri(uri, context.limits):
        raise params.errors.invalid(name, f'expected an OSS file URI or a PDS URI, found "{uri}"')


def find_project(name: str, context: Context) -> Project:
    """Return a project; an unknown one is refused (IMM-COM-ERR-NOPROJECT)."""
    project = context.state.projects.get(name)
    if project is None:
        raise resource_not_found("project")
    return project


def find_dataset(scope: Scope, context: Context) -> Dataset:
    """Return a dataset; an unknown project or dataset is refused (IMM-COM-ERR-NODATASET)."""
    dataset = find_project(scope.project, context).datasets.get(scope.dataset)
    if dataset is None:
        raise resource_not_found("dataset")
    return dataset
