"""Write charts as files, for a slide or a text."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import vl_convert

from backing.problem import Problem
from loadtests.report.charts.chart import VERSION, Chart
from loadtests.report.charts.fitting import fitted
from loadtests.report.charts.looks import LIGHT, Scheme, config
from loadtests.report.charts.recolouring import recoloured

FORMATS = ("svg", "png")
WIDTH_PX = 880
_SCALE = 2.0
_SUBTITLE_LETTERS = 120


def write(charts: Sequence[Chart], folder: Path, file_format: str = "svg", scheme: Scheme = LIGHT) -> list[Path]:
    """Write each chart as `<id>.<format>` and return the files, one for each chart in their order.

    Raises `Problem` when the format is none of `FORMATS` or the folder cannot be written.
    """
    if file_format not in FORMATS:
        raise Problem(f"--format {file_format}: charts are not written like that; use one of {', '.join(FORMATS)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_written(chart, folder / f"{chart.id}.{file_format}", scheme) for chart in charts]
    except OSError as error:
        raise Problem(f"--charts {folder}: it cannot be written ({error.strerror}); name another folder") from error


def _written(chart: Chart, file: Path, scheme: Scheme) -> Path:
    spec = fitted(recoloured(chart.spec, scheme), WIDTH_PX)
    settings = config(scheme)
    lines = textwrap.wrap(chart.says, _SUBTITLE_LETTERS)
    title = {"text": chart.title, "subtitle": lines, "anchor": "start", "color": scheme.ink}
    spec |= {"title": title | {"subtitleColor": scheme.soft}, "padding": 16}
    if file.suffix == ".svg":
        file.write_text(vl_convert.vegalite_to_svg(spec, vl_version=VERSION, config=settings), encoding="utf-8")
    else:
        file.write_bytes(vl_convert.vegalite_to_png(spec, vl_version=VERSION, config=settings, scale=_SCALE))
    return file
