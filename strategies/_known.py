"""Well-known texts: values inside and outside, by what they show.

A text format is recognised by its pattern: the pattern has to match all
`members` and none of the `foreign` values. The rules are those of OSS and IMM
names and URIs (IMM-URI-*, IMM-COM-PROJECT-NAME) and the example values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strategies._validity import compiled

BUCKET = "examplebucket"
KEY = "sampleobject.jpg"
FILE_HASH = "1d9c280a7c4f67f7ef873e28449dbe17"
PDS_URI = "pds://domains/bj1/drives/101/files/9520943DC264/revisions/40CB7794C929"
_MOST_KEY_BYTES = 1023

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """One text format: how to recognise it, and values around a given one."""

    name: str
    members: tuple[str, ...]
    foreign: tuple[str, ...]
    inside: Callable[[str], Values]
    outside: Callable[[str], Values]

    def fits(self, pattern: str) -> bool:
        """Return whether a schema's `pattern` describes this format."""
        search = compiled(pattern).search
        return all(map(search, self.members)) and not any(map(search, self.foreign))


def known(schema: Mapping[str, Any]) -> Known | None:
    """Return the format that a schema's pattern describes, if it is known."""
    pattern = schema.get("pattern")
    if pattern is None:
        return None
    return next((k for k in _KNOWN if k.fits(pattern)), None)


def _bucket_and_key(uri: str) -> tuple[str, str]:
    if not uri.startswith("oss://"):
        return BUCKET, KEY
    bucket, _, key = uri.removeprefix("oss://").partition("/")
    return bucket or BUCKET, key or KEY


def _file_uris_inside(uri: str) -> Values:
    bucket, key = _bucket_and_key(uri)
    folder = key[: key.rfind("/") + 1]
    left = _MOST_KEY_BYTES - len(folder.encode()) - len(".jpg")
    keys = {
        "key of 1023 bytes": f"{'a' * left}.jpg",
        "key of 1023 bytes, multi-byte": f"{'é' * (left // 2)}{'a' * (left % 2)}.jpg",
        "key with space": "my photo.jpg",
        "key with plus": "a+b.jpg",
        "key with percent": "100%20off.jpg",
        "key with query": "a.jpg?x=1&y=2#z",
        "key with quotes": "a\"b'c.jpg",
        "key with emoji": "\N{CAT FACE}.jpg",
        "key with folders": "2024/05/a.jpg",
    }
    uris = {"key of 1 byte": f"oss://{bucket}/a"} | {label: f"oss://{bucket}/{folder}{k}" for label, k in keys.items()}
    # Not the file that rows of other places give members: what is read of it would depend on what came before.
    return {**uris, "pds": PDS_URI.replace("/drives/101/", "/drives/102/")}


def file_uris_outside(uri: str) -> Values:
    """Return texts near `uri` that are no file URI, by what is wrong."""
    bucket, key = _bucket_and_key(uri)
    return {
        "http": f"http://{bucket}.oss-cn-hangzhou.aliyuncs.com/{key}",
        "https": f"https://{bucket}.oss-cn-hangzhou.aliyuncs.com/{key}",
        "other scheme": f"s3://{bucket}/{key}",
        "no scheme": f"{bucket}/{key}",
        "no bucket": f"oss:///{key}",
        "no key": f"oss://{bucket}",
        "empty key": f"oss://{bucket}/",
        "key starts with slash": f"oss://{bucket}//{key}",
        "key starts with backslash": f"oss://{bucket}/\\{key}",
        **_in_bucket(lambda b: f"oss://{b}/{key}", bucket),
        "pds without revision": PDS_URI.rpartition("/revisions/")[0],
        "pds with empty file": PDS_URI.replace("9520943DC264", ""),
        "pds in wrong order": "pds://drives/101/domains/bj1/files/95/revisions/40",
        "pds with extra segment": f"{PDS_URI}/extra",
        **_around(uri),
    }


def _bucket_uris_inside(_: str) -> Values:
    return {"bucket of 3": "oss://abc", "bucket of 63": "oss://" + "a" * 63}


def _bucket_uris_outside(uri: str) -> Values:
    bucket, _ = _bucket_and_key(uri)
    return {
        "file": f"oss://{bucket}/{KEY}",
        "trailing slash": f"oss://{bucket}/",
        "http": f"http://{bucket}.oss-cn-hangzhou.aliyuncs.com",
        "pds": PDS_URI,
        "no scheme": bucket,
        "no bucket": "oss://",
        **_in_bucket("oss://{}".format, bucket),
        **_around(uri),
    }


