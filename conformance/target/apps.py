"""Targets given as `module:app`: WSGI in process, ASGI on a loopback port."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from conformance.serving import START_SECONDS, NotServedError, serve_asgi
from conformance.target.config import TargetError
from conformance.wire.addressing import Resolving


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
        self._inner = Resolving(httpx.WSGITransport(app=app))

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
    try:
        served = serve_asgi(app)
    except NotServedError:
        msg = f"--target '{name}': the ASGI app did not start within {START_SECONDS:g} s or failed to"
        raise TargetError(msg) from None
    return ServedApp(url=served.url, stop=served.stop)
