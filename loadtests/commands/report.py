"""`trilane report RUN`: the page of a run, made again from its folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer

_Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, as `--out` or runs/<time> did.")]
_Out = Annotated[Path | None, typer.Option(help="Write the page here [default: report.html in the run's folder].")]
_Open = Annotated[bool, typer.Option("--open", help="Show it in the browser.")]
_Charts = Annotated[Path | None, typer.Option(help="Write the charts into this folder too, one file each.")]
_Format = Annotated[
    str | None, typer.Option("--format", help="What the charts are written as: svg or png [default: svg].")
]


def report(
    run: _Run, *, out: _Out = None, open_it: _Open = False, charts: _Charts = None, file_format: _Format = None
) -> None:
    """Make a run's page again: one file that needs nothing but a browser."""
    from loadtests.report.files import kept, require_file, show  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.report.html import page  # noqa: PLC0415
    from loadtests.report.stored import stored  # noqa: PLC0415

    _require_charts(charts, file_format)
    if out is not None:
        require_file(out, "--out")
    held = stored(run)
    file = out or run / "report.html"
    html = page(held.run, held.summary, run, beside=file.resolve().parent == run.resolve())
    written = [kept(html, file, "--out")]
    if charts is not None:
        from loadtests.report.charts import charts as draw  # noqa: PLC0415
        from loadtests.report.charts import write  # noqa: PLC0415
        from loadtests.report.charts.files import FORMATS  # noqa: PLC0415

        written += write(draw(held.run, held.summary, run), charts, file_format or FORMATS[0])
    sys.stdout.writelines(f"{path}\n" for path in written)
    if open_it:
        show(written[0])


def _require_charts(charts: Path | None, file_format: str | None) -> None:
    """Raise `Problem` where the charts cannot be written as they are asked for: said before the run is read."""
    from backing.problem import Problem  # noqa: PLC0415
    from loadtests.report.charts.files import FORMATS  # noqa: PLC0415

    if file_format is not None and file_format not in FORMATS:
        raise Problem(f"--format {file_format}: charts are not written like that; use one of {', '.join(FORMATS)}")
    if file_format is not None and charts is None:
        raise Problem(f"--format {file_format}: no charts are written; name a folder for them with --charts")
    if charts is not None and charts.exists() and not charts.is_dir():
        raise Problem(f"--charts {charts}: this is a file; name a folder")
