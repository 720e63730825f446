"""The bare apps are what the site is held against: they answer as it does, and lack what they are said to lack."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtests.instructions.count import NOWHERE
from loadtests.servers import DEFAULT
from loadtests.servers.stacks import ROOT
from tests.loadtests.summaries import cell
from tests.loadtests.test_duet_criteria import played
from tests.proofs import bareness
from tests.proofs.bare.checkout import APPS, BARE, checkout, parts, stripped
from tests.proofs.bareness import BESIDE_THE_SITE, PARTS, Beside
from tests.proofs.dueting import Played
from tests.topics.quoting import section

GREETING = Path(__file__).with_name("greeting.py")
SOURCES = sorted((ROOT / BARE).glob("*_bare.py"))
STATUS, NAMES, BODY, ID = range(4)


def greetings(root: Path) -> dict[str, list[list[Any]]]:
    """Ask all applications of a checkout; the order is that of `greeting.ASKED`."""
    names = [f"{file.removesuffix('.py').replace('/', '.')}:application" for file in APPS]
    given = {"PYTHONPATH": str(root), "PYTHONSAFEPATH": "1", "TRILANE_DATABASE_URL": NOWHERE}
    done = subprocess.run(
        [sys.executable, GREETING, *names], env=os.environ | given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[Any]]] = json.loads(done.stdout)
    return found


def duet(*_: object) -> Played:
    """Find both sides equal, whatever was asked."""
    cells = [cell("flask-thread", "hello", cpu_us_per_request=cpu_us) for cpu_us in (100.0, 98.0)]
    found = played("equal", half_width=0.01)
    return msgspec.structs.replace(found, summary=msgspec.structs.replace(found.summary, cells=cells))


def test_the_bare_apps_answer_hello_as_the_site_does() -> None:
    site = greetings(ROOT)
    with checkout(without=BESIDE_THE_SITE) as root:
        bare = greetings(root)
    assert [answer[:ID] for name in site for answer in bare[name]] == [
        answer[:ID] for name in site for answer in site[name]
    ]
    ids = [answer[ID] for found in (site, bare) for answers in found.values() for answer in answers]
    assert ids[::2] == ["an-id"] * (len(ids) // 2)
    assert len({*ids[1::2]}) == len(ids) // 2
    assert all(len(made) == 16 for made in ids[1::2])


def test_without_its_parts_a_bare_app_still_greets() -> None:
    with checkout(without=PARTS) as root:
        for answers in greetings(root).values():
            for status, names, body, _ in answers:
                assert (status, names, body) == (200, ["content-length", "content-type"], '{"message":"hello"}')


def test_every_bare_app_has_every_part_and_can_be_without_it() -> None:
    around = parts((ROOT / BARE / "outermost.py").read_text())
    for source in SOURCES:
        text = source.read_text()
        assert parts(text) | around == {*PARTS}, source
        for part in parts(text):
            rest = stripped(text, {part})
            assert parts(rest) == parts(text) - {part}
            compile(rest, source, "exec")


def test_a_part_goes_with_what_is_indented_below_it() -> None:
    text = "a\ndef b():  # part: timing\n    c\n\n    d\ne\n    f  # part: hook\n    g\n"
    assert stripped(text, {"timing"}) == "a\ne\n    f  # part: hook\n    g\n"
    assert stripped(text, {"hook"}) == "a\ndef b():  # part: timing\n    c\n\n    d\ne\n    g\n"
    assert stripped(text, {"count"}) == text


def test_a_duet_of_the_site_with_the_bare_app_is_read_as_a_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bareness, "duet", duet)
    found = bareness.beside("flask-thread", Path(), 1)
    assert isinstance(found, Beside)
    assert [found.speed, found.low, found.high] == pytest.approx([1, 1 / 1.01, 1.01])
    assert found.cpu_us == (100.0, 98.0)


def test_what_is_too_slow_or_not_measured_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise AssertionError("exit code 3: not\nvalid")

    monkeypatch.setattr(bareness, "duet", broken)
    found = {
        "enough": Beside(speed=0.95, low=0.93, high=0.97, cpu_us=(100.0, 95.0), starts=9),
        "slow": Beside(speed=0.949, low=0.93, high=0.97, cpu_us=(100.0, 94.9), starts=9),
        "none": bareness.beside("flask-thread", Path(), 1),
    }
    assert bareness.criteria(found) == {
        "enough: 0.95 of the bare app's speed at least: 0.950 (0.930 to 0.970)": True,
        "slow: 0.95 of the bare app's speed at least: 0.949 (0.930 to 0.970)": False,
        "none: 0.95 of the bare app's speed at least: not measured (exit code 3: not valid)": False,
    }


def test_the_proof_writes_ratios_and_what_each_part_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def instructions(lanes: Sequence[str], checkout: Path | None = None) -> dict[str, float]:
        """Charge 1 000 for all of an app, and 10 for each line of it that is marked as a part."""
        sources = [] if checkout is None else (checkout / BARE).glob("*_bare.py")
        marked = sum(source.read_text().count("# part: ") for source in sources)
        return dict.fromkeys(lanes, 1_000.0 + (900.0 if checkout is None else 10.0 * marked))

    monkeypatch.setattr(bareness, "duet", duet)
    monkeypatch.setattr(bareness, "instructions", instructions)
    bareness.prove(tmp_path, ["flask-thread", "flask-process"])
    text = (tmp_path / "bareness.md").read_text()
    assert "| flask-thread | 1.000 | 0.990 to 1.010 | 100 | 98 | 9 | 0." in text
    assert "| flask-process | 1.000 | 0.990 to 1.010 | 100 | 98 | 9 | – |" in text
    assert [line.split(" |")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")][-7:] == [
        "---",
        *PARTS,
        "the whole bare app",
    ]
    assert text.count("- met: ") == 2


def test_the_page_shows_the_tables_of_the_proof() -> None:
    page, proof = ((ROOT / "docs" / file).read_text() for file in ("performance.md", "proofs/bareness.md"))
    sections = [section(page, name) for name in ("ratios-by-duets", "what-each-part-costs")]
    rows = [line for text in sections for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) > len(DEFAULT) + len(PARTS)
    assert not [row for row in rows if row not in proof.splitlines()]
