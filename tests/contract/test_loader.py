"""What the loader refuses, and the sentences with which it does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openapi import Contract, ContractError, load_contract

Little = Callable[..., Contract]


def refusal(little: Little, *documents: str, more: str = "") -> str:
    """Return the sentence with which a little contract is refused."""
    with pytest.raises(ContractError) as caught:
        little(*documents, more=more)
    return str(caught.value)


def test_little_contract_loads(little: Little) -> None:
    """The little contract is sound before a test breaks it."""
    contract = little("{type: string, maxLength: 5}")

    assert set(contract.of("Little")) >= {contract.ledger["Little/request/Name/maxLength/refuses"]}


def test_must_without_source(little: Little) -> None:
    """A MUST without a source is refused with document, line and keyword."""
    text = refusal(little, "{type: string, maxLength: 5, x-level: MUST, x-grade: documented}")

    assert text == "imm/Little.yaml: line 13: 'maxLength' is MUST without a source"


@pytest.mark.parametrize("grade", ["inferred", "example-only", "contradicted"])
def test_must_of_weak_grade(little: Little, grade: str) -> None:
    """A MUST is refused with a grade of evidence that does not carry it."""
    text = refusal(little, f"{{type: string, maxLength: 5, x-level: MUST, x-source: page, x-grade: {grade}}}")

    assert text == f"imm/Little.yaml: line 13: 'maxLength' is MUST with the grade '{grade}'"


def test_must_of_settled_contradiction(little: Little) -> None:
    """A contradicted MUST is accepted with a resolution."""
    entry = "{level: MUST, source: page, grade: contradicted, resolution: 5 here and 6 there; 5.}"
    contract = little(f"{{type: string, maxLength: 5, x-keywords: {{maxLength: {entry}}}}}")

    requirement = contract.ledger["Little/request/Name/maxLength/accepts"]

    assert (requirement.level, requirement.resolution) == ("MUST", "5 here and 6 there; 5.")


def test_unknown_level(little: Little) -> None:
    """A level other than MUST and SHOULD is refused with what was expected."""
    text = refusal(little, "{type: string, maxLength: 5, x-level: MAY, x-source: page, x-grade: documented}")

    assert "'maxLength' has the level 'MAY', expected MUST or SHOULD" in text


def test_unknown_grade(little: Little) -> None:
    """An unknown grade is refused with the known ones."""
    text = refusal(little, "{type: string, maxLength: 5, x-grade: certain}")

    assert "has the grade 'certain', expected one of documented, documented-twice" in text


def test_unknown_key_of_an_entry(little: Little) -> None:
    """An unknown key of an annotation is refused by name."""
    text = refusal(little, "{type: string, maxLength: 5, x-keywords: {maxLength: {levle: MUST}}}")

    assert text == "imm/Little.yaml: line 13: annotation of 'maxLength' has the unknown key 'levle'"


def test_unknown_key_of_a_default(little: Little) -> None:
    """An unknown key of an inherited annotation is refused as well."""
    text = refusal(little, "{type: string, maxLength: 5, x-defaults: {maxLength: {levle: MUST}}}")

    assert "annotation of 'maxLength' has the unknown key 'levle'" in text


@pytest.mark.parametrize("key", ["x-levle", "x-fact", "x-keyword"])
def test_unknown_annotation(little: Little, key: str) -> None:
    """A misspelt annotation beside a keyword is refused by name."""
    text = refusal(little, f"{{type: string, maxLength: 5, {key}: MUST}}")

    assert f"unknown annotation '{key}'" in text


def test_annotation_of_a_keyword_that_is_not_there(little: Little) -> None:
    """An entry for a keyword that the schema does not have is refused."""
    text = refusal(little, "{type: string, maxLength: 5, x-keywords: {maxLenght: {level: SHOULD}}}")

    assert "'maxLenght'" in text


def test_duplicate_id(little: Little) -> None:
    """Two declared requirements of one id are refused."""
    entry = "{id: twice, level: SHOULD, statement: One., source: page, grade: documented}"

    text = refusal(little, more=f"x-requirements:\n  - {entry}\n  - {entry}\n")

    assert text == "imm/Little.yaml: line 18: the id 'Little/behavior/twice' is taken"


def test_incomplete_declared_requirement(little: Little) -> None:
    """A declared requirement without its statement is refused."""
    entry = "{id: short, level: SHOULD, source: page, grade: documented}"

    text = refusal(little, more=f"x-requirements:\n  - {entry}\n")

    assert "line 17: requirement 'short' has wrong or missing keys ['statement']" in text


def test_unknown_key_of_a_declared_requirement(little: Little) -> None:
    """A declared requirement with an unknown key is refused."""
    entry = "{id: odd, level: SHOULD, statement: One., source: page, grade: documented, fact: [A]}"

    text = refusal(little, more=f"x-requirements:\n  - {entry}\n")

    assert "requirement 'odd' has wrong or missing keys ['fact']" in text


def test_declared_must_of_weak_grade(little: Little) -> None:
    """A declared MUST is held to the same evidence."""
    entry = "{id: weak, level: MUST, statement: One., source: page, grade: inferred}"

    text = refusal(little, more=f"x-requirements:\n  - {entry}\n")

    assert "requirement 'weak' is MUST with the grade 'inferred'" in text


@pytest.mark.parametrize("reference", ["#/components/schemas/None", "imm/Little.yaml#/info/nothing"])
def test_broken_reference(little: Little, reference: str) -> None:
    """A $ref that leads nowhere is refused with its text."""
    text = refusal(little, f"{{$ref: '{reference}'}}")

    assert "imm/Little.yaml" in text
    assert "leads nowhere" in text or "cannot be read" in text


def test_reference_to_a_missing_file(little: Little) -> None:
    """A $ref to a document that is not there is refused with the document's name."""
    text = refusal(little, "{$ref: 'none.yaml#/Name'}")

    assert text == "imm/none.yaml: cannot be read: No such file or directory"


