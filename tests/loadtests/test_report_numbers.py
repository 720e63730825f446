"""Every number of the page is that of summary.json: the page is read back and held against it."""

import copy
import itertools
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtests.measurement.audit import Audit
from loadtests.measurement.curve import Estimate, Usl
from loadtests.measurement.group import file_stem
from loadtests.measurement.record import Pace
from loadtests.measurement.result import Account, Grid, Summary
from loadtests.measurement.store import Store
from loadtests.measurement.verdict import Evenness
from loadtests.report.html import page
from tests.loadtests.many import many
from tests.loadtests.measured import encoded, record, use
from tests.loadtests.pages import TEXTS, detail_of, disagreeing, figures, leaves, wordings
from tests.loadtests.reports import BOUND, LEVELS, SICK, SOUND, TWIN, run, summary, sweep

# They say which cell it is, and stand in its name, its heading or its facts; nothing arrives at a closed load.
NAMING = {"users", "rate", "url", "missing", "limiter", "params", "factors"}
OF_OPEN_LOADS = {"arrivals_due", "arrivals_late", "arrivals_dropped"}
# What is missing as a whole has a dash in the column of each of its parts.
PARTS = {"account": "account.load_average", "audit": "audit.answered"}
MOST_BYTES = 6_000_000
LAW = Usl(
    lam=Estimate(value=20.4321, low=19.9, high=21.02), sigma=Estimate(value=0.0312, low=0.0281, high=0.0339),
    kappa=Estimate(value=1.234e-05, low=0.0, high=0.00214), peak_users=None, misfit=0.02,
)  # fmt: skip
ACCOUNT = Account(
    cpu_user_us_per_request=321.4, cpu_system_us_per_request=87.25, sockets_max=65, bytes_per_request=182.5,
    accepted_per_request=0.015, store_cpu_us_per_request=None, store_commands_per_request=2.0, core_steal_share=0.034,
    foreign_share=0.118, pressure_share=0.27, load_average=1.84, mhz=2445.4,
)  # fmt: skip


def decoded(found: Summary) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(found), type=dict[str, Any])


def whole() -> Summary:
    """A summary made of slices: ties, a cell that contradicts itself, one that the generator limits, missing values."""
    found = summary(tied=True)
    details = [msgspec.structs.replace(each, account=ACCOUNT, db_cpu_us_per_request=41.7) for each in found.details]
    return msgspec.structs.replace(found, details=details)


def test_what_is_read_back_has_ties_an_invalid_cell_a_bound_and_missing_values() -> None:
    found = decoded(whole())
    by_name = {cell["name"]: cell for cell in found["cells"]}
    assert [by_name[name]["valid"] for name in (SOUND, TWIN, BOUND, SICK)] == [True, True, False, False]
    assert by_name.keys() == {SOUND, TWIN, BOUND, SICK}
    assert "undecided" in {each["verdict"] for each in found["verdicts"]}
    assert "equal" in {each.verdict for each in many(lanes=8, loads=3).verdicts}
    assert any(cell["db_connections_max"] is None for cell in found["cells"])


@pytest.mark.parametrize("found", [whole(), many(lanes=4, loads=3)], ids=["of slices", "of several loads"])
def test_every_number_of_the_page_is_that_of_the_summary(found: Summary) -> None:
    html, there = page(run(), found), decoded(found)
    assert disagreeing(html, there) == []
    assert len(figures(html)) > 20 * len(found.cells)


@pytest.mark.parametrize("found", [whole(), many(lanes=4, loads=3)], ids=["of slices", "of several loads"])
def test_every_figure_of_every_cell_stands_on_the_page(found: Summary) -> None:
    there = decoded(found)
    shown = {figure.at for figure in figures(page(run(), found))}
    for place, cell in enumerate(there["cells"]):
        wanted = {f"cells.{place}.{PARTS.get(at, at)}" for at in leaves(cell)}
        wanted |= {f"details.{place}.{PARTS.get(at, at)}" for at in leaves(detail_of(cell, there))}
        named = {at for at in wanted if at.split(".")[2] in NAMING | OF_OPEN_LOADS}
        assert wanted - named - shown == set()


