"""Judge every hostile server once with the limits as they are shipped, and print what it came to as a table.

``python -m tests.hostile.measure`` measures all of them, with names only these. It ends with 1 if a run took longer
than a minute (ninety seconds where five operations hang) or more than 300 MB, ended with an exit code other than 1 or
2, or showed a traceback.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hostile.conftest import (
    COMMAND,
    HERE,
    MOST_MEGABYTES,
    MOST_SECONDS,
    SECRETS,
    Done,
    certificates_in,
    ended,
    environment,
)
from tests.hostile.server import ORDERLY, SERVERS

CERTIFICATES = ("wrong-name", "expired", "self-signed")
"""Servers that do nothing wrong but for their certificate."""

UNANSWERED = {"hangs-in-cleaning": 30}
"""Seconds for those that leave some operations without an answer: each gets its ten."""


@contextmanager
def served(name: str, folder: Path) -> Iterator[str]:
    """Serve one of the hostile servers; give the target to judge."""
    made = dict(certificates_in(folder)).get(name)
    act = ["good", "--certificate", str(made.path)] if made else [name]
    command = [sys.executable, "-m", "tests.hostile.server", *act]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=HERE.parents[1])
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if made:
            lines = ('name = "it"', "[endpoints]", f'imm = "{url}"', f'ice = "{url}"', f'ca_file = "{made.authority}"')
            (folder / "target.toml").write_text("\n".join(lines), encoding="utf-8")
        yield "target.toml" if made else url
    finally:
        process.kill()
        process.communicate()


def judged(target: str, folder: Path) -> Done:
    """Run the command as it is shipped; one that does not end in time is killed."""
    started = time.monotonic()
    with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
        process = subprocess.Popen(
            [str(COMMAND), "run", "--target", target, "--report", "out"],
            cwd=folder, env=environment(**SECRETS), stdout=out, stderr=err, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        return ended(process, folder, started, most=10 * MOST_SECONDS)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def sentence_of(done: Done) -> str:
    """Return the first sentence that says why the run did not conform."""
    if done.err.strip() and not (done.folder / "out" / "report.json").exists():
        return done.err.strip().splitlines()[-1].removeprefix("conformance: ")
    return str(done.report["reasons"][0]) if done.report["reasons"] else "none"


def problems_of(name: str, done: Done) -> list[str]:
    """Return what a run must not do, whatever the server does."""
    found = {
        "exit code": done.code not in (1, 2),
        "time": done.seconds >= MOST_SECONDS + UNANSWERED.get(name, 0),
        "memory": done.megabytes >= MOST_MEGABYTES,
        "traceback": "Traceback" in done.said,
        "secret": any(secret in done.said for secret in list(SECRETS.values())[1:]),
    }
    return [what for what, wrong in found.items() if wrong]


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def row_of(name: str, done: Done, problems: list[str]) -> str:
    """Return a row of the table."""
    said = re.sub(r"https?://127[.]0[.]0[.]1:\d+", "URL", sentence_of(done)).replace("|", "\\|")
    note = f" **{', '.join(problems)}**" if problems else ""
    return f"| `{name}` | {done.code} | {done.seconds:.1f} | {done.megabytes:.0f} | {said[:150]}{note} |"


def main() -> int:
    """Measure, print, and say whether all was well."""
    names = sys.argv[1:] or sorted({*SERVERS, *CERTIFICATES} - ORDERLY)
    say("| Server | Exit code | Seconds | MB | Says |\n|---|---|---|---|---|")
    bad = False
    for name in names:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            with served(name, folder) as target:
                done = judged(target, folder)
            problems = problems_of(name, done)
            bad = bad or bool(problems)
            say(row_of(name, done, problems))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