def _in_bucket(uri: Callable[[str], str], bucket: str) -> Values:
    names = _bucket_names_outside(bucket)
    return {label: uri(name) for label, name in names.items() if name.isprintable()}


def _bucket_names_inside(_: str) -> Values:
    return {"3 characters": "abc", "63 characters": "a" * 63, "digits": "123"}


def _bucket_names_outside(bucket: str) -> Values:
    return {
        "bucket of 2": "ab",
        "bucket of 64": "a" * 64,
        "bucket in upper case": f"A{bucket[1:]}",
        "bucket with underscore": "example_bucket",
        "bucket with dot": "example.bucket",
        "bucket starts with hyphen": f"-{bucket}"[:63],
        "bucket ends with hyphen": f"{bucket[:62]}-",
    }


def _names_inside(_: str) -> Values:
    return {
        "1 character": "a",
        "128 characters": "a" * 128,
        "starts with underscore": "_a",
        "all kinds": "aZ09-_",
    }


def _names_outside(name: str) -> Values:
    return {
        "starts with digit": f"1{name}"[:128],
        "starts with hyphen": f"-{name}"[:128],
        "with space": f"{name[:100]} a",
        "with dot": f"{name[:100]}.a",
        "with slash": f"{name[:100]}/a",
        "not ASCII": f"{name[:100]}é",
        "129 characters": name.ljust(129, "a")[:129],
        **_around(name),
    }


def _source_urls_inside(_: str) -> Values:
    return {
        "https": "https://example.com/a.mp4",
        "http": "http://example.com/a.mp4",
        "with query": "https://example.com/a.mp4?x=1",
    }


def _source_urls_outside(_: str) -> Values:
    return {
        "oss": f"oss://{BUCKET}/a.mp4",
        "ftp": "ftp://example.com/a.mp4",
        "no scheme": "example.com/a.mp4",
        "no host": "https://",
    }


def _coordinates_inside(_: str) -> Values:
    return {"equator": "0,0", "south west": "-33.865143,-151.209900"}


def _coordinates_outside(value: str) -> Values:
    return {
        "one number": "30.134390",
        "with space": "30.134390, 120.074997",
        "three numbers": "30.1,120.1,1",
        "words": "north,east",
        **_around(value),
    }


def _around(value: str) -> Values:
    """Return `value` with what careless matching overlooks."""
    return {
        "trailing newline": f"{value}\n",
        "leading space": f" {value}",
        "trailing space": f"{value} ",
        "empty text": "",
    }


def mutations(value: str) -> Values:
    """Return texts near `value` that an unknown pattern may refuse."""
    return {
        **_around(value),
        "exclamation mark": f"{value}!",
        "starts with exclamation mark": f"!{value}",
        "not ASCII": f"{value}é",
        "wrong case": value.swapcase(),
        "1 character less": value[:-1],
        "1 character more": f"{value}{value[-1:] or 'a'}",
        "twice": value * 2,
        "a letter": "a",
        "a digit": "1",
        "punctuation": "!?",
    }


_FILE_URI = f"oss://{BUCKET}/{KEY}"
_BUCKET_URI = f"oss://{BUCKET}"
_KNOWN = (
    Known(
        "file URI",
        (_FILE_URI, "oss://test-bucket/a/b.mp4"),
        (_BUCKET_URI, "https://example.com/a.mp4", "text", ""),
        _file_uris_inside,
        file_uris_outside,
    ),
    Known(
        "bucket URI",
        (_BUCKET_URI, "oss://test-bucket"),
        (_FILE_URI, "https://example.com", "text", ""),
        _bucket_uris_inside,
        _bucket_uris_outside,
    ),
    Known(
        "resource name",
        ("test-project", "immtest", "_a", "A9"),
        ("9a", "-a", "a b", ""),
        _names_inside,
        _names_outside,
    ),
    Known(
        "bucket name",
        (BUCKET, "test-bucket", "123"),
        ("Bucket", "ab", "-ab", ""),
        _bucket_names_inside,
        lambda bucket: {**_bucket_names_outside(bucket), **_around(bucket)},
    ),
    Known(
        "source URL",
        ("https://example.com/a.mp4", "http://example.com/a.mp4"),
        (_FILE_URI, "text", ""),
        _source_urls_inside,
        _source_urls_outside,
    ),
    Known(
        "coordinates",
        ("30.134390,120.074997", "0,0"),
        ("text", "30.1", ""),
        _coordinates_inside,
        _coordinates_outside,
    ),
)
