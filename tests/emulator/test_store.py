"""The memory of a server survives its process, in a file that only one process uses."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from emulator import Emulator, Request, Subscription
from emulator.signatures import query_signature, query_string_to_sign
from emulator.state import State
from emulator.store import FileStore, StoreError
from tests.emulator.conftest import Caller, Calling, StillClock

TOPIC = {"MNS": {"TopicName": "topic"}}
QUEUE = Subscription("topic", "acs:mns:test:1:queues/queue", "queue", "SIMPLIFIED")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a state file that is not there yet."""
    return tmp_path / "state.db"


@pytest.fixture
def stores() -> Iterator[list[FileStore]]:
    """Return a list of stores to close after the test."""
    opened: list[FileStore] = []
    yield opened
    for store in opened:
        store.close()


def filled(caller: Caller) -> None:
    """Put something of every kind into a server."""
    assert caller.imm("CreateProject", ProjectName="project").status == 200
    assert caller.scoped("CreateDataset").status == 200
    source = {"URI": "oss://bucket/a b.jpg", "CustomLabels": {"é": [1.5, None]}}
    assert caller.scoped("IndexFileMeta", File=source, Notification=TOPIC, UserData="u").status == 200
    assert caller.scoped("CreateBinding", URI="oss://bucket").status == 200
    assert caller.ice("UploadMediaByURL", UploadURLs="http://example.com/a.mp4,http://example.com/b.mp4").status == 200
    assert (
        caller.ice("SubmitBatchMediaProducingJob", InputConfig="{}", OutputConfig="{}", ClientToken="c").status == 200
    )
    sources = [{"URI": "oss://bucket/a"}]
    task = caller.imm(
        "CreateFileCompressionTask", ProjectName="project", TargetURI="oss://bucket/z", Sources=sources, Tags={"t": "1"}
    )
    assert task.status == 200
    caller.emulator.put_object("bucket", "later.jpg")


def test_restart(calling: Calling, clock: StillClock, path: Path, stores: list[FileStore]) -> None:
    """A new server on the file goes on where the old one ended, down to the order of its jobs."""
    emulator = Emulator(clock=clock, store=FileStore(path), subscriptions=[QUEUE])
    filled(calling(emulator))
    clock.advance(1)
    emulator.messages("topic")
    emulator.close()

    stores.append(FileStore(path))
    found = stores[-1].load()

    assert found == emulator.state
    assert list(found.upload_jobs) == list(emulator.state.upload_jobs)
    assert found.queues["queue"]


def test_work_goes_on_after_a_restart(calling: Calling, clock: StillClock, path: Path, stores: list[FileStore]) -> None:
    """What was under way when a server ended is done by the next one."""
    emulator = Emulator(clock=clock, store=FileStore(path))
    filled(calling(emulator))
    emulator.close()
    clock.advance(1)

    stores.append(FileStore(path))
    again = Emulator(clock=clock, store=stores[-1])

    uris = ["oss://bucket/a b.jpg", "oss://bucket/later.jpg"]
    files = calling(again).scoped("BatchGetFileMeta", URIs=uris).body["Files"]
    assert [file["URI"] for file in files] == uris
    assert len(again.messages("topic")) == 1


def test_ids_do_not_repeat_after_a_restart(calling: Calling, path: Path) -> None:
    """No identifier is given out twice, although reading does not write the file."""
    ids = []
    for _ in range(3):
        emulator = Emulator(store=FileStore(path))
        ids += [calling(emulator).imm("GetProject", ProjectName="none").body["RequestId"] for _ in range(3)]
        emulator.close()

    assert len(set(ids)) == 9


def test_reading_does_not_write(calling: Calling, path: Path, stores: list[FileStore]) -> None:
    """A call that changes nothing makes no transaction."""
    stores.append(FileStore(path))
    caller = calling(Emulator(store=stores[-1]))
    assert caller.imm("CreateProject", ProjectName="project").status == 200
    log = path.with_name("state.db-wal")
    before = log.stat().st_size

    reply = caller.imm("GetProject", ProjectName="project")

    assert reply.status == 200
    assert log.stat().st_size == before


def signed(clock: StillClock) -> Request:
    """Return a query-signed request of the key ``id``."""
    params = {
        "AccessKeyId": "id",
        "Action": "GetProject",
        "ProjectName": "project",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "nonce",
        "SignatureVersion": "1.0",
        "Timestamp": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": "2020-09-30",
    }
    text = query_string_to_sign("GET", [(name.encode(), value.encode()) for name, value in params.items()])
    return Request("GET", "/", urlencode({**params, "Signature": query_signature("secret", text)}), (), b"")


