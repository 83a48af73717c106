"""Whole InputFile values, as the index operations take them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from strategies._parts import hexadecimal, objects, plain_text
from strategies.labels import custom_ids, custom_labels
from strategies.uris import Bucket, oss_uris, pds_uris

_MEDIA_TYPES = ("image", "other", "document", "archive", "video", "audio")
_CONTENT_TYPES = ("image/jpeg", "video/mp4", "application/octet-stream")
_TITLES = ("test", "Jane", "你好", "")
_LAST_SECOND = 253402300799  # of the year 9999
_CREDITS = ("Title", "Artist", "AlbumArtist", "Composer", "Performer", "Album")


def input_files(bucket: Bucket = None) -> st.SearchStrategy[dict[str, Any]]:
    """Draw valid InputFile values, of OSS (in `bucket`, if given) and of PDS.

    A file of PDS has its FileHash (IMM-BIFM-PDS-HASH), only such a file has
    an OSSURI. Figures, which only updates take, stays empty; so may Labels
    and Addresses, as the official clients send them (IMM-BIFM-EMPTY-ARRAYS).
    """
    oss = st.builds(lambda uri: {"URI": uri}, oss_uris(bucket))
    pds = st.builds(lambda uri, digest: {"URI": uri, "FileHash": digest}, pds_uris(), hexadecimal(32))
    with_object = st.builds(lambda file, uri: {**file, "OSSURI": uri}, pds, oss_uris(bucket))
    return st.builds(
        lambda file, more: {**file, **more},
        st.one_of(oss, oss, pds, with_object),
        objects({}, _optional()),
    )


def _optional() -> dict[str, st.SearchStrategy[Any]]:
    texts = st.one_of(st.sampled_from(_TITLES), plain_text())
    return {
        "CustomId": custom_ids(),
        "CustomLabels": custom_labels(),
        "MediaType": st.sampled_from(_MEDIA_TYPES),
        "ContentType": st.sampled_from(_CONTENT_TYPES),
        "LatLong": coordinates(),
        "ProduceTime": times(),
        "Labels": _none_or_one(_labels()),
        "Addresses": _none_or_one(_addresses()),
        "Figures": st.just([]),
        **dict.fromkeys(_CREDITS, texts),
    }


def _none_or_one(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.one_of(st.just([]), elements.map(lambda element: [element]))


def coordinates() -> st.SearchStrategy[str]:
    """Draw latitude and longitude in degrees, as text."""
    return st.builds(
        lambda north, east: f"{north / 10**6:.6f},{east / 10**6:.6f}",
        st.integers(-90 * 10**6, 90 * 10**6),
        st.integers(-180 * 10**6, 180 * 10**6),
    )


def times() -> st.SearchStrategy[str]:
    """Draw RFC 3339 times with 0 to 9 digits in the fraction (IMM-COM-TIME)."""
    return st.builds(
        lambda seconds, ending: datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + ending,
        st.integers(0, _LAST_SECOND),
        st.sampled_from(("Z", ".5Z", ".123+08:00", ".123456789-05:30", "+08:00")),
    )


def _labels() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda name, level: {"Language": "en", "LabelName": name, "LabelLevel": level, "LabelConfidence": 0.5},
        plain_text(),
        st.sampled_from((1, 2, 3)),
    )


def _addresses() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda line, language: {"Language": language, "AddressLine": line, "Country": "China"},
        plain_text(),
        st.sampled_from(("zh-Hans", "en", "en-US")),
    )
