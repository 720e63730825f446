"""The reader in a terminal: columns where it is wide enough, else one app after another."""

from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from contract.endpoints import ENDPOINTS
from loadtests.reader import files
from loadtests.reader.apps import address_of
from loadtests.reader.asking import Asked, topics
from loadtests.reader.figures import Measured
from loadtests.reader.glossary import Term
from loadtests.reader.handlers import reading
from loadtests.reader.printing import print_block, print_blocks
from loadtests.reader.runs import Past
from loadtests.reader.sections import sections
from loadtests.reader.source import Source
from loadtests.reader.terms import terms_in
from loadtests.reader.topics import FOLDER, MARK, code
from loadtests.report.numbers import MISSING

# Where what is printed is read by no terminal.
WIDTH = 160


def show(wanted: Asked | None, runs: Sequence[Past], source: Source) -> None:
    """Print what is asked for; without a name, what there is to read."""
    # Code and reasons have brackets of their own: nothing that is printed is markup.
    console = Console(markup=False)
    console = console if console.is_terminal else Console(width=WIDTH, markup=False)
    if wanted is None:
        _list(console, source)
    elif wanted.endpoint is not None:
        _endpoint(console, wanted, runs, source)
    elif wanted.topic is not None:
        _topic(console, wanted.topic, source)
    else:
        found = files.same_file(wanted.file or "", source)
        console.print(f"{found.name}.py: {found.says}\n", highlight=False)
        print_blocks(console, found.blocks)
        _terms(console, terms_in(found.blocks))


def _list(console: Console, source: Source) -> None:
    table = Table(box=None, pad_edge=False)
    for header in ("endpoint", "file", "", "does"):
        table.add_column(header, no_wrap=header != "does")
    for each in ENDPOINTS:
        table.add_row(each.name, f"{each.topic}.py", f"{each.method} {address_of(each)}", each.does)
    console.print(table)
    console.print(f"\ntopics: {', '.join(f'topics/{name}' for name in topics(source)) or 'none yet'}", soft_wrap=True)
    console.print(f"files: {', '.join(f'{name}.py' for name in files.names(source))}", soft_wrap=True, highlight=False)


def _endpoint(console: Console, wanted: Asked, runs: Sequence[Past], source: Source) -> None:
    assert wanted.endpoint is not None  # noqa: S101 - who calls this has looked
    found = reading(wanted.endpoint, source, wanted.styles)
    does = f"{wanted.endpoint.method} {address_of(wanted.endpoint)}: {wanted.endpoint.does}"
    console.print(does, highlight=False)
    console.print(f"The code is {source.said}. ≠ the columns differ, + not in every column.\n", highlight=False)
    for section in sections(found, runs, source):
        console.print(section.title, style="bold underline")
        _figures(console, section.measured)
        print_block(console, section.handler)
    print_blocks(console, found.around)
    for remark in found.remarks:
        console.print(f"{remark.file}:{remark.line} differs: {remark.text}", highlight=False)
    _terms(console, found.terms)


def _topic(console: Console, topic: str, source: Source) -> None:
    """Print a page of prose; code stands in it as the page shows it."""
    file = f"{FOLDER}/{topic.removeprefix('topics/')}.md"
    text: list[str] = []
    for line in (source.root / file).read_text().splitlines():
        if line.startswith(MARK):
            console.print(Markdown("\n".join(text)))
            console.print()
            print_block(console, code(line, Source(root=source.root), file))
            text = []
        else:
            text.append(line)
    console.print(Markdown("\n".join(text)))


def _figures(console: Console, measured: Sequence[Measured]) -> None:
    for each in measured:
        if not each.figures:
            console.print(f"{each.scenario}: not measured yet: {each.command}", highlight=False, soft_wrap=True)
            continue
        table = Table(box=None, pad_edge=False)
        audited = any(figure.writes for figure in each.figures)
        words = {each.scenario, "", "valid", "writes"}
        for header in (each.scenario, "", "QPS", "p99", "CPU per request", *["writes"] * audited, "valid"):
            table.add_column(header, justify="left" if header in words else "right")
        for figure in each.figures:
            why = "yes" if figure.valid else f"no: {figure.why}"
            writes = [figure.writes or MISSING] * audited
            table.add_row(figure.name, figure.load, figure.qps, figure.p99, figure.cpu, *writes, why)
        console.print(table)
        console.print(each.said, highlight=False, soft_wrap=True)
    console.print()


def _terms(console: Console, terms: Sequence[Term]) -> None:
    for term in terms:
        links = ", ".join(f"{whose} {link}" for whose, link in term.links.items())
        console.print(Text.assemble((term.name, "bold"), f": {term.says} {links}"), soft_wrap=True)