def test_used_nonces_survive(clock: StillClock, path: Path) -> None:
    """A signed request is refused as a replay also after a restart."""
    bodies = []
    for _ in range(2):
        emulator = Emulator(clock=clock, credentials={"id": "secret"}, store=FileStore(path))
        bodies.append(emulator.handle(signed(clock)).body)
        emulator.close()

    assert b"ResourceNotFound" in bodies[0]
    assert b"SignatureNonceUsed" in bodies[1]


def test_second_user_is_refused(path: Path, stores: list[FileStore]) -> None:
    """A file that a server uses is refused to another store."""
    stores.append(FileStore(path))

    with pytest.raises(StoreError, match=r"state\.db\" is used by another process"):
        FileStore(path)


def test_second_process_is_refused(path: Path, stores: list[FileStore]) -> None:
    """A file that a server uses is refused to another process, and free when that one has ended."""
    stores.append(FileStore(path))
    program = f"from emulator.store import FileStore; from pathlib import Path; FileStore(Path({str(path)!r}))"

    refused = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    stores.pop().close()
    taken = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert "is used by another process" in refused.stderr
    assert taken.returncode == 0


@pytest.mark.parametrize("content", [b"hello", b"x" * 5000, b"SQLite format 3\0" + b"x" * 5000])
def test_other_files_are_refused(path: Path, content: bytes) -> None:
    """A file of something else is refused, and left as it is."""
    path.write_bytes(content)

    with pytest.raises(StoreError, match="is not a state file"):
        FileStore(path)

    assert path.read_bytes() == content


def test_other_databases_are_refused(path: Path) -> None:
    """A database of something else is refused, and left as it is."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE entry (number INTEGER)")
    database.close()
    content = path.read_bytes()

    with pytest.raises(StoreError, match="is a database, but not a state file"):
        FileStore(path)

    assert path.read_bytes() == content


def test_other_versions_are_refused(path: Path) -> None:
    """A state file of another version is refused."""
    FileStore(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(StoreError, match="was written by another version"):
        FileStore(path)


@pytest.mark.parametrize("name", [".", "no such folder/state.db"])
def test_impossible_paths_are_refused(tmp_path: Path, name: str) -> None:
    """A folder, and a file in a folder that is not there, are refused."""
    with pytest.raises(StoreError, match=r"is a folder|cannot be opened"):
        FileStore(tmp_path / name)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE entry SET value = ? WHERE path = '[]'", ["{"]),
        ("UPDATE entry SET value = ? WHERE path LIKE '%\"project\"]'", ['{"name": 1}']),
        ("INSERT INTO entry (path, value) VALUES (?, '1')", ['["unknown"]']),
        ("INSERT INTO entry (path, value) VALUES (?, '1')", ["no path"]),
    ],
)
def test_damage_is_told(calling: Calling, path: Path, statement: str, values: list[str]) -> None:
    """Rows that describe no memory of a server are refused."""
    emulator = Emulator(store=FileStore(path))
    filled(calling(emulator))
    emulator.close()
    with sqlite3.connect(path) as database:
        assert database.execute(statement, values).rowcount == 1
    database.close()

    with pytest.raises(StoreError, match="is damaged"):
        FileStore(path).load()


def test_a_failed_write_is_no_success(calling: Calling, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A call whose change cannot be kept is answered with a 500, and kept with the next one that can be."""
    store = FileStore(path)
    emulator = Emulator(store=store)
    caller = calling(emulator)
    assert caller.imm("CreateProject", ProjectName="one").status == 200
    store._database.execute("PRAGMA query_only = ON")
    broken = caller.imm("CreateProject", ProjectName="two")
    store._database.execute("PRAGMA query_only = OFF")
    whole = caller.imm("CreateProject", ProjectName="three")
    emulator.close()

    again = FileStore(path)
    found = again.load()
    again.close()

    assert (broken.status, broken.code, whole.status) == (500, "InternalError", 200)
    assert list(found.projects) == ["one", "two", "three"]
    assert "cannot be written" in caplog.text


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    """A file without anything in it is taken."""
    path.touch()

    store = FileStore(path)

    assert store.load() == State()
    store.close()
