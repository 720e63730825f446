"""Where in the site a file of the project stands, and how one page of the site names another."""

import posixpath
from pathlib import Path

from loadtests.reader.topics import FOLDER

# What a browser shows as it is.
AS_IT_IS = {".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".html", ".json", ".css"}


def place(file: str, root: Path) -> str:
    """Return the path in the site of a file or a folder of the project."""
    if (root / file).is_dir():
        return posixpath.normpath(f"source/{file}/index.html")
    stem, suffix = posixpath.splitext(file)
    if suffix == ".md":
        of_topic = stem.removeprefix(f"{FOLDER}/")
        return f"pages/{stem}.html" if of_topic == stem else f"topics/{of_topic}.html"
    return f"files/as-they-are/{file}" if suffix in AS_IT_IS else f"source/{file}.html"


def target(page: str, link: str) -> tuple[str, str]:
    """Return the path in the project that a page's link names, and what stands behind the `#`."""
    path, _, fragment = link.partition("#")
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page, fragment


def relative(to: str, page: str) -> str:
    """Return the address by which one page of the site names another."""
    return posixpath.relpath(to, posixpath.dirname(page) or ".")


def up(page: str) -> str:
    """Return what leads from a page to the site's root: nothing, or `../` for each folder."""
    return "../" * page.count("/")