def spoken() -> Summary:
    """A summary that says all that one can say: of loads and of the whole, in tables of its own and in laws."""
    found = many(lanes=4, loads=3)
    swept = sweep(users=LEVELS[1:])
    said = [*found.sentences, *swept.sentences, "all in all: the first is as good as the second."]
    return msgspec.structs.replace(
        found,
        cells=[*found.cells, *swept.cells],
        details=[*found.details, *swept.details],
        curves=[*found.curves, *(msgspec.structs.replace(each, usl=LAW, why=None) for each in swept.curves)],
        sentences=said,
        warnings=["wait, 64 users: it was noisy", "one core is slower"],
        grids=[Grid(title="leaks", columns=["lane", "global"], rows=[["fastapi-coroutine", "< 2,000"], ["b", "–"]])],
    )


def test_every_verdict_and_every_sentence_stands_on_the_page() -> None:
    found = spoken()
    html = page(run(), found)
    shown = {figure.at for figure in figures(html)}
    assert {f"verdicts.{place}.ratio" for place in range(len(found.verdicts))} <= shown
    assert {f"controls.{place}.ratio" for place in range(len(found.controls))} <= shown
    assert disagreeing(html, decoded(found)) == []
    for what in TEXTS:
        shown_texts = {each.text for each in figures(html) if each.at == what}
        assert [said for said in getattr(found, what) if not shown_texts & wordings(said)] == []
    places = {f"grids.0.rows.{row}.{column}" for row in (0, 1) for column in (0, 1)}
    places |= {f"grids.0.{at}" for at in ("title", "columns.0", "columns.1")}
    places |= {f"details.{at}.ceilings.0.formula" for at in range(len(found.cells))}
    places |= {f"curves.{at}.usl.{name}" for at in range(len(found.curves)) for name in ("lam", "sigma", "kappa")}
    assert places - shown == set()


def test_a_page_of_which_one_word_is_another_is_noticed() -> None:
    found = spoken()
    html, there = page(run(), found), decoded(found)
    words = ("grids.0.title", "grids.0.columns.1", "grids.0.rows.1.0", "details.3.ceilings.0.formula", "curves.0.why")
    for at in words:
        assert any(each.startswith(f"{at}: ") for each in disagreeing(html, with_another(there, at))), at
    for at in ("sentences.0", "sentences.5", f"sentences.{len(found.sentences) - 1}", "warnings.0", "warnings.1"):
        assert any(each.startswith(at.split(".")[0]) for each in disagreeing(html, with_another(there, at))), at
    law = f"curves.{len(found.curves) - 1}.usl.lam"
    assert any(each.startswith(law) for each in disagreeing(html, with_another(there, f"{law}.low")))


def noted() -> Summary:
    """A summary with all that notes tell: writes that were lost, slices that count for nothing, a pace held out."""
    found = many(lanes=4, loads=3)
    group = {name: getattr(found.cells[0], name) for name in ("scenario", "users", "rate")}
    lost = Audit(answered=1_000, failed=0, committed=981)
    return msgspec.structs.replace(
        found,
        cells=[msgspec.structs.replace(each, audit=lost) for each in found.cells],
        details=[
            msgspec.structs.replace(each, voided=["2 of 9 slices: others had its cores"]) for each in found.details
        ],
        evenness=[Evenness(**group, metric="qps", slopes={}, before=0.081, after=0.024)],
    )


