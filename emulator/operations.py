"""Which operation a service, action and version stand for."""

from dataclasses import dataclass
from typing import Final

from emulator import ice_batches, ice_uploads, imm_bindings, imm_files, imm_projects, imm_tasks
from emulator.context import Handler
from emulator.errors import ICE_ERRORS, IMM_ERRORS, ErrorStyle

SERVICES: Final = {"2020-09-30": "imm", "2020-11-09": "ice"}
"""The service of each version that is served."""

ERROR_STYLES: Final[dict[str, ErrorStyle]] = {"imm": IMM_ERRORS, "ice": ICE_ERRORS}
"""How each service words the faults of parameters."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What executes an action; ``post_only`` where the API metadata does not list GET (IMM-BIFM-POST-ONLY)."""

    handler: Handler
    post_only: bool = False


OPERATIONS: Final[dict[tuple[str, str], Operation]] = {
    ("imm", "BatchDeleteFileMeta"): Operation(imm_files.batch_delete_file_meta, post_only=True),
    ("imm", "BatchGetFileMeta"): Operation(imm_files.batch_get_file_meta),
    ("imm", "BatchIndexFileMeta"): Operation(imm_files.batch_index_file_meta, post_only=True),
    ("imm", "CreateBinding"): Operation(imm_bindings.create_binding),
    ("imm", "CreateDataset"): Operation(imm_projects.create_dataset),
    ("imm", "CreateFileCompressionTask"): Operation(imm_tasks.create_file_compression_task),
    ("imm", "CreateProject"): Operation(imm_projects.create_project),
    ("imm", "DeleteBinding"): Operation(imm_bindings.delete_binding),
    ("imm", "DeleteDataset"): Operation(imm_projects.delete_dataset, post_only=True),
    ("imm", "DeleteFileMeta"): Operation(imm_files.delete_file_meta),
    ("imm", "DeleteProject"): Operation(imm_projects.delete_project),
    ("imm", "GetBinding"): Operation(imm_bindings.get_binding),
    ("imm", "GetDataset"): Operation(imm_projects.get_dataset),
    ("imm", "GetProject"): Operation(imm_projects.get_project),
    ("imm", "GetTask"): Operation(imm_tasks.get_task),
    ("imm", "IndexFileMeta"): Operation(imm_files.index_file_meta),
    ("ice", "GetBatchMediaProducingJob"): Operation(ice_batches.get_batch_media_producing_job),
    ("ice", "GetUrlUploadInfos"): Operation(ice_uploads.get_url_upload_infos),
    ("ice", "SubmitBatchMediaProducingJob"): Operation(ice_batches.submit_batch_media_producing_job),
    ("ice", "UploadMediaByURL"): Operation(ice_uploads.upload_media_by_url),
}
"""Every operation that is served, by service and action."""
