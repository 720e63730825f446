"""The forms: their fields, rules and messages, the same in all apps; each app judges them by its framework's own means.

A field has one rule and one message. `pattern` is what a text has to match as a whole, one value where it is posted
more than once.
"""

from dataclasses import dataclass

CSRF_FIELD = "csrfmiddlewaretoken"
CSRF_REFUSED = "The form's token is missing, or belongs to another session; ask for the form again."

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Field:
    """One field: what its label says, what kind of control it is, and what is said where its rule is broken.

    `kind` is text, password, email, radio, select, multiple or boxes; the last four offer `choices`, pairs of the
    value that is sent and the text that is shown.
    """

    name: str
    label: str
    kind: str
    message: str
    pattern: str = ""
    choices: Choices = ()


GENDERS: Choices = (("female", "Female"), ("male", "Male"), ("other", "Neither, or not told"))
CITIES: Choices = (("beijing", "Beijing 北京"), ("new-york", "New York"), ("tromso", "Tromsø"), ("zurich", "Zürich"))
HOBBIES: Choices = (("chess", "Chess & draughts"), ("music", "Music"), ("running", 'Running "fast"'), ("tea", "Tea"))

# NUL is no text to PostgreSQL, nor to Django's forms.
NAME = Field("name", "Name", "text", "name must be 6 to 18 characters, none of them NUL", r"\A[^\0]{6,18}\Z")
PASSWORD = Field(
    "password",
    "Password",
    "password",
    "password must be 8 characters or more, with an upper-case and a lower-case letter, a digit and one of $@!%*?&",
    r"\A(?=[^\0]*[A-Z])(?=[^\0]*[a-z])(?=[^\0]*[0-9])(?=[^\0]*[$@!%*?&])[^\0]{8,}\Z",
)
NEW_NAME = Field("name", "Name", "text", "name must be 1 to 18 characters, none of them NUL", r"\A[^\0]{1,18}\Z")
CONFIRMATION = Field("confirmation", "Password again", "password", "confirmation must be equal to password")
EMAIL = Field(
    "email",
    "E-mail",
    "email",
    "email must be an address like name@example.com",
    r"\A[^@\s\0]{1,64}@[^@\s.\0]+(?:\.[^@\s.\0]+)+\Z",
)
GENDER = Field("gender", "Gender", "radio", "gender must be one of those offered", choices=GENDERS)
CITY = Field("city", "City", "select", "city must be one of those offered", choices=CITIES)
HOBBY = Field("hobby", "Hobbies", "multiple", "hobby must be one or more of those offered", choices=HOBBIES)
# Its choices are those of the moment at which the form is made.
FAVOURITE = Field("favourite", "Favourites", "boxes", "favourite must be among those offered")

LOGIN = (NAME, PASSWORD)
REGISTER = (NEW_NAME, PASSWORD, CONFIRMATION, EMAIL, GENDER, CITY, HOBBY, FAVOURITE)
# What the form to register holds before anybody has touched it.
FIRST: dict[str, str | list[str]] = {"name": "pyy", "favourite": ["flask", "django"]}
# What passes the form to log in.
RIGHT = {"name": "curry-30", "password": "Curry-30!"}

_FAVOURITES = {"flask": "Flask", "fastapi": "FastAPI", "django": "Django", "none": "None of <these>"}


def favourites() -> Choices:
    """Return the choices of the favourites as they are now."""
    return tuple(_FAVOURITES.items())