def test_a_note_of_which_one_figure_is_another_is_noticed() -> None:
    found = noted()
    html, there = page(run(), found), decoded(found)
    assert disagreeing(html, there) == []
    shown = [each.at for each in figures(html)]
    for at in ("controls.0.ratio", "controls.0.low", "controls.0.high", "controls.0.half_width"):
        assert shown.count(at) > 1, "it stands in the note of its load, and below *The control*"
        assert any(each.startswith(f"{at}: ") for each in disagreeing(html, with_another(there, at))), at
    for at in ("evenness.0.before", "evenness.0.after", "details.0.voided.0"):
        assert any(each.startswith(f"{at}: ") for each in disagreeing(html, with_another(there, at))), at
    fewer = with_another(there, "cells.0.audit.committed", 990)
    assert any(each.startswith("cells.0.audit.lost: ") for each in disagreeing(html, fewer))
    rounds = [each and 10 * each for each in there["details"][0]["qps_per_round"]]
    wrong = disagreeing(html, with_another(there, "details.0.qps_per_round", rounds))
    for end in ("least", "most"):
        assert any(each.startswith(f"details.0.qps_per_round.{end}: ") for each in wrong)


def with_another(there: dict[str, Any], at: str, new: Any = None) -> dict[str, Any]:
    """The same summary with one word, or one figure, that is another: a `new` one, or of its own kind."""
    found = copy.deepcopy(there)
    path = at.split(".")
    own: Any = found
    for name in path[:-1]:
        own = own[int(name)] if isinstance(own, list) else own[name]
    last: Any = int(path[-1]) if isinstance(own, list) else path[-1]
    other = own[last] * 2 if isinstance(own[last], float) else f"{own[last]}, and more"
    own[last] = other if new is None else new
    return found


def changed(found: Any, path: list[str]) -> Any:
    """The same struct with one figure that is another."""
    name, *rest = path
    own = found[int(name)] if isinstance(found, list) else getattr(found, name)
    new = changed(own, rest) if rest else own * 2 + 1
    if isinstance(found, list):
        return [new if place == int(name) else each for place, each in enumerate(found)]
    return msgspec.structs.replace(found, **{name: type(own)(new) if not rest else new})


def test_a_page_of_which_one_number_is_another_is_noticed() -> None:
    found = whole()
    there, html = decoded(found), page(run(), found)
    places = sorted({each.at for each in figures(html)})
    changeable = [at for at in places if at not in TEXTS and _is_number(there, at)]
    assert len(changeable) > 80
    for at in changeable[::3]:
        other = page(run(), changed(found, at.split(".")))
        assert any(each.startswith(f"{at}: ") for each in disagreeing(other, there)), at


def _is_number(there: Any, at: str) -> bool:
    """Tell whether a valid cell, or a verdict, has a number at a place that moves no other place."""
    whose, place, *path = at.split(".")
    if "ceilings" in path or "qps_per_round" in path or "voided" in path:
        return False
    if whose in {"cells", "details"} and not there["cells"][int(place)]["valid"]:
        return False
    found = there[whose][int(place)]
    for name in path:
        found = None if found is None else found[name]
    return isinstance(found, int | float) and not isinstance(found, bool)


def test_a_page_of_five_hundred_cells_fits_into_a_mail(tmp_path: Path) -> None:
    found = many()
    assert len(found.cells) == 500
    kept(found, tmp_path / "run")
    html = page(run(), found, tmp_path / "run")
    assert "2,500 slices: " in html
    assert {f"{each.scenario}-histogram" for each in found.cells} <= set(re.findall(r'data-chart="([^"]+)"', html))
    assert len(html.encode()) < MOST_BYTES


def kept(found: Summary, folder: Path) -> None:
    """Write the slices of five rounds, and each cell's histogram, as a run leaves them."""
    taken = [round(1_000 * 1.01**place) for place in range(600)]
    one = record(1, taken, use=use(600, core_steal_share=0.04, foreign_share=0.02, pace=Pace(servers_us=61.5)))
    with Store.new(folder) as store:
        for number, cell in itertools.product(range(1, 6), found.cells):
            own = {name: getattr(cell, name) for name in ("scenario", "users", "name", "lane")}
            store.record(msgspec.structs.replace(one, round=number, **own))
        store.histograms({file_stem(cell, cell.name): encoded(taken) for cell in found.cells})