def test_circular_reference(little: Little) -> None:
    """A schema that is part of itself is refused."""
    more = "components: {schemas: {Tree: {type: object, properties: {child: {$ref: '#/components/schemas/Tree'}}}}}\n"

    text = refusal(little, "{type: string}", "{$ref: '#/components/schemas/Tree'}", more=more)

    assert "cannot be followed" in text


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
def test_unsupported_keyword(little: Little, keyword: str) -> None:
    """A keyword that points at no single requirement is refused with the way out."""
    text = refusal(little, f"{{{keyword}: [{{type: string}}]}}")

    assert text == (
        f"imm/Little.yaml: line 13: '{keyword}' points at no single keyword; declare the rule in x-requirements"
    )


def test_required_member_that_is_no_property(little: Little) -> None:
    """A required member that the schema does not describe is refused."""
    text = refusal(little, "{type: string}", "{type: object, required: [Id]}")

    assert text == "imm/Little.yaml: line 15: required 'Id' is not a property"


def test_key_twice(little: Little) -> None:
    """A key that stands twice in one mapping is refused."""
    text = refusal(little, "{type: string, type: integer}")

    assert text == "imm/Little.yaml: line 13: key 'type' twice"


def test_no_yaml(little: Little) -> None:
    """A document that is not YAML is refused with its name."""
    text = refusal(little, "{type: string", "{}")

    assert text.startswith("imm/Little.yaml: is not YAML: ")


def test_no_operation(little: Little) -> None:
    """A document without a success answer is refused."""
    text = refusal(little, more="paths: {/: {post: {operationId: Little}}}\n")

    assert text == "imm/Little.yaml: line 16: key 'paths' twice"


def test_folder_of_something_else(tmp_path: Path) -> None:
    """Where nothing tells of a contract, what lies deeper is nobody's business, and is not read."""
    below = tmp_path / "theirs" / "deep"
    below.mkdir(parents=True)
    (below / "list.yaml").write_text("- a\n- b\n", encoding="utf-8")
    (tmp_path / "list.yaml").write_text("- a\n- b\n", encoding="utf-8")

    with pytest.raises(ContractError, match=f"^{tmp_path}: holds no contract; expected a document with 'x-operation'"):
        load_contract(tmp_path)


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without documents is no contract."""
    with pytest.raises(ContractError, match="holds no contract"):
        load_contract(tmp_path)
