"""Every limit that the server enforces and every delay that it simulates."""

from dataclasses import dataclass

_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server accepts at most.

    The values are those that the services document; another value makes a server that deviates on purpose.
    """

    time_window_seconds: int = 900
    """How far the time of a signed request may be from that of the server, either way (RPC-TIME-EXPIRED)."""
    requests_per_second: int = 0
    """Calls that one key may make within a second (RPC-THROTTLE); 0 means no quota."""

    max_name_length: int = 128
    """Characters of the name of a project or dataset (IMM-COM-PROJECT-NAME, IMM-COM-DATASET-NAME)."""
    max_description_length: int = 256
    """Characters of the description of a project or dataset."""
    min_bucket_length: int = 3
    max_bucket_length: int = 63
    """Characters of the name of a bucket (IMM-URI-BUCKET-NAME)."""
    max_key_bytes: int = 1023
    """UTF-8 bytes of an object key (IMM-URI-OBJECT-NAME)."""
    max_uris: int = 100
    """URIs of one BatchGetFileMeta or BatchDeleteFileMeta call (IMM-BGFM-URIS-MAX)."""
    min_uris: int = 1
    """The same at least; with fewer the list counts as missing (IMM-BGFM-URIS-EMPTY)."""
    max_index_files: int = 100
    """Files of one BatchIndexFileMeta call (IMM-BIFM-FILES-MAX)."""
    min_index_files: int = 1
    """The same at least; with fewer the list counts as missing (IMM-BIFM-FILES-EMPTY)."""
    max_user_data_bytes: int = 2048
    """UTF-8 bytes of UserData of the IMM operations (IMM-BIFM-USERDATA-MAX)."""
    max_projects: int = 100
    """Projects of an account in a region."""
    max_datasets: int = 1_000_000_000
    """Highest and default ProjectMaxDatasetCount."""
    max_bindings: int = 10
    """Highest and default DatasetMaxBindCount (IMM-PRV-BINDMAX-RANGE)."""
    max_dataset_files: int = 100_000_000
    """Highest and default DatasetMaxFileCount."""
    max_sources: int = 100
    """Sources of one file compression task."""
    task_kept_seconds: int = 7 * _DAY_SECONDS
    """How long a file compression task can be read after its creation."""

    max_job_ids: int = 10
    """JobIds of one GetUrlUploadInfos call (ICE-GUUI-JOBIDS-MAX)."""
    max_upload_urls: int = 10
    """UploadURLs of one GetUrlUploadInfos call (ICE-GUUI-URLS-MAX)."""
    max_records: int = 100
    """Entries of one GetUrlUploadInfos answer (ICE-GUUI-URL-CAP100)."""
    max_submit_urls: int = 20
    """UploadURLs of one UploadMediaByURL call (ICE-UMBU-20)."""
    max_outputs: int = 100
    """OutputConfig.Count of a batch job; a bound of this server, no source states one."""
    batch_job_kept_seconds: int = 365 * _DAY_SECONDS
    """How long a batch job can be read after its creation (ICE-GBMPJ-YEAR)."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long asynchronous work takes, in seconds of the server's clock."""

    index: float = 0.02
    """From the call of an index operation until the file can be read."""
    full_scan_start: float = 0.05
    """From the creation of a binding until it runs."""
    full_scan_end: float = 0.15
    """From the creation of a binding until the objects that were there are indexed."""
    task: float = 0.15
    """From the creation of a task until it ends."""
    upload_step: float = 0.05
    """What an upload job spends in each of its states before the last."""
    batch_start: float = 0.05
    """From the submission of a batch job until it is processed."""
    batch_end: float = 0.15
    """From the submission of a batch job until it is finished."""
    push_pause: float = 15.0
    """Between two tries of a push under BACKOFF_RETRY (mns.md 3.1: 10 to 20 seconds)."""
    visibility: float = 30.0
    """How long a received message of a queue is hidden from other receivers."""
