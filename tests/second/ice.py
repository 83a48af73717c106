"""Upload jobs and batch jobs of the second server; parameters are read as in ``imm``."""

import json
import uuid
from urllib.parse import unquote

from tests.second.imm import Json, Operation, Refusal, clock, filled, json_value, second

# Upload jobs


def _listed(given: dict[str, str], name: str) -> list[str]:
    parts = [part.strip() for part in given.get(name, "").split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def keep_upload(world: Json, ident: str, url: str, fails: bool, user_data: str = "") -> None:
    """Keep an upload job that ends after the usual time, in failure if FAILS."""
    made = clock()
    end = made + world["switches"]["jobs"]
    world["uploads"][ident] = {"url": url, "made": made, "end": end, "fails": fails, "user": user_data}


def upload_media_by_url(world: Json, given: dict[str, str]) -> Json:
    """Start one job for each URL; a URL without extension makes a job that fails."""
    urls = [unquote(part) for part in _listed(given, "UploadURLs")]
    told = {entry.get("SourceURL"): entry for entry in json_value(given, "MediaMetaData", list) or []}
    json_value(given, "UserData", dict)
    if not 1 <= len(urls) <= 20:
        raise Refusal(400, "InvalidParameter", "UploadURLs must hold 1 to 20 URLs.")
    made = [(uuid.uuid4().hex, url) for url in urls]
    for ident, url in made:
        plain = url.partition("?")[0].rpartition("/")[2]
        extended = "." in plain or told.get(url, {}).get("FileExtension")
        fails = not extended or bool(world["switches"].get("fails"))
        keep_upload(world, ident, url, fails, given.get("UserData", ""))
    return {"UploadJobs": [{"JobId": ident, "SourceURL": url} for ident, url in made]}


def _upload(world: Json, ident: str) -> Json:
    job, rich = world["uploads"][ident], world["switches"]["rich"]
    shown = {"JobId": ident, "UploadURL": job["url"], "CreationTime": second(job["made"]), "UserData": job["user"]}
    if clock() < job["end"]:
        return filled(shown | {"Status": "PENDING"})
    shown["CompleteTime"] = second(job["end"])
    if job["fails"]:
        problem = {"ErrorCode": "DownloadFailed", "ErrorMessage": "The source could not be fetched."}
        return filled(shown | {"Status": "DOWNLOAD_FAIL"} | problem)
    extra = {"FileSize": "64610", "ErrorCode": "200", "ErrorMessage": "Success"} if rich else {}
    return filled(shown | {"Status": "SUCCESS" if rich else "UPLOAD_SUCCESS", "MediaId": ident[::-1]} | extra)


def get_url_upload_infos(world: Json, given: dict[str, str]) -> Json:
    """Show upload jobs by id, else by URL, newest first; empty members are left out."""
    name = "JobIds" if _listed(given, "JobIds") else "UploadURLs"
    keys = _listed(given, name)
    if not keys:
        raise Refusal(400, "InvalidParameter", "Either JobIds or UploadURLs is required.")
    if world["switches"]["lenient"]:
        keys = keys[:10]
    if len(keys) > 10:
        raise Refusal(400, f"InvalidParameter.{name}", f"{name} holds more than 10 items.")
    jobs, wanted = world["uploads"], {key if name == "JobIds" else unquote(key): key for key in keys}
    hits = [(ident, ident if name == "JobIds" else jobs[ident]["url"]) for ident in reversed(jobs)]
    found = [(ident, key) for ident, key in hits if key in wanted][:100]
    left = [text for key, text in wanted.items() if key not in {hit for _, hit in found}]
    lists = {"URLUploadInfoList": [_upload(world, ident) for ident, _ in found], "NonExists": left}
    return lists if world["switches"]["rich"] else {member: items for member, items in lists.items() if items}


# Batch jobs


def _config(given: dict[str, str], name: str) -> Json:
    try:
        return json_value(given, name, dict) or {}
    except Refusal:
        raise Refusal(400, "InvalidParameter", f"{name} is not a JSON object.") from None


def submit_batch_media_producing_job(world: Json, given: dict[str, str]) -> Json:
    """Start a batch job; the same token and parameters give the same job."""
    for name in ("InputConfig", "OutputConfig"):
        if not _config(given, name):
            raise Refusal(400, f"Missing{name}", f"{name} is mandatory for this action.")
    _config(given, "EditingConfig")
    told = {name: given.get(name, "") for name in ("InputConfig", "EditingConfig", "OutputConfig", "UserData")}
    for ident, job in world["batches"].items():
        if given.get("ClientToken") and job["token"] == given["ClientToken"] and job["told"] == told:
            return {"JobId": ident}
    ident = uuid.uuid4().hex
    keep_batch(world, ident, told, given.get("ClientToken", ""))
    return {"JobId": ident}


def keep_batch(world: Json, ident: str, told: Json, token: str = "") -> None:
    """Keep a batch job that ends after the usual time."""
    count = min(int(json.loads(told["OutputConfig"]).get("Count") or 1), 100)
    subs = [uuid.uuid4().hex for _ in range(count)]
    world["batches"][ident] = {"made": clock(), "told": told, "token": token, "subs": subs}


def _sub_job(world: Json, job: Json, index: int, status: str) -> Json:
    shown = {"JobId": job["subs"][index], "Status": status}
    if status == "Success" and world["switches"].get("fails"):
        return shown | {"Status": "Failed", "ErrorCode": "InvalidMaterial.NotFound", "ErrorMessage": "No such clips."}
    if status != "Success":
        return shown
    pattern = json.loads(job["told"]["OutputConfig"]).get("MediaURL") or "https://b.example.com/o_{index}.mp4"
    shown |= {"MediaId": shown["JobId"][::-1], "MediaURL": pattern.replace("{index}", str(index))}
    extra = {"Duration": 1.5, "ProjectId": shown["JobId"][8:]} if world["switches"]["rich"] else {}
    return shown | extra


def get_batch_media_producing_job(world: Json, given: dict[str, str]) -> Json:
    """Show a batch job, its last part first."""
    ident, span = given.get("JobId"), world["switches"]["jobs"]
    if not ident and world["switches"].get("newest"):
        raise Refusal(404, "JobNotFound", "The specified job does not exist.")
    if not ident:
        raise Refusal(400, "MissingJobId", "JobId is mandatory for this action.")
    if ident not in world["batches"]:
        raise Refusal(404, "JobNotFound", "The specified job does not exist.")
    job, now = world["batches"][ident], clock()
    step = 2 if now > job["made"] + span else 1 if now > job["made"] + span / 2 else 0
    shown = {"JobId": ident, "Status": ("Init", "Processing", "Finished")[step], **job["told"]}
    shown["CreateTime"] = second(job["made"])
    shown["ModifiedTime"] = second(job["made"] + step * span / 2)
    if step == 2:
        shown["CompleteTime"] = second(job["made"] + span)
    part = ("Init", "Processing", "Success")[step]
    subs = [_sub_job(world, job, index, part) for index in reversed(range(len(job["subs"])))]
    extra = {"JobType": "Script", "Extend": ""} if world["switches"]["rich"] else {}
    return {"EditingBatchJob": filled(shown) | extra | {"SubJobList": subs}}


ICE: dict[str, Operation] = {
    "GetUrlUploadInfos": get_url_upload_infos,
    "GetBatchMediaProducingJob": get_batch_media_producing_job,
    "UploadMediaByURL": upload_media_by_url,
    "SubmitBatchMediaProducingJob": submit_batch_media_producing_job,
}
