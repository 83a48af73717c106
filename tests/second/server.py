"""A second server of the eight operations, written from the documents alone, to try the kit on.

``python -m tests.second.server PERSONALITY`` serves on a free loopback port and prints the address. The personalities
differ in what the documents leave open; all of them are correct, so the kit must find no broken MUST in any.
"""

import argparse
import base64
import gzip
import hashlib
import hmac
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from xml.sax.saxutils import escape

from tests.second import habits, ice, imm, tasks
from tests.second.imm import Json, Refusal

KEYS = {"second-key": "second-secret", "other-key": "other-secret"}
VERSIONS = {"2020-09-30": imm.IMM | tasks.TASKS, "2020-11-09": ice.ICE}
READS_AND_WRITES = {
    "BatchGetFileMeta", "CreateBinding", "GetBinding", "BatchIndexFileMeta", "IndexFileMeta", "GetTask",
    "GetUrlUploadInfos", "GetBatchMediaProducingJob",
}  # fmt: skip
EVERYTHING = set(imm.IMM) | set(tasks.TASKS) | set(ice.ICE)
STARTERS = {"CreateFileCompressionTask", "UploadMediaByURL", "SubmitBatchMediaProducingJob"}
SIGNED = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
OF_THE_WORLD = {
    "indexing",
    "tasks",
    "jobs",
    "rich",
    "lenient",
    "zone",
    "buckets",
    "fails",
    "crowded",
    "looks",
    "newest",
}
QUICK: Json = {"indexing": 0.05, "tasks": 0.3, "jobs": 0.2}
PERSONALITIES: dict[str, Json] = {
    "minimal": QUICK,
    "rich": QUICK | {"rich": True, "compact": True, "ids": "long"},
    "read-only": QUICK | {"serves": READS_AND_WRITES, "canned": True},
    "jobless": QUICK | {"serves": EVERYTHING - STARTERS},
    "verifying": {"verify": True, "indexing": 0.3, "tasks": 0.3, "jobs": 0.3, "missing": "named"},
    "slow": {"indexing": 4.0, "tasks": 4.0, "jobs": 4.0},
    "stuck": {"indexing": 9e4, "tasks": 9e4, "jobs": 9e4},
    "partial": QUICK | {"serves": {"GetTask", "GetUrlUploadInfos", "CreateProject", "DeleteProject"} | STARTERS},
    "strict": QUICK | {"strict": True, "missing": "argument", "absent": 400, "ids": "base64"},
    "lenient": QUICK | {"lenient": True, "missing": "parameter", "ids": "lower", "zone": -210},
    "old-fashioned": QUICK | {"old": True, "pretty": True, "zone": 480, "blank": True, "ids": "hex"},
    "modern": QUICK | {"chunked": True, "wordy": True, "skew": -120, "close": 7, "pause": 50, "rich": True},
    "throttling": QUICK | {"throttle": 41, "throttled": 400, "rich": True},
    "warehouse": QUICK | {"buckets": {"canned-bucket"}, "canned": True, "fails": True, "blank": True},
    "looking": QUICK | {"buckets": {"canned-bucket"}, "canned": True, "looks": True, "rich": True},
    "newest": QUICK | {"newest": True, "rich": True, "bare": True},
    "busy": QUICK | {"canned": True, "crowded": True, "rich": True, "skew": 120},
}


def canned(world: Json) -> None:
    """Put the resources into WORLD that the target file of the read-only personality names."""
    given = {"ProjectName": "canned-project", "DatasetName": "canned-dataset", "URI": "oss://canned-bucket"}
    imm.create_project(world, given)
    imm.create_dataset(world, given)
    dataset = world["projects"]["canned-project"]["datasets"]["canned-dataset"]
    long_ago = imm.clock() - 86400
    for name in ("a.jpg", "b.mp4", "c.txt"):
        item = {"URI": f"oss://canned-bucket/{name}", "CustomId": name, "CustomLabels": {"of": name}}
        dataset["files"][item["URI"]] = [(long_ago, item)]
        world["objects"].append(item["URI"])
    if world["switches"].get("crowded"):
        dataset["bindings"] = {f"oss://others-bucket-{number}": long_ago for number in range(10)}
    asked = {"ProjectName": "canned-project", "TargetURI": "oss://canned-bucket/x.zip", "UserData": "mine",
             "Sources": [{"URI": "oss://canned-bucket/a/"}]}  # fmt: skip
    tasks.keep_task(world, "canned-project", "FileCompression", "canned-task", asked)
    for number in range(11):
        ice.keep_upload(world, f"{number:032x}", f"https://example.com/v{number}.mp4", number == 10)
    told = {"InputConfig": '{"TitleArray": ["x"]}', "EditingConfig": "{}", "UserData": '{"NotifyAddress": ""}'}
    told["OutputConfig"] = '{"MediaURL": "https://b.example.com/o_{index}.mp4", "Count": 2}'
    ice.keep_batch(world, "f" * 32, told)
    for job in (*world["tasks"].values(), *world["uploads"].values(), *world["batches"].values()):
        job["made"] = long_ago
        job["end"] = long_ago + 2


