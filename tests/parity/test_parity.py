import ast
import difflib
import re
from itertools import combinations
from pathlib import Path

import pytest

from contract.endpoints import ENDPOINTS
from tests.parity.asymmetries import ASYMMETRIES
from tests.parity.asymmetry import Asymmetry
from tests.parity.unlike import UNLIKE

ROOT = Path(__file__).parents[2]
APPS = ("flask_app", "fastapi_app", "django_app")
FILES = sorted({path.name for app in APPS for path in (ROOT / app).glob("*.py")} - {"__init__.py"})
LONGEST_FILE = 130
LONGEST_FUNCTION = 25
ALIKE = 0.5
HANDLERS = [
    (endpoint.topic, name)
    for endpoint in ENDPOINTS
    for name in ([endpoint.name, f"{endpoint.name}_async"] if endpoint.styled else [endpoint.name])
]


def tree(app: str, file: str) -> ast.Module:
    return ast.parse((ROOT / app / file).read_text())


def having(file: str) -> list[str]:
    return [app for app in APPS if (ROOT / app / file).exists()]


def public(app: str, file: str) -> dict[str, ast.stmt]:
    """Name what a module defines, in its order; what it imports is not its own."""
    found: dict[str, ast.stmt] = {}
    for node in tree(app, file).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return {name: node for name, node in found.items() if not name.startswith("_")}


FUNCTIONS = [
    (file, name)
    for file in FILES
    if set(having(file)) == set(APPS)
    for name in public(APPS[0], file)
    if (file.removesuffix(".py"), name) not in HANDLERS
    and all(isinstance(public(app, file).get(name), ast.FunctionDef | ast.AsyncFunctionDef) for app in APPS)
]


def likeness(file: str, name: str) -> float:
    """Return how much of a function the two apps share that differ most, word by word."""
    words = []
    for app in APPS:
        node = public(app, file)[name]
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        words.append(re.findall(r"\w+|[^\w\s]", "\n".join(map(ast.unparse, node.body))))
    return min(difflib.SequenceMatcher(None, one, other).ratio() for one, other in combinations(words, 2))


def first_line(node: ast.AST) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        return (ast.get_docstring(node) or "").partition("\n")[0]
    return None


def excepted(file: str) -> set[str]:
    return {name for asymmetry in ASYMMETRIES if asymmetry.file == file for name in asymmetry.names}


def is_excepted(file: str) -> bool:
    return any(a.file == file and not a.names and not a.missing for a in ASYMMETRIES)


def mirrored(file: str, excepted_names: set[str]) -> bool:
    """Tell whether the apps agree on the names of a file, in their order and with their docstrings."""
    seen = {
        tuple((name, first_line(node)) for name, node in public(app, file).items() if name not in excepted_names)
        for app in having(file)
    }
    return len(seen) == 1


@pytest.mark.parametrize("file", FILES)
def test_every_app_has_the_same_files(file: str) -> None:
    missing = {a.app for a in ASYMMETRIES if a.file == file and a.missing}
    assert set(having(file)) == set(APPS) - missing


@pytest.mark.parametrize("file", FILES)
def test_a_file_says_the_same_of_itself_in_every_app(file: str) -> None:
    assert len({first_line(tree(app, file)) for app in having(file)}) == 1


@pytest.mark.parametrize("file", [file for file in FILES if not is_excepted(file)])
def test_a_file_has_the_same_names_in_the_same_order_with_the_same_docstrings(file: str) -> None:
    names = {app: [n for n in public(app, file) if n not in excepted(file)] for app in having(file)}
    assert mirrored(file, excepted(file)), names


@pytest.mark.parametrize("asymmetry", ASYMMETRIES, ids=lambda a: f"{a.app}/{a.file}")
def test_an_asymmetry_is_marked_in_the_code(asymmetry: Asymmetry) -> None:
    assert asymmetry.missing or "# DIFFERS:" in (ROOT / asymmetry.app / asymmetry.file).read_text()


@pytest.mark.parametrize("asymmetry", ASYMMETRIES, ids=lambda a: f"{a.app}/{a.file}")
def test_an_asymmetry_is_still_needed(asymmetry: Asymmetry) -> None:
    if asymmetry.missing:
        assert not (ROOT / asymmetry.app / asymmetry.file).exists()
    elif not asymmetry.names:
        assert not mirrored(asymmetry.file, set())
    else:
        needless = [n for n in asymmetry.names if mirrored(asymmetry.file, excepted(asymmetry.file) - {n})]
        assert not needless


@pytest.mark.parametrize(("topic", "name"), HANDLERS)
def test_a_handler_is_found_in_its_topic_and_differs_by_half_at_most(topic: str, name: str) -> None:
    for app in APPS:
        node = public(app, f"{topic}.py")[name]
        assert isinstance(node, ast.AsyncFunctionDef if name.endswith("_async") else ast.FunctionDef)
    assert likeness(f"{topic}.py", name) >= ALIKE


@pytest.mark.parametrize(("file", "name"), FUNCTIONS)
def test_what_handlers_call_differs_by_half_at_most_or_is_known_to_differ_by_more(file: str, name: str) -> None:
    assert (likeness(file, name) < ALIKE) == ((file, name) in UNLIKE)


def test_what_is_known_to_differ_is_there() -> None:
    assert not set(UNLIKE) - set(FUNCTIONS)


@pytest.mark.parametrize("app", APPS)
def test_a_file_and_a_function_fit_a_glance(app: str) -> None:
    for path in (ROOT / app).glob("*.py"):
        source = path.read_text()
        assert source.count("\n") <= LONGEST_FILE, path.name
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{path.name}: {node.name}"


@pytest.mark.parametrize("app", APPS)
def test_an_app_knows_neither_the_other_apps_nor_the_harness(app: str) -> None:
    foreign = {"loadtests", "tests", *APPS} - {app}
    for path in (ROOT / app).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom | ast.Import):
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                assert not foreign & {module.partition(".")[0] for module in modules}, path.name
