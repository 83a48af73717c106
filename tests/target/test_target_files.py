"""Target files: what they hold, and the sentence for everything that is wrong in one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.target import Target, TargetError, read_target

WHOLE = """\
name = "my-emulator"
version = "1.4.0"
operations = ["BatchGetFileMeta", "GetTask"]

[endpoints]
imm = "http://127.0.0.1:8089/"
ice = "http://127.0.0.1:8090"
ca_file = "ca.pem"

[credentials]
access_key_id = "testid"
access_key_secret = "test-secret"
security_token = "test-token"
signatures = "verify"

[fixtures]
project = "test-project"
dataset = "test-dataset"
bucket = "test-bucket"
indexed_uris = ["oss://test-bucket/a.jpg"]
missing_uris = ["oss://test-bucket/none.jpg"]
tasks = [{ type = "FileCompression", id = "FileCompression-1" }]
url_upload_jobs = [{ id = "3829", url = "https://example.com/a.mp4" }]
batch_jobs = ["b6b2"]
expired_batch_jobs = ["a1a1"]

[notifications]
topic = "test-topic"
listen = "127.0.0.1:9101"

[limits]
max_requests = 2000
requests_per_second = 20
settle_seconds = 10

[safety]
tier = "reads"
"""
LITTLE = 'name = "it"\n[endpoints]\nimm = "http://127.0.0.1:1"\n'

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return the function that writes a target file and returns its name."""

    def file(text: str) -> str:
        path = tmp_path / "target.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return file


def problem(given: str) -> str:
    """Return the sentence with which a target is refused."""
    with pytest.raises(TargetError) as caught:
        read_target(given, {})
    return str(caught.value)


@pytest.fixture
def whole(write: Write, tmp_path: Path) -> Target:
    """Return a target read from a file that says everything."""
    (tmp_path / "ca.pem").write_text("", encoding="utf-8")
    return read_target(write(WHOLE), {})


def test_name_and_version(whole: Target) -> None:
    """The name and the version of a target are those of the file."""
    assert (whole.name, whole.version) == ("my-emulator", "1.4.0")


def test_operations(whole: Target) -> None:
    """The claimed operations are those of the file."""
    assert whole.operations == ("BatchGetFileMeta", "GetTask")


def test_endpoints(whole: Target) -> None:
    """Endpoints lose their last slash, and the certificate file is no endpoint."""
    assert whole.endpoints == {"imm": "http://127.0.0.1:8089", "ice": "http://127.0.0.1:8090"}


def test_certificate_file(whole: Target, tmp_path: Path) -> None:
    """The certificate file is looked for beside the target file."""
    assert whole.ca_file == str(tmp_path / "ca.pem")


def test_credentials(whole: Target) -> None:
    """Key, secret and token of the file are used."""
    assert whole.credentials is not None
    assert whole.credentials.token is not None
    revealed = (whole.credentials.secret.reveal(), whole.credentials.token.reveal())

    assert (whole.credentials.key_id, *revealed) == ("testid", "test-secret", "test-token")


def test_signatures(whole: Target) -> None:
    """The file decides whether signatures are judged."""
    assert whole.signatures == "verify"


def test_fixtures(whole: Target) -> None:
    """Resources that exist are read from the file."""
    assert whole.fixtures.indexed_uris == ("oss://test-bucket/a.jpg",)
    assert whole.fixtures.tasks == (("FileCompression", "FileCompression-1"),)
    assert whole.fixtures.url_upload_jobs == (("3829", "https://example.com/a.mp4"),)
    assert whole.fixtures.expired_batch_jobs == ("a1a1",)


def test_limits(whole: Target) -> None:
    """The limits of a run are read from the file."""
    limits = whole.limits

    assert (limits.max_requests, limits.requests_per_second, limits.settle_seconds) == (2000, 20, 10)


def test_notifications(whole: Target) -> None:
    """The way of messages to the kit is read from the file."""
    assert whole.notifications == {"topic": "test-topic", "listen": "127.0.0.1:9101"}


def test_little_file(write: Write) -> None:
    """A name and one endpoint are enough."""
    target = read_target(write(LITTLE), {})

    assert (target.name, dict(target.endpoints), target.credentials) == ("it", {"imm": "http://127.0.0.1:1"}, None)


@pytest.mark.parametrize(
    ("section", "known"),
    [
        ("fixtures", "batch_jobs, bucket, dataset, expired_batch_jobs"),
        ("notifications", "format, listen, mns_endpoint, path, queue, topic"),
        (
            "limits",
            "answer_seconds, connect_seconds, first_byte_seconds, max_requests, requests_per_second, run_seconds",
        ),
        ("safety", "tier"),
    ],
)
def test_unknown_key_in_a_section(write: Write, section: str, known: str) -> None:
    """An unknown key of a section is refused with its line and the known keys."""
    text = f'{LITTLE}\n[{section}]\ncolour = "red"\n'

    message = problem(write(text))

    line = len(text.splitlines())
    assert f"line {line}: unknown key 'colour' in [{section}]; expected one of {known}" in message


