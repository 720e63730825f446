"""Blocks of aligned code in a terminal: in columns where it is wide enough, else one column after another."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtests.reader.align import Row, unlike
from loadtests.reader.blocks import Block
from loadtests.reader.markup import looks
from loadtests.reader.tables import SIGNS, origins

# So many letters a column has to have: narrower ones would break most lines.
COLUMN = 46
_STYLES = {"k": "magenta", "s": "green", "c": "italic bright_black", "nd": "yellow", "m": "blue", "nf": "bold"}


def print_blocks(console: Console, blocks: Sequence[Block]) -> None:
    """Print blocks, each with its name."""
    for block in blocks:
        print_block(console, block)


def print_block(console: Console, block: Block) -> None:
    """Print a block with its name, and an empty line behind it."""
    if not block.rows:
        console.print(f"{block.name}: the code that is shown here has no such name in any app\n", highlight=False)
        return
    wide = console.width >= COLUMN * len(block.columns)
    _columns(console, block) if wide else _after_another(console, block)
    console.print()


def _columns(console: Console, block: Block) -> None:
    table = Table(title=block.name, title_justify="left", title_style="bold", box=None, pad_edge=False, expand=True)
    table.add_column("", width=1)
    for column in block.columns:
        table.add_column(f"{column.title} {_where(column.file, column.first)}".strip(), ratio=1, overflow="fold")
    for row in block.rows:
        table.add_row(SIGNS[row.state], *(_text(row, column) for column in range(len(block.columns))))
    console.print(table)


def _after_another(console: Console, block: Block) -> None:
    for number, column in enumerate(block.columns):
        title = f"{block.name}, {column.title} {_where(column.file, column.first)}"
        console.print(title, style="bold", highlight=False)
        if column.missing:
            console.print(f"  – {column.missing}", highlight=False)
        for row in block.rows:
            if row.units[number] is not None:
                grid = Table.grid(padding=(0, 1))
                grid.add_column(width=1)
                grid.add_row(SIGNS[row.state], _text(row, number))
                console.print(grid)


def _where(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


def _text(row: Row, column: int) -> Text:
    """Return the lines of a cell; words that the others have not are underlined."""
    unit, text = row.units[column], Text()
    if unit is None:
        return Text("·", style="bright_black")
    for number, (line, letters) in enumerate(zip(unit.lines, looks(unit, unlike(row, column)), strict=True)):
        text.append("\n" if number else "")
        for letter, (kind, marked, _) in zip(line, letters, strict=True):
            style = _STYLES.get(kind, _STYLES.get(kind[:1], ""))
            text.append(letter, f"{style} underline".strip() if marked else style)
    for origin in origins(row, column):
        text.append(f"  {origin}", "bright_black")
    return text
