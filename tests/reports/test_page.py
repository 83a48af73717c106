"""The page: self-contained, bounded in size and time, and text where text is meant."""

import re
import time
from collections import Counter
from typing import Any

import pytest
from lxml import html

from openapi import Contract
from reports import build_report
from reports.renderings import render

from .conftest import BROKEN, HOSTILE, INFO, WARNED, finding, good_tally

Report = dict[str, Any]
OWN_ELEMENTS = {"script": 1, "style": 1, "link": 1, "form": 1, "img": 0, "iframe": 0, "object": 0, "base": 0}


@pytest.fixture
def large(good: Report) -> Report:
    """Return a report of 2,000 requirements."""
    more = [{**entry, "id": f"{entry['id']}/again"} for entry in good["requirements"]]
    good["requirements"] = [*good["requirements"], *more][:2000]
    return good


@pytest.fixture
def all_broken(contract: Contract) -> Report:
    """Return a report in which every requirement is broken in five long ways."""
    tally = good_tally(contract)
    for requirement in contract.ledger:
        for number in range(5):
            answer = 'HTTP 200 {"Text": "' + "x\\\\n" * 900 + '"}'
            tally.violate(requirement, finding(f"{number} " + "y" * 300, answer))
    return build_report(contract, tally, INFO)


def test_page_is_rendered_soon(large: Report) -> None:
    """A report of a run of 1,500 requests takes less than two seconds of the processor."""
    render("html", large)
    started = time.process_time()

    render("html", large)

    assert large["requests"] == 1500
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ["large", "all_broken", "hostile"])
def test_page_is_bounded(name: str, request: pytest.FixtureRequest) -> None:
    """The page stays under three megabytes: of 2,000 requirements, if all are broken, of a hostile target."""
    page = render("html", request.getfixturevalue(name))

    assert len(page.encode()) < 3_000_000


def test_every_finding_is_on_the_page(all_broken: Report) -> None:
    """A finding without room for its evidence is on the page all the same, and says where the rest is."""
    page = html.fromstring(render("html", all_broken))
    articles = page.find_class("finding")

    assert len(articles) == len(all_broken["requirements"])
    assert "report.json has it" in articles[-1].text_content()


def test_page_fetches_nothing(any_report: Report) -> None:
    """Nothing on the page refers to anything outside of it, and no element is a target's."""
    page = html.fromstring(render("html", any_report))
    links = {value for _, name, value, _ in page.iterlinks() if not value.startswith(("#", "data:,"))}

    assert links == set()
    assert {name: len(list(page.iter(name))) for name in OWN_ELEMENTS} == OWN_ELEMENTS
    assert [a for element in page.iter() for a in element.attrib if a.startswith("on") or a == "style"] == []


def test_ids_are_unique(any_report: Report) -> None:
    """No two elements have one id, so that every link goes where it says."""
    page = html.fromstring(render("html", any_report))
    ids = Counter(page.xpath("//@id"))
    aimed = {target[1:] for target in page.xpath("//a/@href")}

    assert [name for name, count in ids.items() if count > 1] == []
    assert aimed <= set(ids)


def test_hostile_texts_are_shown(hostile: Report) -> None:
    """What a target sent is readable on the page."""
    shown = html.fromstring(render("html", hostile)).text_content()

    for text in (
        HOSTILE[0],
        HOSTILE[1],
        "null⟨U+0000⟩bell⟨U+0007⟩",
        "⟨U+D800⟩",
        "right⟨U+202E⟩left",
        "(1,000,000 characters)",
    ):
        assert text in shown


def test_difference_is_marked(bad: Report) -> None:
    """Control and probe stand side by side, and the item in which they differ is marked."""
    page = html.fromstring(render("html", bad))
    article = next(a for a in page.find_class("finding") if BROKEN[0] in a.text_content())

    titles = [h.text_content() for h in article.xpath(".//div[@class='pane']/h4")]
    marked = [m.text_content().strip() for m in article.iter("mark")]

    assert titles == ["Control, which was accepted", "Probe"]
    assert marked == ["URIs[3] is absent", '"oss://b/3"']
    assert "The one difference" in article.text_content()


def test_named_place_of_an_answer_is_marked(contract: Contract) -> None:
    """Where a finding names a place in the answer, the value there is marked."""
    tally = good_tally(contract)
    seen = finding('$.Files[0].Size is "3"', 'HTTP 200 {"Files": [{"Size": "3", "URI": "3"}]}', control="", changes=())
    tally.violate(BROKEN[1], seen)

    page = html.fromstring(render("html", build_report(contract, tally, INFO)))

    assert [m.text_content() for m in page.iter("mark")] == ['"3"']
    assert [h.text_content() for h in page.xpath("//div[@class='pane']/h4")] == ["Request"]


def test_commands_are_whole(bad: Report) -> None:
    """A command on the page is exactly that of the report, and can be copied."""
    page = html.fromstring(render("html", bad))
    commands = {c.find("code").text_content() for c in page.find_class("cmd") if c.find("button") is not None}

    assert commands == {finding().curl, finding().rerun}


def test_changed_command_is_not_copied(hostile: Report) -> None:
    """A command that cannot be shown exactly has no button to copy it."""
    page = html.fromstring(render("html", hostile))

    copied = [c.find("code").text_content() for c in page.find_class("cmd") if c.find("button") is not None]

    assert copied
    assert not [text for text in copied if "⟨U+" in text or "characters)" in text]


def test_matrix_counts_every_requirement(bad: Report) -> None:
    """Each requirement is one tile of the matrix, in the colour of its outcome."""
    page = html.fromstring(render("html", bad))
    tiles = Counter[str]()

    for path in page.xpath("//table[@class='matrix']//path"):
        tiles[path.get("class")] += path.get("d").count("M")

    assert tiles.total() == len(bad["requirements"])
    assert (tiles["t-violates"], tiles["t-warns"], tiles["t-blocked"], tiles["t-not-exercised"]) == (2, 1, 1, 1)
    assert WARNED not in BROKEN


def test_limits_are_measured_against_the_document(bad: Report) -> None:
    """A limit that is drawn elsewhere is said to be, in words and in the picture."""
    page = html.fromstring(render("html", bad))
    row = page.xpath("//table[@class='limits']/tbody/tr")[0]
    bar, documented = (
        row.xpath(".//rect/@width")[0],
        re.findall(r"[\d.]+", row.xpath(".//path[@class='documented']/@d")[0]),
    )

    assert "higher" in row.text_content()
    assert "documented 100, accepts 128, refuses 129" in row.xpath(".//svg/@aria-label")[0]
    assert float(bar) > float(documented[0])


def test_latency_is_shown(good: Report) -> None:
    """The distribution of an operation's latency has its quantiles in words."""
    row = html.fromstring(render("html", good)).xpath("//table[@class='latency']/tbody/tr")[0]

    cells = [cell.text_content().strip() for cell in row.iter("td")]

    assert cells[1] == "199"
    assert all(cell.endswith("ms") for cell in cells[2:])
