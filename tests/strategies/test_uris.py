"""URIs of files and buckets, and source URLs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openapi import Contract
from strategies import (
    BrokenURI,
    broken_file_uris,
    bucket_uris,
    file_uris,
    oss_uris,
    pds_uris,
    source_urls,
)
from tests.strategies.conftest import Draw

SOME = settings(max_examples=50, database=None, deadline=None)


@pytest.fixture(scope="module")
def pattern(contract: Contract) -> re.Pattern[str]:
    """Return the documented pattern of file URIs, closed at the end."""
    node = contract.operations["BatchGetFileMeta"].parameters["URIs"].node.item
    assert node is not None
    return re.compile(node.schema["pattern"].removesuffix("$") + r"\Z")


@given(uri=file_uris())
@SOME
def test_file_uris_match_the_documented_pattern(pattern: re.Pattern[str], uri: str) -> None:
    """Each file URI is one by the documents."""
    assert pattern.search(uri)


@given(oss_uris())
@SOME
def test_the_key_of_an_oss_uri_has_at_most_1023_bytes(uri: str) -> None:
    """The limit of the key holds inside a URI."""
    key = uri.removeprefix("oss://").partition("/")[2]

    assert 1 <= len(key.encode()) <= 1023


@given(oss_uris("my-bucket"))
@SOME
def test_a_given_bucket_is_used(uri: str) -> None:
    """All URIs are in the given bucket."""
    assert uri.startswith("oss://my-bucket/")


@given(oss_uris(st.sampled_from(("one", "two"))))
@SOME
def test_a_bucket_may_be_a_strategy(uri: str) -> None:
    """Buckets are drawn from a given strategy."""
    assert uri.startswith(("oss://one/", "oss://two/"))


@given(oss_uris("b-b", keys=st.just("a.jpg")))
@SOME
def test_given_keys_are_used(uri: str) -> None:
    """Keys are drawn from a given strategy."""
    assert uri == "oss://b-b/a.jpg"


@given(pds_uris())
@SOME
def test_a_pds_uri_has_four_ids(uri: str) -> None:
    """A PDS URI has its four ids in their order."""
    assert re.fullmatch(r"pds://domains/[^/]+/drives/[0-9]+/files/[^/]+/revisions/[^/]+", uri)


def test_file_uris_are_of_both_kinds(drawn: Draw) -> None:
    """File URIs are of OSS and of PDS."""
    assert {uri[:6] for uri in drawn(file_uris())} == {"oss://", "pds://"}


@given(bucket_uris())
@SOME
def test_a_bucket_uri_ends_with_the_bucket(uri: str) -> None:
    """A bucket URI has nothing after the bucket."""
    assert re.fullmatch(r"oss://[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", uri)


@given(broken=broken_file_uris())
@SOME
def test_broken_uris_do_not_match_the_documented_pattern(pattern: re.Pattern[str], broken: BrokenURI) -> None:
    """Each broken URI breaks the pattern, or else the size of the key."""
    key = broken.uri.removeprefix("oss://").partition("/")[2]

    assert not pattern.search(broken.uri) or len(key.encode()) > 1023


def test_every_rule_of_a_uri_is_broken(drawn: Draw) -> None:
    """The broken URIs are of many kinds, each with its rule."""
    found = {broken.rule for broken in drawn(broken_file_uris(), 400)}

    assert len(found) == 22


@given(source_urls())
@SOME
def test_a_source_url_has_a_host_and_an_extension(url: str) -> None:
    """A source URL is http or https and names a file with an extension."""
    parts = urlsplit(url)

    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.path.rpartition(".")[2] in ("mp4", "mov", "mp3")


@pytest.mark.parametrize("part", [",", "%2C", "?", "片", " "])
def test_source_urls_hold_what_needs_encoding(part: str, drawn: Draw) -> None:
    """Commas, escapes, queries and letters beyond ASCII are drawn."""
    assert any(part in url for url in drawn(source_urls()))


@given(source_urls(extensions=("avi",)))
@SOME
def test_given_extensions_are_used(url: str) -> None:
    """The extension is one of those given."""
    assert urlsplit(url).path.endswith(".avi")
