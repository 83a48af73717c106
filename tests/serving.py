"""An emulator behind an address of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from emulator import Emulator, serve


@contextmanager
def on_a_socket(emulator: Emulator) -> Iterator[str]:
    """Serve an emulator on a free port as long as this lasts; yield its address."""
    stop, ready, found = threading.Event(), threading.Event(), list[str]()

    def on_ready(url: str) -> None:
        found.append(url)
        ready.set()

    thread = threading.Thread(target=serve, args=(emulator, "127.0.0.1", 0, on_ready), kwargs={"stop": stop})
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
