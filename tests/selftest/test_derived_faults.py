"""Faults over limits, enums, types, missing fields and formats: found, and named by their requirement."""

import pytest

from conformance.selftest.trial import try_fault

FAULTS = (
    "BatchGetFileMeta/request/URIs/maxItems/refuses:not enforced",
    "BatchGetFileMeta/request/URIs/maxItems/accepts:refused at the limit",
    "BatchGetFileMeta/request/URIs/maxItems/code:other code",
    "BatchGetFileMeta/request/URIs/type/refuses:not enforced",
    "BatchGetFileMeta/request/ProjectName/required/refuses:not enforced",
    "BatchGetFileMeta/request/DatasetName/required/code:other code",
    "BatchGetFileMeta/request/URIs/maxItems/refuses:enforced one too late",
    "BatchGetFileMeta/request/ProjectName/required/accepts:refused although valid",
    "GetTask/request/ProjectName/minLength/refuses:not enforced",
    "BatchGetFileMeta/response/RequestId/required:dropped",
    "BatchGetFileMeta/response/Files/type:object for array",
    "BatchGetFileMeta/response/Files[]/Size/type:text for number",
    "BatchGetFileMeta/response/Files[]/Size/minimum:too small",
    "BatchGetFileMeta/response/Files[]/MediaType/enum:value outside",
    "BatchGetFileMeta/response/Files[]/CreateTime/format:no such form",
    "BatchGetFileMeta/response/Files[]/LatLong/pattern:other form",
    "BatchGetFileMeta/response/Files[]/EXIF/contentSchema:no JSON",
    "BatchGetFileMeta/response/Files[]/Figures[]/Gender/enum:other case",
    "BatchGetFileMeta/response/Files[]/Labels[]/LabelConfidence/maximum:too large",
    "BatchIndexFileMeta/request/Files/maxItems/refuses:not enforced",
    "BatchIndexFileMeta/request/UserData/maxBytes/accepts:refused at the limit",
    "BatchIndexFileMeta/request/Files[]/URI/required/refuses:not enforced",
    "BatchIndexFileMeta/response/EventId/required:null",
    "CreateBinding/request/URI/required/refuses:not enforced",
    "CreateBinding/response/Binding/State/enum:value outside",
    "CreateBinding/response/Binding/CreateTime/format:no such form",
    "GetBinding/response/Binding/required:dropped",
    "GetBinding/response/Binding/Phase/enum:value outside",
    "GetTask/request/TaskType/required/refuses:not enforced",
    "GetTask/response/Status/enum:value outside",
    "GetTask/response/Progress/maximum:too large",
    "GetTask/response/StartTime/pattern:trailing newline",
    "GetTask/response/Progress/type:decimal point",
    "GetTask/response/Status/enum:trailing blank",
    "BatchGetFileMeta/response/Files/type:single item for array",
    "GetUrlUploadInfos/request/JobIds/maxItems/accepts:refused at the limit",
    "GetUrlUploadInfos/response/URLUploadInfoList[]/FileSize/type:number for text",
    "GetUrlUploadInfos/response/URLUploadInfoList[]/CreationTime/pattern:other form",
    "GetBatchMediaProducingJob/response/EditingBatchJob/Status/enum:value outside",
    "GetBatchMediaProducingJob/response/EditingBatchJob/SubJobList[]/Duration/minimum:too small",
    "GetBatchMediaProducingJob/response/EditingBatchJob/InputConfig/type:object for text",
    "IndexFileMeta/request/File/URI/required/refuses:not enforced",
    "Gateway/error/Code/required:dropped",
    "Gateway/error/HostId/type:number for text",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_under_its_requirement(fault: str) -> None:
    """A structural fault of the emulator is found and named by the requirement that it breaks."""
    result = try_fault(fault)

    assert result.fate == "caught", result
