"""URIs of files and buckets, and URLs that upload jobs fetch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from strategies._known import file_uris_outside
from strategies._parts import DIGITS, LOWER, given_or, hexadecimal
from strategies.names import MAX_KEY_BYTES, bucket_names, object_keys

Bucket = str | st.SearchStrategy[str] | None


def bucket_uris() -> st.SearchStrategy[str]:
    """Draw valid bucket URIs, as bindings take them (IMM-URI-BUCKET)."""
    return bucket_names().map("oss://{}".format)


def oss_uris(bucket: Bucket = None, *, keys: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    """Draw valid OSS file URIs (IMM-URI-OSS-FILE).

    `bucket` is a name or a strategy of names, by default any valid name;
    `keys` are the object keys, by default `object_keys()`.
    """
    return st.builds(
        "oss://{}/{}".format,
        given_or(bucket, bucket_names()),
        object_keys() if keys is None else keys,
    )


def pds_uris() -> st.SearchStrategy[str]:
    """Draw valid PDS file URIs; their four ids are opaque (IMM-URI-PDS)."""
    domains = st.builds("{}{}".format, st.sampled_from(("bj", "hz", "sh")), st.integers(0, 9999))
    drives = st.integers(1, 10**9).map(str)
    short = st.integers(0, 16**12 - 1).map("{:X}".format)
    ids = st.one_of(hexadecimal(40), short)
    return st.builds(
        "pds://domains/{}/drives/{}/files/{}/revisions/{}".format,
        domains,
        drives,
        ids,
        ids,
    )


def file_uris(bucket: Bucket = None) -> st.SearchStrategy[str]:
    """Draw valid file URIs, of OSS (in `bucket`, if given) and of PDS."""
    return st.one_of(oss_uris(bucket), pds_uris())


@dataclass(frozen=True, slots=True)
class BrokenURI:
    """A text that is no file URI, and the rule that it breaks."""

    uri: str
    rule: str


_RULES = {
    "http": "an index operation takes no http URI",
    "https": "an index operation takes no https URI",
    "other scheme": "the scheme is oss or pds",
    "no scheme": "a URI starts with its scheme",
    "no bucket": "an OSS URI names a bucket",
    "no key": "an OSS file URI has a key",
    "empty key": "a key has at least 1 byte",
    "key starts with slash": "a key does not start with a slash",
    "key starts with backslash": "a key does not start with a backslash",
    "bucket of 2": "a bucket name has at least 3 characters",
    "bucket of 64": "a bucket name has at most 63 characters",
    "bucket in upper case": "a bucket name has no upper-case letters",
    "bucket with underscore": "a bucket name has no underscore",
    "bucket with dot": "a bucket name has no dot",
    "bucket starts with hyphen": "a bucket name starts with a letter or digit",
    "bucket ends with hyphen": "a bucket name ends with a letter or digit",
    "pds without revision": "a PDS URI has four ids",
    "pds with empty file": "no id of a PDS URI is empty",
    "pds in wrong order": "the ids of a PDS URI have a fixed order",
    "pds with extra segment": "nothing follows the revision of a PDS URI",
    "leading space": "a URI starts with its scheme",
    "empty text": "a URI is not empty",
}
_TOO_LONG = BrokenURI(
    f"oss://examplebucket/{'a' * (MAX_KEY_BYTES + 1)}",
    f"a key has at most {MAX_KEY_BYTES} bytes",
)


def broken_file_uris(bucket: Bucket = None) -> st.SearchStrategy[BrokenURI]:
    """Draw texts that break one rule of file URIs each (IMM-URI-*)."""
    changed = st.builds(
        lambda uri, label: BrokenURI(file_uris_outside(uri)[label], _RULES[label]),
        oss_uris(bucket),
        st.sampled_from(sorted(_RULES)),
    )
    return st.one_of(changed, st.just(_TOO_LONG))


_HOSTS = ("example.com", "cdn.example.com:8443", "xn--bcher-kva.example", "192.0.2.7")
_PATH_PARTS = (
    "video",
    "a,b",
    "a%2Cb",
    "%E7%89%87",
    "片",
    "a b",
    "a+b",
    "100%25",
    "x;y",
    "it's",
)
_QUERIES = ("", "?x=1", "?a=1&b=2", "?list=1,2,3", "?u=https%3A%2F%2Fexample.com", "?")


def source_urls(extensions: tuple[str, ...] = ("mp4", "mov", "mp3")) -> st.SearchStrategy[str]:
    """Draw http and https URLs that an upload job may be asked to fetch.

    Among them are commas, percent escapes, queries and letters beyond ASCII,
    so each has to be percent-encoded in a comma list (ICE-GUUI-URL-ENCODED).
    """
    join: Callable[..., str] = "{}://{}/{}/{}.{}{}".format
    return st.builds(
        join,
        st.sampled_from(("https", "http")),
        st.sampled_from(_HOSTS),
        st.sampled_from(_PATH_PARTS),
        st.text(LOWER + DIGITS + "-_", min_size=1, max_size=8),
        st.sampled_from(extensions),
        st.sampled_from(_QUERIES),
    )