def test_unknown_endpoint(write: Write) -> None:
    """An unknown key of the endpoints is refused with the known ones."""
    message = problem(write(f'{LITTLE}mns = "http://127.0.0.1:1"\n'))

    assert "line 4: unknown key 'mns' in [endpoints]; expected one of ca_file, ice, imm" in message


def test_unknown_key_of_the_credentials(write: Write) -> None:
    """An unknown key of the credentials is refused without its name and value, which may be secrets."""
    message = problem(write(f'{LITTLE}[credentials]\nid = "red"\n'))

    assert "line 5: an unknown key in [credentials]; expected one of access_key_id" in message


def test_unknown_key_at_the_top(write: Write) -> None:
    """An unknown key outside the sections is refused with its line."""
    message = problem(write(f'tier = "full"\n{LITTLE}'))

    assert "line 1: unknown key 'tier'; expected one of credentials, endpoints" in message


def test_unknown_section(write: Write) -> None:
    """An unknown section is refused with the line of its header."""
    message = problem(write(f"{LITTLE}[fixture]\nproject = 'p'\n"))

    assert "line 4: unknown key 'fixture'" in message


def test_unknown_key_of_a_task(write: Write) -> None:
    """An unknown key inside a list is refused by name."""
    message = problem(write(f'{LITTLE}[fixtures]\ntasks = [{{type = "A", id = "1", state = "x"}}]\n'))

    assert "line 5: unknown key 'state' in [fixtures.tasks.0]" in message


@pytest.mark.parametrize(
    ("lines", "key", "value", "expected"),
    [
        ("[limits]\nmax_requests = 'many'", "limits.max_requests", "'many'", "a value of type integer"),
        ("[limits]\nmax_requests = 0", "limits.max_requests", "0", "minimum 1"),
        ("[limits]\nmax_requests = 2.5", "limits.max_requests", "2.5", "a value of type integer"),
        ("[limits]\nmax_requests = true", "limits.max_requests", "True", "a value of type integer"),
        ("[limits]\nrequests_per_second = 0", "limits.requests_per_second", "0", "exclusiveMinimum 0"),
        ("[limits]\nrequests_per_second = nan", "limits.requests_per_second", "nan", "a finite number"),
        ("[limits]\nanswer_seconds = inf", "limits.answer_seconds", "inf", "a finite number"),
        ("[limits]\nsettle_seconds = inf", "limits.settle_seconds", "inf", "maximum 86400"),
        ("[safety]\ntier = 'all'", "safety.tier", "'all'", "one of reads, refused-only, create-and-clean, full"),
        ("[credentials]\nsignatures = true", "credentials.signatures", "***", "one of verify, ignore, auto"),
        ("[fixtures]\nproject = ''", "fixtures.project", "''", "minLength 1"),
        ("[fixtures]\nindexed_uris = 'oss'", "fixtures.indexed_uris", "'oss'", "a value of type array"),
        ("[fixtures]\nproject = ['a']", "fixtures.project", "an array", "a value of type string"),
        ("[fixtures]\nbatch_jobs = [1]", "fixtures.batch_jobs.0", "1", "a value of type string"),
        ("[notifications]\ntopic = 't'\nlisten = '9101'", "notifications.listen", "'9101'", "text that matches"),
    ],
)
def test_wrong_value(write: Write, lines: str, key: str, value: str, expected: str) -> None:
    """A value of a wrong type or out of range is refused with key, value, line and what was expected."""
    text = f"{LITTLE}{lines}\n"

    message = problem(write(text))

    assert f"line {len(text.splitlines())}: '{key}' is {value}, expected {expected}" in message


def test_wrong_type_of_a_section(write: Write) -> None:
    """A value in the place of a section is refused."""
    message = problem(write('name = "it"\nendpoints = "http://127.0.0.1:1"\n'))

    assert "line 2: 'endpoints' is 'http://127.0.0.1:1', expected a value of type object" in message


def test_unknown_operation(write: Write) -> None:
    """A claimed operation that the contract does not have is refused with the known ones."""
    message = problem(write(f'operations = ["GetTasks"]\n{LITTLE}'))

    assert "line 1: 'operations.0' is 'GetTasks', expected one of BatchGetFileMeta, CreateBinding" in message


def test_missing_name(write: Write) -> None:
    """A file without a name is refused."""
    assert "the key 'name' is missing" in problem(write('[endpoints]\nimm = "http://127.0.0.1:1"\n'))


def test_missing_endpoints(write: Write) -> None:
    """A file without endpoints is refused."""
    assert "the key 'endpoints' is missing" in problem(write('name = "it"\n'))


def test_no_endpoint_of_a_service(write: Write) -> None:
    """A file whose endpoints name no service is refused with what is lacking."""
    message = problem(write('name = "it"\n[endpoints]\n'))

    assert "line 2: 'endpoints' is a table of nothing, expected imm or ice" in message


def test_missing_id_of_a_task(write: Write) -> None:
    """A task without its id is refused with the place of the task."""
    message = problem(write(f'{LITTLE}[fixtures]\ntasks = [{{type = "A"}}]\n'))

    assert "line 5: the key 'id' is missing in [fixtures.tasks.0]" in message


