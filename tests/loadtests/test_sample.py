"""The sample run is what it says: small enough, of no place on somebody's machine, and its page that of its summary."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from loadtests.measurement.result import Summary
from loadtests.reader.runs import SAMPLE, past
from loadtests.report.rows import groups
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES
from tests.loadtests.pages import disagreeing, figures

MOST_BYTES = 6_000_000
# What `trilane doctor` looks for is where Debian has it.
ELSEWHERE = ("/home/", "/root/", "/tmp/", "/work/", "/Users/")  # noqa: S108 - looked for, not used


@pytest.fixture(scope="module")
def found() -> Summary:
    return msgspec.json.decode((SAMPLE / "summary.json").read_bytes(), type=Summary)


def test_it_has_every_lane_under_every_kind_of_work(found: Summary) -> None:
    assert {cell.lane for cell in found.cells} == set(LANES)
    assert {cell.scenario for cell in found.cells} == set(SCENARIOS)
    assert not found.partial
    assert len(past(SAMPLE).cells) == len(found.cells)


def test_every_number_of_its_page_is_that_of_its_summary(found: Summary) -> None:
    html = (SAMPLE / "report.html").read_text(encoding="utf-8")
    there = msgspec.json.decode((SAMPLE / "summary.json").read_bytes())
    assert disagreeing(html, there) == []
    assert len(figures(html)) > 20 * len(found.cells)


def test_what_is_said_of_it_is_so(found: Summary) -> None:
    said = " ".join((SAMPLE / "README.md").read_text().split())
    checks = Counter(reason.check for cell in found.cells for reason in cell.reasons if not cell.valid)
    told = Counter(each.verdict for each in found.verdicts if each.metric == "qps")
    assert f"{sum(cell.valid for cell in found.cells)} of {len(found.cells)} cells" in said
    assert f"In {checks['little']} Little's law did not hold and in {checks['outlasting']} requests outlasted" in said
    assert f"In {checks['errors']} requests failed" in said
    apart, open_ = told["faster"] + told["slower"] + told["equal"], told["undecided"]
    assert f"of {apart + open_} pairs in requests/s {apart} are told apart, and {open_} are not" in said
    assert len(groups(found)) == len(SCENARIOS)


@pytest.mark.parametrize("file", sorted(SAMPLE.iterdir()), ids=lambda file: file.name)
def test_a_file_is_small_and_names_no_place_on_a_machine(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text) < MOST_BYTES
    assert not [each for each in ELSEWHERE if each in text]
