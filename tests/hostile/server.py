"""Servers that nobody should have to talk to, on raw sockets.

``python -m tests.hostile.server NAME`` serves one of them on a free loopback port and prints its address. With
``--record FILE`` each request that arrives is written there, as it came, before anything is answered.
"""

# ruff: noqa: D103  # the names say what each server does

import argparse
import functools
import gzip
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from emulator import Emulator, Timings
from tests.hostile.meeting import Meeting, Shared, read_request

Act = Callable[[Meeting], None]
ID = '"RequestId":"658FFD57-B495-07C0-B24B-B64CC52993CB"'
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=utf-8\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
MARKUP = "</script><b onload=x>[red]{{x}}\x1b[2J\x1b]0;owned\x07\x00\r\n\u202etxt\u2028<!--&amp;]]>"


# What the servers do


def never(meeting: Meeting) -> None:
    time.sleep(3600)


def close(meeting: Meeting) -> None:
    meeting.socket.close()


def reset(meeting: Meeting) -> None:
    meeting.say(OK + b'content-length: 100\r\n\r\n{"RequestId"')
    meeting.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    meeting.socket.close()


def drip_body(meeting: Meeting) -> None:
    meeting.say(OK + b"content-length: 3600\r\n\r\n")
    _drip(meeting, b" ")


def drip_head(meeting: Meeting) -> None:
    meeting.say(b"HTTP/1.1 200 OK\r\nx-slow: ")
    _drip(meeting, b"a")


def _drip(meeting: Meeting, byte: bytes) -> None:
    for _ in range(3600):
        meeting.say(byte)
        time.sleep(1 if "SLOW" not in os.environ else float(os.environ["SLOW"]))


def _flood(start: bytes, piece: bytes) -> Act:
    def act(meeting: Meeting) -> None:
        meeting.say(start)
        while True:
            meeting.say(piece)

    return act


def _body(body: bytes, more: str = "", status: int = 200) -> Act:
    return lambda meeting: meeting.answer(body, status, more)


def _raw(data: bytes) -> Act:
    def act(meeting: Meeting) -> None:
        meeting.say(data)
        meeting.socket.close()

    return act


@functools.cache
def _bomb() -> bytes:
    """Return 2 GiB of blanks, packed: members of 16 MiB, one behind the other."""
    return gzip.compress(b" " * (16 << 20)) * 128


def bomb(meeting: Meeting) -> None:
    meeting.answer(_bomb(), more="content-encoding: gzip\r\n")


def twice_packed(meeting: Meeting) -> None:
    meeting.answer(gzip.compress(_bomb()), more="content-encoding: gzip, gzip\r\n")


def huge(meeting: Meeting) -> None:
    meeting.say(OK + b"content-length: 200000000\r\n\r\n{" + ID.encode() + b',"Files":[')
    for _ in range(2000):
        meeting.say(b'{"URI":"oss://b/o"},' * 5000)


def redirect(meeting: Meeting) -> None:
    where = f"{meeting.shared.redirect}/?{meeting.request.query}"
    meeting.answer(b"", 307, f"location: {where}\r\n")


def every_status(meeting: Meeting) -> None:
    body = json.dumps({"RequestId": "A", "HostId": "h", "Code": "Odd", "Message": "m"}).encode()
    meeting.answer(body, 400 + meeting.number % 200)


def of_another(meeting: Meeting) -> None:
    """Answer with what the request before should have had."""
    with meeting.shared.lock:
        body = meeting.shared.emulator.handle(meeting.request).body
        meeting.shared.before, body = body, meeting.shared.before or body
    meeting.answer(body)


def retry_in_an_hour(meeting: Meeting) -> None:
    body = '{"RequestId":"A","HostId":"h","Code":"Throttling.User","Message":"slow down"}'
    meeting.answer(body.encode(), 429, "x-acs-retry-after: 3600000\r\n")


def throttled_after_30(meeting: Meeting) -> None:
    retry_in_an_hour(meeting) if meeting.number > 30 else meeting.behave()


def dies_after_30(meeting: Meeting) -> None:
    if meeting.number > 30:
        os._exit(0)
    meeting.behave()


def hangs_after_30(meeting: Meeting) -> None:
    never(meeting) if meeting.number > 30 else meeting.behave()


def resets_every_third(meeting: Meeting) -> None:
    reset(meeting) if meeting.number % 3 == 0 else meeting.behave()


def hangs_on_get_task(meeting: Meeting) -> None:
    action = dict(meeting.request.headers).get("x-acs-action")
    never(meeting) if action == "GetTask" and meeting.number > 5 else meeting.behave()


