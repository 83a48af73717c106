"""What the analysis of documents, archives and all other files yields."""

import random
from typing import Final

from emulator.json_text import JsonObject

_TITLES: Final = ("Annual report", "Minutes", "季度总结")


def document_fields(dice: random.Random, extension: str) -> JsonObject:
    """Return the fields of a document; plain text has no pages."""
    pages = dice.randint(1, 40)
    fields: JsonObject = {"Size": pages * dice.randint(2_000, 60_000)}
    fields |= {"Title": dice.choice(_TITLES), "Language": dice.choice(("en", "zh-Hans"))}
    return fields | ({"PageCount": pages} if extension not in ("txt", "csv", "md", "html") else {})


def archive_fields(dice: random.Random, _extension: str) -> JsonObject:
    """Return the fields of an archive: nothing but its size is looked at."""
    return {"Size": dice.randint(1_000, 400_000_000)}


def other_fields(dice: random.Random, _extension: str) -> JsonObject:
    """Return the fields of a file of no known kind, which may be empty."""
    return {"Size": dice.choice((0, dice.randint(1, 5_000_000)))}
