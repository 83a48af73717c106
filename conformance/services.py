"""Which service each operation belongs to, the provisioning ones included."""

from __future__ import annotations

from collections.abc import Mapping

VERSIONS: Mapping[str, str] = {"imm": "2020-09-30", "ice": "2020-11-09"}

PROVISIONING: Mapping[str, str] = {
    "CreateProject": "imm",
    "GetProject": "imm",
    "DeleteProject": "imm",
    "CreateDataset": "imm",
    "GetDataset": "imm",
    "DeleteDataset": "imm",
    "DeleteBinding": "imm",
    "DeleteFileMeta": "imm",
    "BatchDeleteFileMeta": "imm",
    "CreateFileCompressionTask": "imm",
    "UploadMediaByURL": "ice",
    "SubmitBatchMediaProducingJob": "ice",
}
"""Provisioning operations (facts imm.md section 12, ice.md section 3)."""
