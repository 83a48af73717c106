"""The contract: hand-written OpenAPI documents and the loader of the ledger.

`load_contract()` reads the documents beside this file and returns the
operations with all their requirements. How the documents are written is in
`docs/contract.md`.
"""

from openapi._load import load_contract
from openapi._model import (
    Aspect,
    Contract,
    ContractError,
    Contradiction,
    Encoding,
    Grade,
    Level,
    Location,
    Operation,
    Parameter,
    Requirement,
    SchemaNode,
    Side,
)
from openapi._untested import untested_facts

__all__ = [
    "Aspect",
    "Contract",
    "ContractError",
    "Contradiction",
    "Encoding",
    "Grade",
    "Level",
    "Location",
    "Operation",
    "Parameter",
    "Requirement",
    "SchemaNode",
    "Side",
    "load_contract",
    "untested_facts",
]
