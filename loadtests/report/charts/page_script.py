"""All JavaScript of the page: the charting library and what the page does with it, in one text for offline use."""

import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
import vl_convert

from loadtests.report.charts.chart import VERSION
from loadtests.report.charts.fitting import LEGEND_PX, PART_PX
from loadtests.report.charts.looks import SCHEMES, config
from loadtests.report.charts.recolouring import exchange

PAGE = Path(__file__).parent / "page"
_PARTS = ("data.js", "state.js", "fit.js", "draw.js", "controls.js", "start.js")


@cache
def script() -> str:
    """Return the script, which draws what stands as JSON in `#charts` into `figure[data-chart] .plot`.

    It makes the page's controls in `#controls`. No part of it asks any address.
    """
    known = {
        "STYLE": (PAGE / "charts.css").read_text(encoding="utf-8"),
        "CONFIG": {name: config(scheme) for name, scheme in SCHEMES.items()},
        "PART_PX": PART_PX,
        "LEGEND_PX": LEGEND_PX,
        "EXCHANGE": {name: exchange(scheme) for name, scheme in SCHEMES.items()},
    }
    values = [f"const {name} = {msgspec.json.encode(value).decode()};" for name, value in known.items()]
    parts = [(PAGE / name).read_text(encoding="utf-8") for name in _PARTS]
    text = "\n".join([library(), "(() => {", '"use strict";', *values, *parts, "})();"])
    # It stands within an element of a page.
    return text.replace("</script", "<\\/script")


@cache
def library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed, minified; kept in the person's cache, since making it takes seconds."""
    file = _cache() / f"vega-{version('vl-convert-python')}-{VERSION}.js"
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        made = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VERSION)
        _keep(file, made)
        return made


def _cache() -> Path:
    home = Path(os.environ.get("HOME", "/"))
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "trilane"


def _keep(file: Path, text: str) -> None:
    """Write the file whole or not at all; where nothing can be written, it is made again the next time."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as draft:
            draft.write(text)
        Path(draft.name).replace(file)
    except OSError:
        return