# Signatures


def _encoded(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs))


def _secret(key: str) -> bytes:
    if key not in KEYS:
        raise Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    return KEYS[key].encode()


def _fresh(server: Any, key: str, moment: str, nonce: str) -> None:
    try:
        then = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refusal(400, "InvalidTimeStamp.Format", "Specified time stamp is not well formatted.") from None
    if abs(imm.clock() - then) > 900:
        raise Refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp is expired.")
    with server.lock:
        if (key, nonce) in server.nonces:
            raise Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        server.nonces.add((key, nonce))


def _verify_header(server: Any, call: Json) -> None:
    headers = call["headers"]
    algorithm, _, rest = headers["authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    names = [name for name in parts.get("SignedHeaders", "").lower().split(";") if name]
    if algorithm != "ACS3-HMAC-SHA256" or not set(names) >= SIGNED or any(name not in headers for name in names):
        raise Refusal(400, "IncompleteSignature", "The signature lacks parts.")
    secret = _secret(parts.get("Credential", ""))
    canonical = "\n".join([
        call["method"], "/", _encoded(call["query"]),
        *(f"{name}:{headers[name].strip()}" for name in sorted(names)), "",
        ";".join(names), headers["x-acs-content-sha256"],
    ])  # fmt: skip
    text = f"{algorithm}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    whole = hashlib.sha256(call["body"]).hexdigest() == headers["x-acs-content-sha256"]
    if not whole or not hmac.compare_digest(expected, parts.get("Signature", "")):
        raise Refusal(400, "SignatureDoesNotMatch", f"Server string to sign is:[{text}], canonical [{canonical}]")
    _fresh(server, parts["Credential"], headers["x-acs-date"], headers["x-acs-signature-nonce"])


def _verify_query(server: Any, call: Json) -> None:
    given = call["given"]
    for name in ("AccessKeyId", "Signature", "Timestamp", "SignatureNonce"):
        if not given.get(name):
            raise Refusal(400, f"Missing{name}", f"{name} is mandatory for this action.")
    pairs = [(name, value) for name, value in (*call["query"], *call["form"]) if name != "Signature"]
    text = f"{call['method']}&%2F&{quote(_encoded(pairs), safe='~')}"
    digest = hmac.new(_secret(given["AccessKeyId"]) + b"&", text.encode(), hashlib.sha1).digest()
    if not hmac.compare_digest(base64.b64encode(digest), given["Signature"].encode()):
        raise Refusal(400, "SignatureDoesNotMatch", f"Not as computed. server string to sign is:{text}")
    _fresh(server, given["AccessKeyId"], given["Timestamp"], given["SignatureNonce"])


# Calls and answers


def _called(call: Json) -> tuple[str, str]:
    by_header = call["headers"].get("authorization", "").startswith("ACS3-") or "Action" not in call["given"]
    source = {"Action": "x-acs-action", "Version": "x-acs-version"}
    found = [call["headers"].get(source[name]) if by_header else call["given"].get(name) for name in source]
    return found[0] or "", found[1] or ""


def answer(server: "Server", call: Json) -> Json:
    """Return the members that answer CALL; raise Refusal for an error."""
    if call["method"] not in {"GET", "POST"}:
        raise Refusal(405, "UnsupportedHTTPMethod", "This http method is not supported.")
    if server.switches.get("verify"):
        (_verify_header if "authorization" in call["headers"] else _verify_query)(server, call)
    action, version = _called(call)
    if version not in VERSIONS:
        raise Refusal(400, "InvalidVersion", "Specified parameter Version is not valid.")
    if action not in VERSIONS[version] or action not in server.switches.get("serves", EVERYTHING):
        raise Refusal(404, "InvalidAction.NotFound", "Specified api is not found.")
    habits.wrong(server.switches, action, call)
    with server.lock:
        return VERSIONS[version][action](server.world, call["given"])


def throttled(server: "Server") -> None:
    """Count a call; raise Refusal now and then where the personality throttles."""
    with server.lock:
        server.calls += 1
        calls = server.calls
    if (every := server.switches.get("throttle")) and calls > 20 and calls % every < 2:
        raise Refusal(server.switches["throttled"], "Throttling.User", "Request was denied due to user flow control.")
    if (every := server.switches.get("pause")) and calls % every == 0:
        time.sleep(0.4)


def _xml(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_xml(name, item) for item in value)
    inner = "".join(_xml(*item) for item in value.items()) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inner}</{name}>"


