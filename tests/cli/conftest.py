"""The installed command, run the way a user runs it, and servers for it to judge."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"}
COMMAND = Path(sys.executable).with_name("conformance")
LEFT_OUT = ("PYTEST_", "COV_", "HYPOTHESIS_", "ALIBABA_CLOUD_", "PYTHONPATH", "CI")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of this process without what could change a run."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(LEFT_OUT)}
    kept = {name: value for name, value in kept.items() if not name.upper().endswith("_PROXY")}
    return {**kept, **more}


def run_in(folder: Path, command: list[str], more: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder and return what came of it."""
    return subprocess.run(
        command, cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def conformance(tmp_path: Path) -> Run:
    """Return the function that runs the command in a folder of the test's own."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, folder: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return run_in(folder or tmp_path, [str(COMMAND), *arguments], env or {})

    return run


@pytest.fixture
def plain_pytest(tmp_path: Path) -> Run:
    """Return the function that runs pytest itself in a folder of the test's own."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, folder: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return run_in(folder or tmp_path, [str(COMMAND.with_name("pytest")), *arguments], env or {})

    return run


@pytest.fixture
def serving() -> Iterator[Callable[[int, bytes], str]]:
    """Return the function that serves one answer to everything; it returns the address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(status: int, body: bytes, content_type: str = "application/json", location: str = "") -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(status)
                if location:
                    self.send_header("location", location)
                self.send_header("content-type", content_type)
                self.send_header("x-acs-retry-after", "20")  # milliseconds, if it is an answer that throttles
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names of the library

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """Serve the emulator by its command, with signatures verified; return the address."""
    command = [str(COMMAND), "emulator", "--port", "0", "--auth"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def key() -> dict[str, str]:
    """Return the variables of the environment that hold the emulator's key."""
    return dict(KEY)


FAULTY = """\
from emulator import Emulator, Request

emulator = Emulator()


def app(environ, start_response):
    named = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        named["content-type"] = environ["CONTENT_TYPE"]
    body = environ["wsgi.input"].read()
    request = Request(environ["REQUEST_METHOD"], "/", environ["QUERY_STRING"], tuple(named.items()), body)
    response = emulator.handle(request)
    start_response(f"{response.status} ", list(response.headers))
    return [response.body.replace(b'"Status":"Running"', b'"Status":"Busy"')]
"""


@pytest.fixture(scope="session")
def faulty_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the function that runs the command in a new folder that holds the faulty app, and returns the folder."""

    def run(*arguments: str) -> Path:
        folder = tmp_path_factory.mktemp("faulty")
        (folder / "faulty_server.py").write_text(FAULTY, encoding="utf-8")
        run_in(folder, [str(COMMAND), *arguments], {})
        return folder

    return run


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    """Write an app whose tasks have a state that no document knows; return its name."""
    (tmp_path / "faulty_server.py").write_text(FAULTY, encoding="utf-8")
    return "faulty_server:app"
