"""Cookies as an answer sets them: compared by name, value and attributes, whose order and case are the framework's."""

from collections.abc import Iterator
from dataclasses import replace

from contract.conformance.client import Answer


def set_cookies(answer: Answer) -> dict[str, tuple[str, frozenset[str]]]:
    """Return value and attributes, in lower case, of each cookie that is set, by name; a date of expiry is left out."""
    found = {}
    for line in answer.every("set-cookie"):
        pair, *attributes = (part.strip() for part in line.split(";"))
        name, _, value = pair.partition("=")
        told = frozenset(attribute.lower() for attribute in attributes)
        found[name] = value, frozenset(attribute for attribute in told if not attribute.startswith("expires="))
    return found


def cookie_differences(
    answer: Answer, name: str, attributes: frozenset[str], value: str | None = None
) -> Iterator[str]:
    """Name what is wrong with a cookie that has to be set; any value is right unless one is given."""
    if name not in (cookies := set_cookies(answer)):
        yield f"no cookie {name} is set"
        return
    found, told = cookies[name]
    if value is not None and found != value:
        yield f"the cookie {name} is {found}, not {value}"
    if told != attributes:
        yield f"the cookie {name} says {', '.join(sorted(told))}; not {', '.join(sorted(attributes))}"


def without_cookies(answer: Answer) -> Answer:
    """Return the answer as if it set no cookie."""
    return replace(answer, headers=tuple(header for header in answer.headers if header[0] != "set-cookie"))
