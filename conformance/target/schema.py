"""The JSON Schema of target files."""

from __future__ import annotations

from typing import Any

OPERATIONS = (
    "BatchGetFileMeta",
    "CreateBinding",
    "GetBinding",
    "BatchIndexFileMeta",
    "IndexFileMeta",
    "GetTask",
    "GetUrlUploadInfos",
    "GetBatchMediaProducingJob",
)


def _table(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
    }


_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT}

TARGET_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Target file of the conformance kit",
    **_table(
        {
            "name": _TEXT,
            "version": {"type": "string"},
            "operations": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "enum": list(OPERATIONS)},
            },
            "endpoints": {
                **_table({"imm": _TEXT, "ice": _TEXT, "ca_file": _TEXT}),
                "anyOf": [{"required": ["imm"]}, {"required": ["ice"]}],
            },
            "credentials": _table(
                {
                    "access_key_id": _TEXT,
                    "access_key_secret": _TEXT,
                    "security_token": _TEXT,
                    "signatures": {"enum": ["verify", "ignore", "auto"]},
                }
            ),
            "fixtures": _table(
                {
                    "project": _TEXT,
                    "dataset": _TEXT,
                    "bucket": _TEXT,
                    "indexed_uris": _TEXTS,
                    "missing_uris": _TEXTS,
                    "tasks": {
                        "type": "array",
                        "items": _table({"type": _TEXT, "id": _TEXT}, "type", "id"),
                    },
                    "url_upload_jobs": {
                        "type": "array",
                        "items": _table({"id": _TEXT, "url": _TEXT}, "id", "url"),
                    },
                    "batch_jobs": _TEXTS,
                    "expired_batch_jobs": _TEXTS,
                }
            ),
            "notifications": {
                **_table(
                    {
                        "topic": _TEXT,
                        "listen": {"type": "string", "pattern": "^[^:]+:[0-9]+$"},
                        "mns_endpoint": _TEXT,
                        "queue": _TEXT,
                        "format": {"enum": ["XML", "JSON", "SIMPLIFIED"]},
                        "path": {"type": "string", "pattern": "^/"},
                    },
                    "topic",
                ),
                "dependentRequired": {"mns_endpoint": ["queue"], "queue": ["mns_endpoint"]},
                "anyOf": [{"required": ["listen"]}, {"required": ["mns_endpoint", "queue"]}],
            },
            "limits": _table(
                {
                    "max_requests": {"type": "integer", "minimum": 1},
                    "requests_per_second": {"type": "number", "exclusiveMinimum": 0},
                    "settle_seconds": {"type": "number", "minimum": 0},
                }
            ),
            "safety": _table({"tier": {"enum": ["reads", "refused-only", "create-and-clean", "full"]}}),
        },
        "name",
        "endpoints",
    ),
}
