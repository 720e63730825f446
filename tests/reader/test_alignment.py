from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.reader.align import align, unlike
from loadtests.reader.units import Unit, units

STATEMENTS = (
    "@routes.get('/sync/hello')", "def hello(request):", '    """Greet."""', "    # DIFFERS: it has to.", "",
    "    name = query(request, NAME)", "    return json(Hello(name))", "    raise Refused(422)", "    pages = {",
)  # fmt: skip


def cut(source: str, file: str = "a.py") -> list[Unit]:
    return units(file, 1, tuple(source.split("\n")))


def line(text: str) -> Unit:
    return Unit("a.py", 1, (text,), "statement", ()) if not text.strip() else cut(text.strip().removesuffix("{"))[0]


COLUMNS = st.lists(st.lists(st.sampled_from(STATEMENTS).map(line), max_size=12), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(COLUMNS)
def test_every_line_of_every_column_stands_once_and_in_its_order(columns: list[list[Unit]]) -> None:
    rows = align(columns)
    for number, column in enumerate(columns):
        found = [row.units[number] for row in rows if row.units[number] is not None]
        assert [id(unit) for unit in found] == [id(unit) for unit in column]
    assert all(any(unit is not None for unit in row.units) for row in rows)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(STATEMENTS).map(line), max_size=12))
def test_a_column_beside_itself_is_the_same_in_every_row(column: list[Unit]) -> None:
    rows = align([column, column, column])
    assert len(rows) == len(column)
    assert {row.state for row in rows} <= {"same"}


PLAIN = """@routes.get("/sync/signals")
def signals() -> Response:
    \"\"\"Send the signal.\"\"\"
    receivers = query(RECEIVERS)
    answers = article_viewed(receivers).send(routes)
    return json(Receipts(receivers, sum(answers)))"""
COROUTINE = """@routes.get("/async/signals")
async def signals_async() -> Response:
    \"\"\"Send the signal.\"\"\"
    receivers = query(RECEIVERS)
    answers = await article_viewed_async(receivers).send_async(routes)
    return json(Receipts(receivers, sum(answers)))"""


def test_twins_stand_line_beside_line() -> None:
    rows = align([cut(PLAIN), cut(COROUTINE)])
    assert len(rows) == 6
    assert [row.state for row in rows] == ["differs", "differs", "same", "same", "differs", "same"]


def test_a_line_that_only_one_column_has_leaves_gaps_and_nothing_else_moves() -> None:
    more = PLAIN.replace("    answers", "    if not receivers:\n        raise Refused(422)\n    answers")
    rows = align([cut(PLAIN), cut(more), cut(PLAIN)])
    assert [row.state for row in rows] == ["same"] * 4 + ["only"] * 2 + ["same"] * 2
    assert [row.units[0] for row in rows if row.state == "only"] == [None, None]


def test_a_difference_in_one_column_is_marked_in_its_words_alone() -> None:
    other = PLAIN.replace("send(routes)", "send(None)")
    (row,) = [row for row in align([cut(PLAIN), cut(PLAIN), cut(other)]) if row.state != "same"]
    assert [word.text for word in unlike(row, 2)] == ["None"]
    assert [word.text for word in unlike(row, 0)] == ["routes"]


def test_white_space_is_no_difference() -> None:
    rows = align([cut("def a(\n    b: int,\n) -> None: ..."), cut("def a(b: int,) -> None: ...")])
    assert [row.state for row in rows] == ["same"]


def test_a_remark_is_never_beside_a_statement() -> None:
    rows = align([cut("# DIFFERS: the name is read\nname = read()"), cut("name = read()")])
    assert [row.state for row in rows] == ["only", "same"]
    unit = rows[0].units[0]
    assert unit is not None
    assert unit.says_why


def test_what_is_listed_in_brackets_is_aligned_entry_by_entry() -> None:
    one = 'PLACES = {\n    "a": first(),\n    "b": second(\n        1,\n    ),\n}'
    rows = align([cut(one), cut(one.replace('"a": first()', '"a": third(0)'))])
    assert [row.state for row in rows] == ["same", "differs", "same", "same"]
    unit = rows[2].units[0]
    assert unit is not None
    assert (unit.first, len(unit.lines)) == (3, 3)


def test_lines_keep_their_numbers_in_the_file() -> None:
    found = units("a.py", 40, ("class A:", "", "    def b(self):", '        """Say', '        it."""'))
    assert [(unit.first, len(unit.lines), unit.kind) for unit in found] == [
        (40, 1, "def"), (41, 1, "blank"), (42, 1, "def"), (43, 2, "doc"),
    ]  # fmt: skip