def marked_up(meeting: Meeting) -> None:
    meeting.behave(_marked_up)


def _marked_up(body: bytes) -> bytes:
    return json.dumps(_mark(json.loads(body))).encode()


def _mark(value: Any) -> Any:
    if isinstance(value, str):
        return value + MARKUP
    if isinstance(value, dict):
        return {name + (MARKUP if not name[0].isupper() else ""): _mark(child) for name, child in value.items()}
    return [_mark(child) for child in value] if isinstance(value, list) else value


def only_marks(meeting: Meeting) -> None:
    """Refuse everything, with markup in every string."""
    body = {"RequestId": MARKUP, "HostId": MARKUP, "Code": MARKUP, "Message": MARKUP, "Recommend": MARKUP}
    meeting.answer(json.dumps(body).encode(), 400, "x-acs-request-id: \x1b[2J\r\n")


def echo(meeting: Meeting) -> None:
    """Say back all that was sent, in every way there is."""
    text = meeting.raw.decode("latin-1")
    escaped = "".join(f"\\u{ord(c):04x}" for c in text)
    head = dict(meeting.request.headers).get("authorization", "")
    token = dict(meeting.request.headers).get("x-acs-security-token", "")
    said = json.dumps(text)[1:-1]
    body = f'{{"RequestId":"{said}","HostId":"{escaped}","Code":"{said[:200]}","Message":"{said} {token} {head}"}}'
    meeting.answer(body.encode(), 400, f"x-echo: {head} {token}\r\nlocation: /?{meeting.request.query}\r\n")


def echo_raw(meeting: Meeting) -> None:
    """Say back all that was sent as text that is no JSON."""
    meeting.answer(meeting.raw, 200)


def flaky(meeting: Meeting) -> None:
    """Leave RequestId out of the second answer to each operation, and of no other."""
    with meeting.shared.lock:
        meeting.shared.count += 1
    meeting.behave(lambda body: body.replace(b'"RequestId"', b'"Requestid"') if meeting.shared.count == 12 else body)


def good(meeting: Meeting) -> None:
    meeting.behave()


def _whole(meeting: Meeting) -> bytes:
    """Return the body that a good server would answer with."""
    with meeting.shared.lock:
        response = meeting.shared.emulator.handle(meeting.request)
    meeting.status = response.status
    return response.body


def old_http(meeting: Meeting) -> None:
    """Answer as HTTP/1.0 does: the end of the connection is the end of the answer."""
    body = _whole(meeting)
    meeting.say(f"HTTP/1.0 {meeting.status} x\r\ncontent-type: application/json\r\n\r\n".encode() + body)
    meeting.socket.close()


def early_hints(meeting: Meeting) -> None:
    """Say something provisional before each answer."""
    meeting.say(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
    meeting.behave()


def trailers(meeting: Meeting) -> None:
    """Send each body in single bytes, and header fields behind it."""
    body = _whole(meeting)
    chunks = b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in body)
    head = f"HTTP/1.1 {meeting.status} x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    meeting.say(head.encode() + chunks + b"0\r\nx-trailer: a\r\n\r\n")


def hangs_up(meeting: Meeting) -> None:
    """Close the connection behind each answer without saying so."""
    meeting.behave()
    meeting.socket.close()


def hangs_up_later(meeting: Meeting) -> None:
    """Close the connection without saying so when the next request may be on its way."""
    meeting.behave()
    time.sleep(0.005)
    meeting.socket.shutdown(socket.SHUT_RDWR)
    meeting.socket.close()


def packed(meeting: Meeting) -> None:
    """Pack each answer."""
    body = gzip.compress(_whole(meeting))
    meeting.answer(body, meeting.status, "content-encoding: gzip\r\n")


def _action(meeting: Meeting) -> str:
    return dict(meeting.request.headers).get("x-acs-action", "")


def hangs_in_cleaning(meeting: Meeting) -> None:
    never(meeting) if "Delete" in _action(meeting) else meeting.behave()


def resets_in_provisioning(meeting: Meeting) -> None:
    """Do what is asked and reset the connection, so that nobody knows whether it was done."""
    if _action(meeting) in ("CreateDataset", "UploadMediaByURL"):
        _whole(meeting)
        reset(meeting)
    else:
        meeting.behave()


