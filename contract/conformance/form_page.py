"""The forms as a browser has to read them, written here by hand: every kind of field, its value and its problem."""

from collections.abc import Collection, Mapping, Sequence
from html import escape

from contract import forms
from contract.conformance.html import Event, events
from contract.forms import CSRF_FIELD, Choices, Field

Values = Mapping[str, str | Sequence[str]]
END = ("end", "form")


def found_form(page: bytes) -> list[Event]:
    """Return what a browser reads of the page's form; of its token it says that there is one."""
    found = events(page)
    begin = next((place for place, event in enumerate(found) if event[:2] == ("start", "form")), len(found))
    rest = found[begin:]
    return [_without_token(event) for event in rest[: rest.index(END) + 1 if END in rest else len(rest)]]


def _without_token(event: Event) -> Event:
    if f"name={CSRF_FIELD}" not in event:
        return event
    return tuple("value=*" if part.startswith("value=") and part != "value=" else part for part in event)


def right_form(fields: Sequence[Field], button: str, values: Values, broken: Collection[str]) -> list[Event]:
    """Return what a browser has to read where the fields hold `values`, and those that are `broken` say so."""
    controls = "".join(_control(field, values.get(field.name, ""), field.name in broken) for field in fields)
    token = f'<input type="hidden" name="{CSRF_FIELD}" value="*">'
    return events(
        f'<form method="post">{token}{controls}<p><button type="submit">{button}</button></p></form>'.encode()
    )


def _control(field: Field, value: str | Sequence[str], broken: bool) -> str:  # noqa: FBT001 - one of two pages
    name, problem = field.name, f'<strong class="problem">{escape(field.message)}</strong>' if broken else ""
    label = f'<label for="{name}">{escape(field.label)}</label>'
    chosen = [value] if isinstance(value, str) else list(value)
    match field.kind:
        case "password":
            return f'<p>{label}<input type="password" id="{name}" name="{name}">{problem}</p>'
        case "text" | "email":
            shown = escape("".join(chosen[-1:]))
            return f'<p>{label}<input type="{field.kind}" id="{name}" name="{name}" value="{shown}">{problem}</p>'
        case "select" | "multiple":
            many = " multiple" if field.kind == "multiple" else ""
            return f'<p>{label}<select id="{name}" name="{name}"{many}>{_options(field, chosen)}</select>{problem}</p>'
        case _:
            return f"<fieldset><legend>{escape(field.label)}</legend>{_buttons(field, chosen)}{problem}</fieldset>"


def _options(field: Field, chosen: Collection[str]) -> str:
    return "".join(
        f'<option value="{value}"{" selected" if value in chosen else ""}>{escape(text)}</option>'
        for value, text in _offered(field)
    )


def _buttons(field: Field, chosen: Collection[str]) -> str:
    kind = "radio" if field.kind == "radio" else "checkbox"
    return "".join(
        f'<input type="{kind}" id="{field.name}-{place}" name="{field.name}" value="{value}"'
        f'{" checked" if value in chosen else ""}><label for="{field.name}-{place}">{escape(text)}</label>'
        for place, (value, text) in enumerate(_offered(field))
    )


def _offered(field: Field) -> Choices:
    return forms.favourites() if field.kind == "boxes" else field.choices
