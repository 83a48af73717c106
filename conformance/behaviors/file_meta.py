"""BatchGetFileMeta: what every answer shows of which files are returned (imm.md 2)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.behaviors._file_rules import named, shown
from conformance.behaviors._lookups import asked_of, files_of, folded, has, uri_of
from conformance.checks.registry import expect, watch
from conformance.exchange import Exchange, Verdict

_BEHAVIOR = "BatchGetFileMeta/behavior"
SUCCESS = f"{_BEHAVIOR}/success-200"
SUBSET = f"{_BEHAVIOR}/files-subset"
UNIQUE = f"{_BEHAVIOR}/files-unique"
SCOPE = f"{_BEHAVIOR}/files-scope"
ECHO = f"{_BEHAVIOR}/uri-echo"


@watch(SUCCESS)
def success_200(exchange: Exchange) -> Iterator[Verdict]:
    """Judge the status of a success (IMM-BGFM-OK)."""
    assert exchange.answer is not None
    status = exchange.answer.status
    yield expect(SUCCESS, status == 200, expected="HTTP 200", observed=f"HTTP {status}", exchange=exchange)


@watch(SUBSET)
def files_subset(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that nothing is returned that was not asked for (IMM-BGFM-FILES-SUBSET)."""
    asked = {folded(uri) for uri in asked_of(exchange) or ()}
    for file in files_of(exchange):
        if asked and uri_of(file):
            yield expect(
                SUBSET,
                folded(uri_of(file)) in asked,
                expected="only files whose URI was asked for",
                observed=f"{named(file)} is returned too",
                exchange=exchange,
            )


@watch(ECHO)
def uri_echo(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a URI comes back in the spelling that was asked for (IMM-URI-ECHO)."""
    asked = asked_of(exchange) or []
    likely = {folded(uri): uri for uri in asked}
    for file in files_of(exchange):
        uri = uri_of(file)
        if folded(uri) in likely:
            yield expect(
                ECHO,
                uri in asked,
                expected=f"the URI {shown(likely[folded(uri)])}, byte for byte",
                observed=f"the URI {shown(uri)}",
                exchange=exchange,
            )


@watch(UNIQUE)
def files_unique(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that no file is returned twice, also where URI is left out (IMM-BGFM-FILES-UNIQUE)."""
    files = files_of(exchange)
    uris = [uri_of(file) for file in files]
    twice = next((uri for uri in uris if uri and uris.count(uri) > 1), "")
    if files and all(uris):
        observed = f"{shown(twice)} occurs {uris.count(twice)} times"
        yield expect(UNIQUE, not twice, expected="no URI twice in Files", observed=observed, exchange=exchange)
    asked = asked_of(exchange)
    if files and not any(uris) and asked is not None:
        count = len(set(asked))
        observed = f"{len(files)} files for {count} different URIs"
        yield expect(UNIQUE, len(files) <= count, expected="one file for a URI", observed=observed, exchange=exchange)


@watch(SCOPE)
def files_scope(exchange: Exchange) -> Iterator[Verdict]:
    """Judge project and dataset of each file against those of the request (IMM-BGFM-FILES-SCOPE)."""
    for file in files_of(exchange):
        for name in ("ProjectName", "DatasetName"):
            asked = exchange.call.params.get(name)
            if isinstance(asked, str) and has(file, name):
                yield expect(
                    SCOPE,
                    file[name] == asked,
                    expected=f"{name} '{asked}' in each file",
                    observed=f"{shown(file[name])} in {named(file)}",
                    exchange=exchange,
                )
