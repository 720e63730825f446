"""`trilane report RUN`: the page of a run, made again from its folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer

_Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, as `--out` or runs/<time> did.")]
_Out = Annotated[Path | None, typer.Option(help="Write the page here [default: report.html in the run's folder].")]
_Open = Annotated[bool, typer.Option("--open", help="Show it in the browser.")]
_Charts = Annotated[Path | None, typer.Option(help="Write the charts into this folder too, one file each.")]
_Format = Annotated[str, typer.Option("--format", help="What the charts are written as: svg or png.")]


def report(
    run: _Run, *, out: _Out = None, open_it: _Open = False, charts: _Charts = None, file_format: _Format = "svg"
) -> None:
    """Make a run's page again: one file that needs nothing but a browser."""
    from loadtests.report.files import kept, show  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.report.html import page  # noqa: PLC0415
    from loadtests.report.stored import stored  # noqa: PLC0415

    held = stored(run)
    file = out or run / "report.html"
    html = page(held.run, held.summary, run, beside=file.resolve().parent == run.resolve())
    written = [kept(html, file, "--out")]
    if charts is not None:
        from loadtests.report.charts import charts as draw  # noqa: PLC0415
        from loadtests.report.charts import write  # noqa: PLC0415

        written += write(draw(held.run, held.summary, run), charts, file_format)
    sys.stdout.writelines(f"{path}\n" for path in written)
    if open_it:
        show(written[0])
