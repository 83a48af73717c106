"""Undoing the content encodings of an answer, a bounded piece at a time.

httpx unpacks whatever arrived at once, which a small packed answer can make
as large as it likes; here no piece is larger than `PIECE`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

ACCEPTED = "gzip, deflate"
"""What requests ask for: what this module can undo."""

PIECE = 64 * 1024
_GZIP, _HEADED, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MOST_CODINGS = 2


def inflated(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Return `chunks` without the codings that the header `encoding` names.

    Raises httpx.DecodingError for one that was not asked for and for content
    that is damaged or cut.
    """
    codings = [c for c in (part.strip().lower() for part in encoding.split(",")) if c and c != "identity"]
    strange = [c for c in codings if c not in ("gzip", "x-gzip", "deflate")]
    if strange:
        msg = f"the content encoding '{strange[0][:40]}' was not asked for"
        raise httpx.DecodingError(msg)
    if len(codings) > _MOST_CODINGS:
        msg = f"the content is encoded {len(codings)} times"
        raise httpx.DecodingError(msg)
    pieces: Iterable[bytes] = chunks
    for coding in reversed(codings):
        pieces = _inflate(pieces, coding)
    return iter(pieces)


def _inflate(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    unpacker = None
    for chunk in chunks:
        data = chunk
        while data:
            if unpacker is None:
                unpacker = zlib.decompressobj(_window(data, coding))
            try:
                piece = unpacker.decompress(data, PIECE)
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from None
            yield piece
            data = unpacker.unconsumed_tail
            if unpacker.eof:
                data = unpacker.unused_data if coding != "deflate" else b""
                unpacker = None
    if unpacker is not None:
        while piece := unpacker.decompress(b"", PIECE):
            yield piece
        if not unpacker.eof:
            msg = "the packed content is cut"
            raise httpx.DecodingError(msg)


def _window(data: bytes, coding: str) -> int:
    """Return how to unpack; what is called `deflate` comes with and without a header."""
    if coding != "deflate":
        return _GZIP
    headed = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
    return _HEADED if headed else _RAW
