"""What a signed cookie does not do, with Flask's own sessions: hide, end, and keep two changes at the same time."""

import json

from flask import Flask, session
from itsdangerous import base64_decode

app = Flask("site")
app.secret_key = "known to the site alone"  # noqa: S105 - of an example


@app.get("/add/<item>")
def add(item: str) -> str:
    """Put something into the basket, which is kept in the session."""
    session["basket"] = [*session.get("basket", []), item]
    return "added"


@app.get("/leave")
def leave() -> str:
    """Forget the session."""
    session.clear()
    return "left"


@app.get("/show")
def show() -> list[str]:
    """Show what is in the basket."""
    return list(session.get("basket", []))


def asked(path: str, cookie: str = "") -> tuple[object, str]:
    """Ask as a browser that has this cookie; return what the answer says, and the cookie that the browser has then."""
    client = app.test_client()
    if cookie:
        client.set_cookie("session", cookie)
    response = client.get(path)
    kept = client.get_cookie("session")
    return response.json if response.is_json else response.text, kept.value if kept else ""


if __name__ == "__main__":
    _, one = asked("/add/tea")
    print("read without the key:", json.loads(base64_decode(one.split(".")[0])))  # noqa: T201
    _, left = asked("/leave", one)
    print("after leaving, the browser has:", left or "nothing")  # noqa: T201
    print("the old cookie, sent again, shows:", asked("/show", one)[0])  # noqa: T201
    _, with_milk = asked("/add/milk", one)
    _, with_rice = asked("/add/rice", one)  # asked before the other answer came
    print("the browser keeps the last answer's:", asked("/show", with_rice)[0])  # noqa: T201
