"""Reading of a queue of the message service that is subscribed to the topic.

Written on httpx with the documented signature (facts mns.md 3.2) and not on
the service's own client: the checks judge status, XML and receipt handles,
which that client hides, and it is one package less to install.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx

from conformance.exchange import Answer, Call, Exchange, Notice, Sent, Source
from conformance.notifications.channel import ChannelError, Taking
from conformance.notifications.parsing import XmlError, read_queued, read_xml
from conformance.wire.encoding import quote
from conformance.wire.failures import SENDING_ERRORS, failure_text
from conformance.wire.signing import Keys, system_time

RECEIVE = "ReceiveMessage"
DELETE = "DeleteMessage"
EMPTY = "MessageNotExist"
NO_QUEUE = "QueueNotExist"
_VERSION = "2015-06-06"
_MOST = 64
_SECONDS = 10.0


class QueueReader:
    """A channel that receives from a queue, and deletes what is of this run.

    Messages without `token` belong to others: they are left in the queue,
    where they show again after its visibility timeout.
    """

    def __init__(
        self,
        url: str,
        queue: str,
        *,
        keys: Keys,
        token: str,
        source: Source,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = system_time,
    ) -> None:
        self.sources = (source,)
        self._http = httpx.Client(base_url=url, transport=transport, timeout=_SECONDS, trust_env=False)
        self._path = f"/queues/{quote(queue)}/messages"
        self._keys = keys
        self._token = token
        self._now = now
        self._taking = Taking()
        self._deleted: set[str] = set()

    def collect(self) -> Iterator[Notice | Exchange]:
        """Receive until the queue is empty. Raises ChannelError if it cannot be read."""
        for _ in range(_MOST):
            received = self._send("GET", RECEIVE, "waitseconds=0")
            yield received
            fields = message_fields(received)
            if fields is None:
                _check_usable(received)
                return
            notice = read_queued(self.sources[0], fields)
            yield replace(notice, deleted=notice.id in self._deleted)
            if self._token in notice.text and self._taking.takes(notice) and fields.get("ReceiptHandle"):
                yield self._delete(notice, fields["ReceiptHandle"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _delete(self, notice: Notice, handle: str) -> Exchange:
        exchange = self._send("DELETE", DELETE, f"ReceiptHandle={quote(handle)}", notice.id)
        if notice.id and exchange.answer is not None and exchange.answer.status == 204:
            self._deleted.add(notice.id)
        return exchange

    def _send(self, method: str, operation: str, query: str, message_id: str = "") -> Exchange:
        resource = f"{self._path}?{query}"
        moment = self._now().astimezone(UTC)
        headers = {"date": format_datetime(moment, usegmt=True), "x-mns-version": _VERSION}
        request = self._http.build_request(method, resource, headers=headers)
        call = Call(operation, {"QueueName": self._path.split("/")[2], "MessageId": message_id})
        sent = Sent(method, str(request.url), tuple(request.headers.multi_items()))
        self._authorize(request, resource)
        try:
            response = self._http.send(request)
        except SENDING_ERRORS as error:
            msg = f"{request.url.copy_with(query=None)} gave no answer: {failure_text(error)}"
            raise ChannelError(msg) from None
        answered = {k.lower(): v for k, v in response.headers.items()}
        return Exchange(call, sent, Answer(response.status_code, answered, response.content, None))

    def _authorize(self, request: httpx.Request, resource: str) -> None:
        key = self._keys.current()
        signed = signature(request.method, request.headers, resource, key.secret.reveal())
        request.headers["Authorization"] = f"MNS {key.key_id}:{signed}"
        if key.token:
            request.headers["security-token"] = key.token.reveal()


def signature(method: str, headers: Mapping[str, str], resource: str, secret: str) -> str:
    """Return the signature of a request; `resource` is the path with the query."""
    own = sorted(f"{k.lower()}:{v}" for k, v in headers.items() if k.lower().startswith("x-mns-"))
    fixed = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    text = "\n".join([method, *fixed, *own, resource])
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha1").digest()).decode()


def message_fields(exchange: Exchange) -> dict[str, str] | None:
    """Return the fields of a received message, None if the answer holds none."""
    if exchange.answer is None or exchange.answer.status != 200:
        return None
    try:
        name, fields = read_xml(exchange.answer.body)
    except XmlError:
        return None
    return fields if name == "Message" and "MessageBody" in fields else None


def error_code(exchange: Exchange) -> str:
    """Return the Code of an XML error, empty if there is none."""
    try:
        name, fields = read_xml(exchange.answer.body if exchange.answer else b"")
    except XmlError:
        return ""
    return fields.get("Code", "") if name == "Error" else ""


def _check_usable(exchange: Exchange) -> None:
    """Raise ChannelError for an answer that speaks of neither a message nor an empty queue."""
    status = exchange.answer.status if exchange.answer else 0
    code = error_code(exchange)
    if code == EMPTY:
        return
    if status in (401, 403) or status >= 500 or (400 <= status < 500 and code):
        queue = exchange.call.params["QueueName"]
        msg = f"the queue '{queue}' cannot be read: HTTP {status}{f' with Code {code!r}' if code else ''}"
        raise ChannelError(msg)