def test_missing_topic(write: Write) -> None:
    """A notification channel without its topic is refused."""
    message = problem(write(f'{LITTLE}[notifications]\nlisten = "127.0.0.1:1"\n'))

    assert "line 4: the key 'topic' is missing in [notifications]" in message


def test_missing_file(tmp_path: Path) -> None:
    """A target file that is not there is refused with its name."""
    message = problem(str(tmp_path / "none.toml"))

    assert message == f"target file '{tmp_path / 'none.toml'}' cannot be read: No such file or directory"


def test_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    """A folder with the name of a target file is refused."""
    folder = tmp_path / "folder.toml"
    folder.mkdir()

    assert problem(str(folder)) == f"target file '{folder}' cannot be read: Is a directory"


def test_missing_certificate_file(write: Write) -> None:
    """A certificate file that is not there is refused with its name."""
    message = problem(write(f'{LITTLE}ca_file = "none.pem"\n'))

    assert "line 4: endpoints.ca_file 'none.pem' does not exist" in message


def test_folder_in_the_place_of_a_certificate_file(write: Write) -> None:
    """A folder is told from a file that is not there."""
    assert "line 4: endpoints.ca_file '.' is not a file" in problem(write(f'{LITTLE}ca_file = "."\n'))


def test_no_toml(write: Write) -> None:
    """A file that is not TOML is refused with the line that is wrong."""
    message = problem(write("name = it\n"))

    assert "is not TOML" in message
    assert "line 1" in message


@pytest.mark.parametrize(
    ("value", "reason"), [("[" * 5000, "it is nested too deeply"), ("1" * 5000, "digits")], ids=["deep", "long"]
)
def test_toml_that_python_cannot_hold(write: Write, value: str, reason: str) -> None:
    """A file that is nested without end, or has a number that is, is refused like one that is no TOML."""
    message = problem(write(f"name = {value}\n"))

    assert "is not TOML: " in message
    assert reason in message


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file that begins with a byte order mark is read like any other."""
    path = tmp_path / "target.toml"
    path.write_text(LITTLE, encoding="utf-8-sig")

    assert read_target(str(path), {}).name == "it"


def test_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused."""
    path = tmp_path / "target.toml"
    path.write_bytes(b'name = "\xff"\n')

    assert "is not TOML" in problem(str(path))


@pytest.mark.parametrize("lacking", ["access_key_id", "access_key_secret"])
def test_half_of_a_key(write: Write, lacking: str) -> None:
    """Credentials need both halves of a key."""
    other = ({"access_key_id", "access_key_secret"} - {lacking}).pop()

    message = problem(write(f'{LITTLE}[credentials]\n{other} = "hidden-value"\n'))

    assert "[credentials] needs both access_key_id and access_key_secret, or neither" in message


def test_token_without_a_key(write: Write) -> None:
    """A security token belongs to a key."""
    message = problem(write(f'{LITTLE}[credentials]\nsecurity_token = "hidden-value"\n'))

    assert "[credentials] needs both access_key_id and access_key_secret, or neither" in message


def test_both_ways_of_messages(write: Write) -> None:
    """Messages come by pushes or from a queue, and a file that gives neither is refused."""
    message = problem(write(f'{LITTLE}[notifications]\ntopic = "t"\n'))

    assert "line 4: 'notifications' is a table of topic, expected listen or mns_endpoint with queue" in message


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://127.0.0.1", "is not an http or https URL with a host"),
        ("http://", "is not an http or https URL with a host"),
        ("http://127.0.0.1:0", "has a port that is not a number from 1 to 65535"),
        ("http://127.0.0.1:99999", "has a port that is not a number from 1 to 65535"),
        ("http://[::1", "is not a URL"),
        ("http://127.0.0.1/imm", "has a path, but every operation is on '/'"),
        ("http://user:hidden-value@127.0.0.1", "may hold scheme, host and port only"),
        ("http://127.0.0.1/?a=b", "may hold scheme, host and port only"),
        ("http://..:1", "has a host that is neither a name nor an address"),
        (f"http://{'a' * 300}.invalid", "has a host that is neither a name nor an address"),
        ("http://999.1.1.1", "has a host that is neither a name nor an address"),
        ("http://user%3Ahidden-value%40host", "has a host that is neither a name nor an address"),
        ("http://127.0.0.1\\n", "holds a blank, a line break or another character that cannot be seen"),
        (" http://127.0.0.1", "holds a blank, a line break or another character that cannot be seen"),
        ("127.0.0.1\\n", "holds a blank, a line break or another character that cannot be seen"),
    ],
)
def test_wrong_endpoint(write: Write, url: str, reason: str) -> None:
    """An endpoint that cannot be one is refused with the reason, and a password in it is not repeated."""
    message = problem(write(f'name = "it"\n[endpoints]\nimm = "{url}"\n'))

    assert "line 3: endpoints.imm" in message
    assert reason in message
    assert "hidden-value" not in message
