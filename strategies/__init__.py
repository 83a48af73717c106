"""Hypothesis strategies and named rows, derived from the contract.

For tests of emulators, mocks and clients: valid names, URIs, lists and whole
requests, the rows on both sides of every documented limit, and requests that
break exactly one requirement.
"""

from strategies._values import RawText
from strategies.files import input_files
from strategies.labels import custom_ids, custom_labels, user_data
from strategies.lists import (
    comma_list,
    id_lists,
    job_ids,
    percent_encoded,
    sized_lists,
)
from strategies.names import (
    bucket_names,
    dataset_names,
    near_collisions,
    object_keys,
    project_names,
)
from strategies.projections import field_names, field_projections
from strategies.requests import valid_requests
from strategies.rows import Row, rows
from strategies.uris import (
    BrokenURI,
    broken_file_uris,
    bucket_uris,
    file_uris,
    oss_uris,
    pds_uris,
    source_urls,
)
from strategies.violations import violations

__all__ = [
    "BrokenURI",
    "RawText",
    "Row",
    "broken_file_uris",
    "bucket_names",
    "bucket_uris",
    "comma_list",
    "custom_ids",
    "custom_labels",
    "dataset_names",
    "field_names",
    "field_projections",
    "file_uris",
    "id_lists",
    "input_files",
    "job_ids",
    "near_collisions",
    "object_keys",
    "oss_uris",
    "pds_uris",
    "percent_encoded",
    "project_names",
    "rows",
    "sized_lists",
    "source_urls",
    "user_data",
    "valid_requests",
    "violations",
]
