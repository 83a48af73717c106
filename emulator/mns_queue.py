"""Queues of the message service over HTTP: receiving and deleting of messages (mns.md 3.2).

The body of a message is the text as it was delivered, not Base64 of it. Waiting for a message is the affair of who
holds the connection: here an empty queue answers at once.
"""

import hashlib
import re
from typing import Final

from emulator.calls import Answer, Call, Source
from emulator.context import Context
from emulator.encoding import XML_TYPE
from emulator.errors import ApiError
from emulator.http import Request, Response, joined_headers, query_pairs
from emulator.json_text import JsonObject
from emulator.mns_subscriptions import mns_xml
from emulator.state import QueueMessage
from emulator.times import MILLISECOND, span

VERSION: Final = "2015-06-06"
SERVICE: Final = "mns"
"""The service of the calls that come to queues."""

_PATH = re.compile(r"/queues/([^/]+)(/messages)?")
_ACTIONS = {"GET": "ReceiveMessage", "DELETE": "DeleteMessage"}
_ERROR_OF_EMPTY: Final = "MessageNotExist"
_LARGEST_BATCH: Final = 16
_LONGEST_WAIT: Final = 30
_PRIORITY: Final = 8


def is_for_queue(request: Request) -> bool:
    """Tell whether a request is for a queue, of which only its messages are served."""
    return _PATH.fullmatch(request.path) is not None


def read_queue_call(request: Request) -> Call:
    """Return what a request asks of a queue; the name of the queue becomes a parameter."""
    match = _PATH.fullmatch(request.path)
    params = {name.decode(errors="replace"): value.decode(errors="replace") for name, value in query_pairs(request)}
    sources: dict[str, Source] = dict.fromkeys(params, "query")
    params["QueueName"] = match[1] if match else ""
    headers = joined_headers(request.headers)
    version = headers.get("x-mns-version", "")
    action = _ACTIONS.get(request.method, "") if match and match[2] else ""
    return Call(SERVICE, action, version, request.method, params, sources, headers)


def seconds_to_wait(request: Request, response: Response) -> int:
    """Return how long a receiver is willing to wait for the answer to change; 0 unless the queue was empty."""
    empty = response.status == 404 and f"<Code>{_ERROR_OF_EMPTY}</Code>".encode() in response.body
    if not (empty and is_for_queue(request)):
        return 0
    text = read_queue_call(request).params.get("waitseconds", "")
    return min(int(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else 0


def operate_queue(call: Call, context: Context) -> Answer:
    """Execute a call; raises ApiError for a refusal. Parameters are checked after the queue is found."""
    messages = context.state.queues.get(call.params["QueueName"])
    if messages is None:
        raise ApiError(404, "QueueNotExist", "The queue name you provided is not exist.")
    if call.action == "ReceiveMessage":
        return _receive(call, messages, context)
    if call.action == "DeleteMessage":
        return _delete(call, messages, context)
    raise ApiError(400, "InvalidRequestURL", "Http request URL format invalid.")


def encode_queue_answer(call: Call, answer: Answer) -> Response:
    """Return the XML that is sent for an answer; 204 has no body."""
    root = "Error" if answer.status >= 400 else "Messages" if "numOfMessages" in call.params else "Message"
    body = b"" if answer.status == 204 else mns_xml(root, answer.payload).encode()
    body = body if answer.body is None else answer.body
    headers = {"content-type": XML_TYPE, "content-length": str(len(body))} if body else {}
    sent = answer.headers | headers | {"x-mns-version": call.version or VERSION}
    return Response(answer.status, tuple(sent.items()), body)


def _receive(call: Call, messages: list[QueueMessage], context: Context) -> Answer:
    wanted = _count(call)
    found = [message for message in messages if message.visible <= context.now][: wanted or 1]
    if not found:
        raise ApiError(404, _ERROR_OF_EMPTY, "Message not exist.")
    if call.params.get("peekonly", "").lower() == "true":
        payloads = [_peeked(message) for message in found]
    else:
        payloads = [_received(message, context) for message in found]
    return Answer(200, {"Message": payloads} if wanted else payloads[0])


def _count(call: Call) -> int:
    """Return how many messages are asked for at once, 0 for one that is not in a list."""
    text = call.params.get("numOfMessages", "")
    if not text:
        return 0
    count = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0
    if not 1 <= count <= _LARGEST_BATCH:
        raise ApiError(400, "InvalidArgument", f"The value of numOfMessages should between 1 and {_LARGEST_BATCH}")
    return count


def _received(message: QueueMessage, context: Context) -> JsonObject:
    """Hide a message until its visibility timeout is over, and return it with a new receipt handle."""
    message.visible = context.now + span(context.timings.visibility)
    message.first_dequeue_time = message.first_dequeue_time or context.now
    message.dequeue_count += 1
    message.handle = f"1-{context.ids.job_id()}"
    shown = _peeked(message)
    return shown | {"ReceiptHandle": message.handle, "NextVisibleTime": str(message.visible // MILLISECOND)}


def _peeked(message: QueueMessage) -> JsonObject:
    """Return what a look at a message shows, which does not hide it."""
    return {
        "MessageId": message.message_id,
        "MessageBody": message.body,
        "MessageBodyMD5": hashlib.md5(message.body.encode()).hexdigest().upper(),
        "EnqueueTime": str(message.enqueue_time // MILLISECOND),
        "FirstDequeueTime": str(message.first_dequeue_time // MILLISECOND),
        "DequeueCount": str(message.dequeue_count),
        "Priority": str(_PRIORITY),
    }


def _delete(call: Call, messages: list[QueueMessage], context: Context) -> Answer:
    handle = call.params.get("ReceiptHandle", "")
    if not handle:
        raise ApiError(400, "MissingReceiptHandle", "ReceiptHandle is required.")
    for message in messages:
        if message.handle == handle and context.now < message.visible:
            messages.remove(message)
            return Answer(204, {})
    raise ApiError(400, "ReceiptHandleError", "The receipt handle you provided is not valid.")