class Handler(BaseHTTPRequestHandler):
    """Reads a call off the socket and writes the answer in one send."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _call(self) -> Json:
        body, kind = self._body(), self.headers.get("Content-Type", "")
        query = parse_qsl(urlsplit(self.path).query, keep_blank_values=True)
        form = []
        if kind.startswith("application/x-www-form-urlencoded"):
            form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        headers = {name.lower(): ",".join(self.headers.get_all(name) or []) for name in self.headers}
        given = dict(form) | dict(query)
        return {"method": self.command, "headers": headers, "query": query, "form": form, "given": given, "body": body}

    def _serve(self) -> None:
        call, ways, status = self._call(), self.server.switches, 200
        if ways.get("bare") and self.command not in {"GET", "POST"}:
            self.send_error(501)
            return
        ident, rich, action = habits.request_id(ways, str(uuid.uuid4()).upper()), ways.get("rich"), _called(call)[0]
        root, hint = f"{action}Response", {}
        try:
            throttled(self.server)
            members = {"RequestId": ident} | habits.put(ways, call, action, answer(self.server, call))
        except Refusal as no:
            no = habits.worded(ways, action, no)
            host = re.sub(r":\d+$", "", call["headers"].get("host", ""))
            status, root = no.status, "Error"
            hint = {"x-acs-retry-after": "20"} if no.code.startswith("Throttling") else {}
            members = {"RequestId": ident, "HostId": host, "Code": no.code, "Message": no.message}
            members |= {"Recommend": f"https://next.api.aliyun.com/troubleshoot?q={no.code}"} if rich else {}
        if rich and call["given"].get("Format", "").upper() == "XML":
            body, kind = f'<?xml version="1.0"?>{_xml(root, members)}'.encode(), "text/xml;charset=utf-8"
        else:
            body, kind = habits.text(ways, members), "application/json; charset=utf-8"
        self._send(status, body, {"Content-Type": kind} | self._trace(ident) | hint)

    def _trace(self, ident: str) -> dict[str, str]:
        ways = self.server.switches
        served = {"Date": self.date_time_string(), "Server": "second", "Set-Cookie": "a=b"} if ways.get("wordy") else {}
        return served | ({"x-acs-request-id": ident, "x-acs-trace-id": uuid.uuid4().hex} if ways.get("rich") else {})

    def _send(self, status: int, body: bytes, extra: dict[str, str]) -> None:
        ways = self.server.switches
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body, extra = gzip.compress(body, 1), extra | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.answers = getattr(self, "answers", 0) + 1
        if ways.get("old") or self.answers == ways.get("close"):
            extra, self.close_connection = extra | {"Connection": "close"}, True
        if ways.get("chunked"):
            pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
            body = (
                b"".join(b"%X;a=b\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Trailer: t\r\n\r\n"
            )
            extra = extra | {"Transfer-Encoding": "chunked"}
        elif not ways.get("old"):
            extra = extra | {"Content-Length": str(len(body))}
        version = "HTTP/1.0" if ways.get("old") else "HTTP/1.1"
        lines = [f"{version} {status} -", *(f"{name}: {value}" for name, value in extra.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Keep silent."""


class Server(ThreadingHTTPServer):
    """Holds the state of one personality."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0, **switches: Any) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        known = {name: value for name, value in switches.items() if name in OF_THE_WORLD}
        self.switches, self.world, self.lock = switches, imm.new_world(**known), threading.Lock()
        self.nonces: set[tuple[str, str]] = set()
        self.calls = 0
        imm.SKEW[0] = switches.get("skew", 0.0)
        if switches.get("canned"):
            canned(self.world)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Send answers at once."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


def main() -> None:
    """Serve the personality that the command line names until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("personality", choices=sorted(PERSONALITIES))
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    with Server(chosen.port, **PERSONALITIES[chosen.personality]) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    main()
