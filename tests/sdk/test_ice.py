"""The official SDK of ICE drives every operation, and reads what the server sends."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ice20201109 import models
from alibabacloud_ice20201109.client import Client

pytestmark = pytest.mark.sdk

URLS = "https%3A%2F%2Fexample.com%2Fa%2Cb.mp4,https://example.com/c.mp4"

Raw = Callable[..., dict[str, Any]]


def read(answer: Any) -> dict[str, Any]:
    """Return what a model holds, its request id apart."""
    return {name: value for name, value in answer.to_map().items() if name != "RequestId"}


def upload(ice: Client) -> list[str]:
    """Submit two upload jobs and return their ids."""
    request = models.UploadMediaByURLRequest(upload_urls=URLS, user_data="{}")
    return [job.job_id for job in ice.upload_media_by_url(request).body.upload_jobs]


def test_uploads_by_id(ice: Client, raw: Raw) -> None:
    """Upload jobs are read by their ids as they were sent."""
    ids = ",".join([*upload(ice), "unknown"])

    body = ice.get_url_upload_infos(models.GetUrlUploadInfosRequest(job_ids=ids)).body

    assert [info.status for info in body.urlupload_info_list] == ["SUCCESS", "SUCCESS"]
    assert body.non_exists == ["unknown"]
    assert read(body) == raw("GetUrlUploadInfos", JobIds=ids)


def test_uploads_by_url(ice: Client, raw: Raw) -> None:
    """Upload jobs are read by their percent-encoded URLs as they were sent."""
    ids = upload(ice)

    body = ice.get_url_upload_infos(models.GetUrlUploadInfosRequest(upload_urls=URLS)).body

    assert set(ids) <= {info.job_id for info in body.urlupload_info_list}
    assert read(body) == {"NonExists": [], **raw("GetUrlUploadInfos", UploadURLs=URLS)}


def test_batches(ice: Client, raw: Raw) -> None:
    """A batch job is submitted, its configurations in a form body, and read as it was sent."""
    creation = models.SubmitBatchMediaProducingJobRequest(
        input_config='{"MediaArray": ["a+b c"]}', editing_config="{ }", output_config='{"Count": 2}', client_token="t"
    )
    job_id = ice.submit_batch_media_producing_job(creation).body.job_id

    body = ice.get_batch_media_producing_job(models.GetBatchMediaProducingJobRequest(job_id=job_id)).body

    job = body.editing_batch_job
    assert (job.job_id, job.input_config, job.editing_config) == (job_id, '{"MediaArray": ["a+b c"]}', "{ }")
    assert [sub.status for sub in job.sub_job_list] == ["Success", "Success"]
    assert read(body) == raw("GetBatchMediaProducingJob", JobId=job_id)
