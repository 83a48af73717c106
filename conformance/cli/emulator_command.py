"""`conformance emulator`: the embedded target on a socket."""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.main import fail
from conformance.outputs import why_unwritable

if TYPE_CHECKING:
    from conformance.selftest import PlantedFault
    from emulator import Emulator, Subscription

KEY_ID = "testid"
KEY_SECRET = "testsecret"  # noqa: S105  # the published key of a test server


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print every variation and fault, and leave."""
    if not wanted:
        return
    from conformance.selftest import planted_faults  # slow to import
    from emulator.variations import VARIATIONS  # only this command needs them

    told = [f"--variation {one.id}: {one.description}" for one in VARIATIONS.values()]
    told += [f"--fault {one.id}: {one.description}" for one in planted_faults().values()]
    click.echo("\n".join(sorted(told)))
    context.exit()


@click.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--auth", is_flag=True, help=f"Verify signatures; the key is {KEY_ID} / {KEY_SECRET}.")
@click.option(
    "--state",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep everything in FILE, which is made if need be, so that it survives a restart.",
)
@click.option(
    "--subscribe",
    multiple=True,
    metavar="TOPIC=ENDPOINT[,FORMAT]",
    help="Deliver the messages of TOPIC to a URL or to queues/NAME, as XML (default), JSON or SIMPLIFIED; repeatable.",
)
@click.option(
    "--target-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Put in what the default target of a run has, and write FILE, a target file that names it all.",
)
@click.option("--variation", multiple=True, metavar="ID", help="Choose otherwise where the sources leave it open.")
@click.option("--fault", multiple=True, metavar="ID", help="Deviate on purpose; repeatable, as is --variation.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List variations and faults."
)
def command(port: int, host: str, target_file: Path | None, **given: Any) -> None:
    """Serve the embedded emulator until interrupted; prints its address when ready."""
    from emulator import serve  # only this command needs it

    emulator = _emulator(**given)
    ready = _describing(emulator, target_file) if target_file else click.echo
    try:
        serve(emulator, host, port, ready)
    except OSError as error:
        fail(f"port {port} of {host} cannot be opened: {error.strerror}")
    except KeyboardInterrupt:
        return
    finally:
        emulator.close()


def _describing(emulator: Emulator, path: Path) -> Callable[[str], None]:
    """Fill the emulator; return what writes the target file once the address is known, and then prints it."""
    from conformance.target.described import target_file  # only this option needs them
    from conformance.target.embedded import seed  # as above

    if why := why_unwritable(path):
        fail(f"--target-file '{path}' cannot be written: {why}")
    fixtures = seed(emulator)

    def ready(address: str) -> None:
        path.write_text(target_file(address, KEY_ID, KEY_SECRET, fixtures), encoding="utf-8")
        click.echo(address)

    return ready


def _emulator(
    auth: bool,
    state: Path | None,
    subscribe: tuple[str, ...],
    variation: tuple[str, ...],
    fault: tuple[str, ...],
) -> Emulator:
    """Return the emulator that the options ask for; leaves with a sentence if there is none."""
    from conformance.selftest.planting import limits_with  # only this command needs them
    from emulator import Emulator  # as above
    from emulator.store import FileStore, StoreError  # as above
    from emulator.variations import VARIATIONS  # as above

    _check("--variation", variation, VARIATIONS)
    faults = _faults(fault)
    try:
        return Emulator(
            credentials={KEY_ID: KEY_SECRET} if auth else None,
            limits=limits_with(faults),
            faults=faults,
            subscriptions=[_subscription(text, number) for number, text in enumerate(subscribe, 1)],
            variations=variation,
            store=FileStore(state) if state else None,
        )
    except ValueError as error:
        fail(f"--variation: {error}")
    except StoreError as error:
        fail(f"--state: {error}")


def _subscription(text: str, number: int) -> Subscription:
    """Return the subscription that a text asks for; leaves with a sentence if it is none."""
    from emulator import read_subscription  # only this command needs it

    try:
        return read_subscription(text, f"subscription-{number}")
    except ValueError as error:
        fail(f"--subscribe: {error}")


def _faults(ids: tuple[str, ...]) -> list[PlantedFault]:
    if not ids:
        return []
    from conformance.selftest import planted_faults  # slow to import

    known = planted_faults()
    _check("--fault", ids, known)
    return [known[id_] for id_ in ids]


def _check(option: str, ids: Collection[str], known: Collection[str]) -> None:
    for id_ in ids:
        if id_ not in known:
            near = ", ".join(f"'{name}'" for name in get_close_matches(id_, known, cutoff=0.0))
            fail(f"{option} '{id_}' is not known; the nearest are {near}, and --list tells all")
