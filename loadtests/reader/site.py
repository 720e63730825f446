"""The site: every endpoint, every file of the apps, the topics and what they link to, as pages of one folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backing.problem import Problem
from contract.endpoint import Endpoint
from contract.endpoints import ENDPOINTS
from loadtests.reader.apps import APPS, address_of
from loadtests.reader.files import names, same_file
from loadtests.reader.glossary import GLOSSARY
from loadtests.reader.handlers import reading
from loadtests.reader.markup import plain
from loadtests.reader.places import place, relative, target, up
from loadtests.reader.prose import prose
from loadtests.reader.runs import Past, told
from loadtests.reader.sections import sections
from loadtests.reader.source import Source
from loadtests.reader.tables import environment
from loadtests.reader.terms import terms_in
from loadtests.reader.topics import FOLDER, is_about, title

_TEMPLATES = Path(__file__).parent / "templates"
_LANGUAGES = {".py": "python", ".toml": "toml", ".js": "javascript", ".css": "css", ".yaml": "yaml", ".json": "json"}


class Site:
    """Makes pages into `made`, by their path in the site; a file that a page links to is made as well."""

    def __init__(self, source: Source, runs: Sequence[Past] = ()) -> None:
        self.source = source
        self.runs = runs
        self.made: dict[str, bytes] = {}
        # The files that are linked to, and whether they have a page yet.
        self._wanted: dict[str, bool] = {}
        # Prose and the code in it are of one moment, whatever commit the handlers are read at.
        self._present = Source(root=source.root)

    def make(self) -> dict[str, bytes]:
        """Make all pages; raise `Problem` where a page shows or links to what does not exist."""
        for name in ("reader.css", "page.css", "reader.js"):
            self.made[name] = (_TEMPLATES / name).read_bytes()
        for topic in self.topics():
            self._want(topic)
        self._linked()
        for number, endpoint in enumerate(ENDPOINTS):
            self._endpoint(number, endpoint)
        for name in names(self.source):
            self._file(name)
        self._page("terms.html", "terms.html.j2", terms=GLOSSARY)
        self._index()
        self._linked()
        return self.made

    def topics(self) -> list[str]:
        """Return the pages of the topics, the first of them where there is one that lists them."""
        found = sorted((self.source.root / FOLDER).glob("*.md"), key=lambda path: (path.stem != "README", path.stem))
        return [path.relative_to(self.source.root).as_posix() for path in found]

    def _endpoint(self, number: int, endpoint: Endpoint) -> None:
        page, found = f"code/{endpoint.name}.html", reading(endpoint, self.source)
        self._page(
            page,
            "endpoint.html.j2",
            endpoint=endpoint,
            address=address_of(endpoint),
            reading=found,
            sections=sections(found, self.runs, self.source),
            topics={title(text, file): self._href(page, file) for file, text in self._told(endpoint)},
            # A commit before the file was written has no page of it.
            whole=endpoint.topic in names(self.source),
            before=ENDPOINTS[number - 1].name if number else "",
            after=ENDPOINTS[number + 1].name if number + 1 < len(ENDPOINTS) else "",
        )

    def _told(self, endpoint: Endpoint) -> list[tuple[str, str]]:
        """Return the topics, each with its text, that are about an endpoint's file or have its code."""
        texts = {file: (self.source.root / file).read_text() for file in self.topics()}
        return [(file, text) for file, text in texts.items() if is_about(text, file, endpoint)]

    def _file(self, name: str) -> None:
        found = same_file(name, self.source)
        self._page(
            f"files/{name}.html",
            "file.html.j2",
            name=name,
            says=found.says,
            present=found.present,
            blocks=found.blocks,
            terms=terms_in(found.blocks),
        )

    def _index(self) -> None:
        root = self.source.root
        topics = [
            {"address": place(file, root), "title": title((root / file).read_text(), file)} for file in self.topics()
        ]
        self._page(
            "index.html",
            "index.html.j2",
            topics=topics,
            endpoints=ENDPOINTS,
            addresses={endpoint.name: address_of(endpoint) for endpoint in ENDPOINTS},
            files={name: same_file(name, self.source).says for name in names(self.source)},
            measured=told(self.runs),
        )

    def _linked(self) -> None:
        """Make what is linked to, and what that links to, until nothing is wanted any more."""
        while left := [file for file, done in self._wanted.items() if not done]:
            for file in left:
                self._wanted[file] = True
                self._make(file)

    def _make(self, file: str) -> None:
        page, path = place(file, self.source.root), self.source.root / file
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix in {".md", ".py"})
            addresses = {each.name: self._href(page, each.relative_to(self.source.root).as_posix()) for each in inside}
            self._page(page, "source.html.j2", file=file, lines=None, names=addresses, side="")
        elif file.endswith(".md"):
            self._prose(file, page, path.read_text())
        elif page.startswith("source/"):
            text = self.source.text(file) or path.read_text()
            lines = plain(text.removesuffix("\n"), _LANGUAGES.get(path.suffix, "text"))
            self._page(page, "source.html.j2", file=file, lines=lines, names={}, side=self._side(page, path))
        else:
            self.made[page] = path.read_bytes()

    def _side(self, page: str, path: Path) -> str:
        own = path.parent.name.endswith("_app") and path.stem in names(self.source)
        return relative(f"files/{path.stem}.html", page) if own else ""

    def _prose(self, file: str, page: str, text: str) -> None:
        found = prose(text, file, self._present, lambda link: self._address(file, page, link))
        terms = terms_in(found.blocks)
        self._page(
            page, "prose.html.j2", title=title(text, file), html=found.html, coded=bool(found.blocks), terms=terms
        )

    def _address(self, file: str, page: str, link: str) -> str:
        """Return the address of what a page of prose links to: a page of the site, or one elsewhere as it stands."""
        if "://" in link or link.startswith(("#", "mailto:")):
            return link
        wanted, fragment = target(file, link)
        if not (self.source.root / wanted).exists() or wanted.startswith(".."):
            raise Problem(f"{file} links to {link}, which does not exist; name a file of the project")
        return self._href(page, wanted) + (f"#{fragment}" if fragment else "")

    def _want(self, file: str) -> None:
        self._wanted.setdefault(file, False)

    def _href(self, page: str, file: str, line: int | None = None) -> str:
        self._want(file)
        return relative(place(file, self.source.root), page) + (f"#L{line}" if line else "")

    def _page(self, page: str, template: str, **parts: Any) -> None:  # noqa: ANN401 - what a template shows
        parts |= {"up": up(page), "source": self.source, "apps": APPS}
        parts["href"] = lambda file, line=None: self._href(page, file, line)
        self.made[page] = environment().get_template(template).render(**parts).encode()