def _crowded(meeting: Meeting) -> bool:
    """Take a moment over a request that begins a connection; return whether another one was under way in it."""
    if not meeting.first:
        return False
    shared = meeting.shared
    with shared.lock:
        shared.under_way.append(meeting)
        if len(shared.under_way) > 1:
            shared.crowd.update(other.number for other in shared.under_way)
    time.sleep(0.5)
    with shared.lock:
        shared.under_way.remove(meeting)
        return meeting.number in shared.crowd


def late(meeting: Meeting) -> None:
    """Answer as a good server would, after half a second."""
    time.sleep(0.5)
    good(meeting)


def _alone_or(act: Act) -> Act:
    """Serve one request at once, and meet those beside another one with `act`."""
    return lambda meeting: act(meeting) if _crowded(meeting) else meeting.behave()


def shared_buffer(meeting: Meeting) -> None:
    """Keep the body of an answer where the requests beside it keep theirs."""
    crowded = _crowded(meeting)
    meeting.behave(lambda body: _left_by_another(meeting, body) if crowded else body)


def shared_id(meeting: Meeting) -> None:
    """Take the RequestId of an answer from the one beside it."""
    crowded = _crowded(meeting)

    def change(body: bytes) -> bytes:
        left = json.loads(_left_by_another(meeting, body))["RequestId"]
        return json.dumps({**json.loads(body), "RequestId": left}).encode()

    meeting.behave(lambda body: change(body) if crowded else body)


def _left_by_another(meeting: Meeting, body: bytes) -> bytes:
    left, meeting.shared.before = meeting.shared.before or body, body
    return left


def throttle(meeting: Meeting) -> None:
    body = b'{"RequestId":"A","HostId":"h","Code":"Throttling.User","Message":"slow down"}'
    meeting.answer(body, 429, "x-acs-retry-after: 20\r\n")


def throttle_some(meeting: Meeting) -> None:
    throttle(meeting) if meeting.number % 2 else meeting.behave()


def unavailable(meeting: Meeting) -> None:
    meeting.answer(b"<html>503 Service Temporarily Unavailable</html>", 503)


