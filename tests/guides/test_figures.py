"""Figures and quotations of guides stand in the pages to which their paragraphs lead."""

from pathlib import Path

import pytest

from tests.guides.figures import Paragraph, paragraphs
from tests.guides.following import GUIDES

WITH_FIGURES = ("choosing.md", "measurements.md", "differences.md")
ORIGIN = "| `flask-thread` | 1,354 (116 ms) | 623 |\n| `django-thread` | 616 |\n- it served 1.98 times\nas many.\n"


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda path: path.name)
def test_what_is_quoted_stands_in_a_page_with_its_origin(guide: Path) -> None:
    for paragraph in paragraphs(guide):
        for quotation in paragraph.quotations:
            assert paragraph.has(quotation), quotation


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_a_figure_stands_in_a_page_with_its_origin_or_is_worked_out(name: str) -> None:
    every = [*paragraphs(GUIDES / name)]
    assert any(paragraph.figures for paragraph in every)
    for paragraph in every:
        for figure in paragraph.figures:
            assert paragraph.accounts_for(figure), f"{figure} of: {paragraph.text}"


def test_what_is_worked_out_is_right() -> None:
    divisions = [each for name in WITH_FIGURES for one in paragraphs(GUIDES / name) for each in one.worked]
    assert len(divisions) > 2
    for number, by, result in divisions:
        assert round(1_000 * int(number) / float(by)) == int(result)


@pytest.mark.parametrize(
    ("text", "figure", "right"),
    [
        ("flask-thread served 623", "623", True),
        ("it served 623", "623", True),
        ("django-thread served 623", "623", False),
        ("flask-thread served 354", "354", False),
        ("flask-thread served 135", "135", False),
        ("flask-thread served 1,354", "1,354", True),
        ("django-thread served 61.6 per second", "61.6", False),
    ],
)
def test_a_figure_is_a_whole_one_beside_its_lane(text: str, figure: str, *, right: bool) -> None:
    paragraph = Paragraph(text, (), ORIGIN)
    assert paragraph.figures == [figure]
    assert paragraph.accounts_for(figure) is right


def test_a_quotation_is_whole_as_well() -> None:
    paragraph = Paragraph("", (), ORIGIN)
    assert paragraph.has("it served 1.98 times as many.")
    assert not paragraph.has("it served 1.9")


def test_a_paragraph_is_held_to_the_section_that_it_leads_to_or_else_to_that_of_the_introduction(
    tmp_path: Path,
) -> None:
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "run.md").write_text("# Run\n\n## wait\n\n623\n\n## cpu\n\n> so 177 it was\n")
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# Guide\n\nAs [here](./proofs/run.md#wait).\n\n## Next\n\n- 623\n- 177\n"
        "- 177 by [that](./proofs/run.md#cpu):\n\n  > so 177 it was\n\n## Last\n\n> so 177 it was\n"
    )
    every = [*paragraphs(guide)]
    figures = [(figure, each.accounts_for(figure)) for each in every for figure in each.figures]
    assert figures == [("623", True), ("177", False), ("177", True)]
    assert [each.has(quotation) for each in every for quotation in each.quotations] == [True, False]
