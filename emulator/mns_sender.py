"""The pushes of a server sent over HTTP, by threads of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx

from emulator.core import Emulator
from emulator.mns_push import ANSWER_SECONDS, Push

_POLL_SECONDS: Final = 0.02
_SENDERS: Final = 4


class PushSender:
    """Sends what an emulator has to push, from ``start`` to ``stop``; an endpoint that hangs holds up no other."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="push-sender", daemon=True)

    def start(self) -> None:
        """Begin to look for pushes."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing any more; waits for what is being sent."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=ANSWER_SECONDS, trust_env=False) as client, ThreadPoolExecutor(_SENDERS) as senders:
            while not self._stopping.wait(_POLL_SECONDS):
                for push in self._emulator.pushes():
                    senders.submit(self._send, client, push)

    def _send(self, client: httpx.Client, push: Push) -> None:
        try:
            # Streamed, because nothing is read of the answer but its status.
            with client.stream(push.method, push.url, headers=push.headers, content=push.body) as response:
                status: int | None = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            status = None
        self._emulator.push_answered(push, status)
