"""Targets given as `module:app`: WSGI in process, ASGI on a loopback port."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from conformance.target.config import TargetError

START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ServedApp:
    """An app that is ready: a transport in process, or a URL and how to stop it."""

    transport: httpx.BaseTransport | None = None
    url: str = ""
    stop: Callable[[], None] = lambda: None


def serve_app(name: str) -> ServedApp:
    """Load `module:attribute` from the working folder or the installation.

    Raises TargetError with a sentence for the user.
    """
    app = _load(name)
    if _is_asgi(app):
        return _serve_asgi(name, app)
    return ServedApp(transport=_WSGIApp(app))


class _WSGIApp(httpx.BaseTransport):
    """Asks a WSGI app in process; an app that raises has given no answer."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.WSGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._inner.handle_request(request)
            body = response.read()
        except httpx.HTTPError:
            raise
        except Exception as error:  # a user's app may raise anything
            msg = f"the app raised {type(error).__name__}: {error}"
            raise httpx.TransportError(msg) from error
        return httpx.Response(response.status_code, headers=response.headers.raw, content=body)


def _load(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        msg = f"--target '{name}' cannot be loaded: {type(error).__name__}: {error}"
        raise TargetError(msg) from None
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(here)
    if not callable(found):
        msg = f"--target '{name}' is a {type(found).__name__}, not a WSGI or ASGI app"
        raise TargetError(msg)
    return found


def _is_asgi(app: Any) -> bool:
    call = app if inspect.isroutine(app) else type(app).__call__
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return True
    parameters = [p for p in inspect.signature(app).parameters.values() if p.default is p.empty]
    return len(parameters) == 3


def _serve_asgi(name: str, app: Any) -> ServedApp:
    import uvicorn  # noqa: PLC0415  # only ASGI targets need a server

    config = uvicorn.Config(app, log_level="warning", lifespan="auto", interface="asgi3")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
    thread.start()
    end = time.monotonic() + START_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < end:
        time.sleep(0.02)

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
        listener.close()

    if not server.started:
        stop()
        msg = f"--target '{name}': the ASGI app did not start within {START_SECONDS:g} s or failed to"
        raise TargetError(msg)
    return ServedApp(url=f"http://127.0.0.1:{port}", stop=stop)


def _run(server: Any, listener: socket.socket) -> None:
    """Serve until stopped; the server leaves by SystemExit when the app's start-up fails."""
    with contextlib.suppress(SystemExit):
        server.run([listener])
