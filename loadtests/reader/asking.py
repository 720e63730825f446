"""What a person asked to read: an endpoint, a page of a topic, or a file; and of which run and commit."""

from difflib import get_close_matches
from pathlib import Path

import msgspec

from backing.problem import Problem
from contract.endpoint import STYLES, Endpoint
from contract.endpoints import BY_NAME
from loadtests.reader import files
from loadtests.reader.apps import styles
from loadtests.reader.runs import Past, found, past
from loadtests.reader.source import Source
from loadtests.reader.topics import FOLDER

TOPICS = "topics/"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read: one of the three is set. `styles` are those of the endpoint that are shown."""

    name: str
    endpoint: Endpoint | None = None
    styles: tuple[str, ...] = ()
    topic: str | None = None
    file: str | None = None

    @property
    def address(self) -> str:
        """Return where the site has it."""
        if self.endpoint is not None:
            return f"code/{self.endpoint.name}.html"
        return f"{self.topic}.html" if self.topic is not None else f"files/{self.file}.html"


def asked(name: str | None, style: str | None, source: Source) -> Asked | None:
    """Return what is asked for, None where nothing is named; raise `Problem` for what is not there."""
    if style is not None and style not in STYLES:
        raise Problem(f"--style {style}: there is no such style; choose {' or '.join(STYLES)}")
    wanted = None if name is None else named(name, source)
    if style is None:
        return wanted
    if wanted is None or wanted.endpoint is None:
        raise Problem(f"--style {style}: only an endpoint has styles; name one, as in `trilane read signals`")
    if style not in wanted.styles:
        raise Problem(f"--style {style}: {name} has no styles, one handler answers for all servers; leave --style out")
    return msgspec.structs.replace(wanted, styles=(style,))


def named(name: str, source: Source) -> Asked:
    """Return what a name stands for: an endpoint before a topic, and a topic before a file.

    `topics/signals` is the topic in any case, `signals.py` the file. Raise `Problem` for an unknown name.
    """
    if name in BY_NAME:
        return Asked(name=name, endpoint=BY_NAME[name], styles=styles(BY_NAME[name]))
    topic, file = name.removeprefix(TOPICS), name.removesuffix(".py")
    if topic in topics(source) and not name.endswith(".py"):
        return Asked(name=name, topic=f"{TOPICS}{topic}")
    if file in files.names(source):
        return Asked(name=name, file=file)
    raise Problem(_unknown(name, source))


def topics(source: Source) -> list[str]:
    """Return the names of the topics that have a page."""
    return sorted(path.stem for path in (source.root / FOLDER).glob("*.md") if path.stem != "README")


def runs_and_source(run: Path | None, commit: str | None) -> tuple[list[Past], Source]:
    """Return the runs whose figures are shown, and where the code is read: at a run's commit where one is named.

    Raise `Problem` for a commit that was asked for and is not known.
    """
    if commit is not None and Source(commit).commit is None:
        raise Problem(f"--commit {commit}: git does not know it here; name one that `git log` has, or fetch it")
    if run is None:
        return found(), Source(commit)
    one = past(run)
    return [one], Source(commit or one.about.source.commit)


def _unknown(name: str, source: Source) -> str:
    known = [*BY_NAME, *(f"{TOPICS}{each}" for each in topics(source)), *(f"{each}.py" for each in files.names(source))]
    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"nothing to read is called {name!r}: {hint}`trilane read` lists all"