SERVERS: dict[str, Act] = {
    "never-answers": never,
    "closes-at-once": close,
    "resets-mid-body": reset,
    "drips-body": drip_body,
    "drips-head": drip_head,
    "endless-body": _flood(OK + b"\r\n", b" " * 65536),
    "endless-chunks": _flood(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "endless-head": _flood(b"HTTP/1.1 200 OK\r\nx: ", b"a" * 65536),
    "endless-continue": _flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "2-gib-unpacked": bomb,
    "2-gib-packed-twice": twice_packed,
    "200-mb-json": huge,
    "100000-levels": _body(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "100000-objects": _body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "million-values": _body(b'{"a":[' + b"{}," * 2_000_000 + b"{}]}"),
    "long-number": _body(b'{%s,"Size":%s}' % (ID.encode(), b"1" * 5000)),
    "invalid-utf-8": _body(b'{"RequestId":"\xff\xfe"}'),
    "nan": _body(f'{{{ID},"Size":NaN,"Files":[Infinity]}}'.encode()),
    "duplicate-keys": _body(f"{{{ID},{ID}}}".encode()),
    "truncated": _raw(OK + b'content-length: 100\r\n\r\n{"RequestId":"65'),
    "half-json": _body(b'{"RequestId":"65'),
    "trailing-data": _body(f"{{{ID}}}{{{ID}}}".encode()),
    "lone-surrogates": _body(b'{"RequestId":"\\ud800","\\udfff":"\\udc00\\ud800"}'),
    "1-mb-header": lambda m: m.answer(b"{}", more=f"x-big: {'a' * 1_000_000}\r\n"),
    "10000-headers": lambda m: m.answer(b"{}", more="a: b\r\n" * 10_000),
    "redirects": redirect,
    "every-status": every_status,
    "constant-json": _body(f'{{{ID},"Files":[],"Status":"Succeeded"}}'.encode()),
    "constant-html": _body(b"<html><body>It works!</body></html>"),
    "answers-of-another": of_another,
    "retry-in-an-hour": retry_in_an_hour,
    "throttled-after-30": throttled_after_30,
    "dies-after-30": dies_after_30,
    "hangs-after-30": hangs_after_30,
    "resets-every-third": resets_every_third,
    "hangs-on-get-task": hangs_on_get_task,
    "marked-up": marked_up,
    "only-marks": only_marks,
    "echo": echo,
    "echo-raw": echo_raw,
    "flaky": flaky,
    "good": good,
    "http-1.0": old_http,
    "early-hints": early_hints,
    "trailers": trailers,
    "hangs-up": hangs_up,
    "hangs-up-later": hangs_up_later,
    "packed": packed,
    "hangs-in-cleaning": hangs_in_cleaning,
    "resets-in-provisioning": resets_in_provisioning,
    "half-a-head": _raw(b"HTTP/1.1 200 OK\r\ncontent-ty"),
    "gzip-that-breaks-off": _body(gzip.compress(os.urandom(5000))[:3000], more="content-encoding: gzip\r\n"),
    "gzip-that-breaks": _body(
        gzip.compress(os.urandom(5000))[:3000] + b"\xff" * 3000, more="content-encoding: gzip\r\n"
    ),
    "slow": _alone_or(late),
    "shared-buffer": shared_buffer,
    "shared-id": shared_id,
    "throttles-some-of-many": _alone_or(throttle_some),
    "throttles-many": _alone_or(throttle),
    "unavailable-to-many": _alone_or(unavailable),
    "closes-on-many": _alone_or(close),
    "resets-many": _alone_or(reset),
    "hangs-on-many": _alone_or(never),
    "one-at-a-time": good,
    "not-http": _raw(b"220 mail.example.com ESMTP\r\n"),
    "wrong-length": _body(b"{}", more="content-length: 7\r\n"),
    "unknown-encoding": _body(b"\x00\x01", more="content-encoding: br\r\n"),
    "bad-gzip": _body(b"\x1f\x8b\x08nonsense", more="content-encoding: gzip\r\n"),
    "bad-chunk": _raw(CHUNKED + b"ffffffffffffffffff\r\nabc"),
    **{f"only-{status}": _body(b"", status=status) for status in (204, 401, 403, 408, 429, 500, 502, 503, 599)},
}

ORDERLY = {
    "good", "slow", "http-1.0", "early-hints", "trailers", "hangs-up", "hangs-up-later", "packed", "one-at-a-time",
    "closes-on-many", "hangs-on-many", "resets-many", "shared-buffer", "shared-id", "throttles-many",
    "throttles-some-of-many", "unavailable-to-many",
}  # fmt: skip
"""Servers that keep the contract, or break it only for requests at the same time, for which they take their time."""


class Server:
    """Accepts connections, reads requests, and lets the chosen act answer."""

    def __init__(self, act: Act, shared: Shared, context: ssl.SSLContext | None, *, alone: bool = False) -> None:
        self.act, self.shared, self.context = act, shared, context
        self.alone = alone
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2 if alone else 128)
        self.taken = 0
        self.unanswered = 0

    def serve(self) -> None:
        """Serve until killed."""
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.alone:
                self._meet(connection)
                continue
            threading.Thread(target=self._meet, args=(connection,), daemon=True).start()

    def _meet(self, connection: socket.socket) -> None:
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            for meeting in self._meetings(connection):
                self.act(meeting)
        except (OSError, ValueError):
            pass
        connection.close()

    def _meetings(self, connection: socket.socket) -> Iterator[Meeting]:
        left = bytearray()
        first = True
        while (found := read_request(connection, left)) is not None:
            raw, request = found
            with self.shared.lock:
                self.taken += 1
                self.unanswered += 1
                number = self.taken
                self._note(raw)
            try:
                yield Meeting(connection, raw, request, self.shared, number, first=first)
            finally:
                first = False
                with self.shared.lock:
                    self.unanswered -= 1

    def _note(self, raw: bytes) -> None:
        """Record when a request came, how many were unanswered then, and what it was."""
        if self.shared.record is not None:
            with self.shared.record.open("ab") as file:
                text = json.dumps(raw.decode("latin-1"))
                file.write(f"{time.monotonic():.6f} {self.unanswered} {text}\n".encode())


def main() -> None:
    """Serve the act that the command line names until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=sorted(SERVERS))
    parser.add_argument("--record", type=Path)
    parser.add_argument("--redirect", default="http://127.0.0.1:9")
    parser.add_argument("--still", action="store_true", help="what is asynchronous is done at once")
    parser.add_argument("--certificate", type=Path, help="PEM with key and chain: serve TLS")
    chosen = parser.parse_args()
    context = None
    if chosen.certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chosen.certificate)
    alone = chosen.name == "one-at-a-time"
    shared = Shared(chosen.record, chosen.redirect)
    if chosen.still:
        shared.emulator = Emulator(timings=Timings(index=0, task=0, batch_end=0, upload_step=0))
    server = Server(SERVERS[chosen.name], shared, context, alone=alone)
    scheme = "https" if context else "http"
    sys.stdout.write(f"{scheme}://127.0.0.1:{server.listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.serve()


if __name__ == "__main__":
    main()
