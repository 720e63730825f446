"""A hook after the request that fails itself: Flask begins all of them again, and gives up where it fails once more."""

import logging
from itertools import count

from flask import Flask, Response, session

ran: list[str] = []


def ask(failures: int) -> str:
    """Ask a site once whose first hook after the request fails that many times; return what became of the request."""
    app = Flask("flask", static_folder=None)
    app.secret_key = "only here"  # noqa: S105 - nothing is kept under it
    tries = count(1)

    @app.route("/")
    def view() -> str:
        session["name"] = "ada"
        return "hello"

    # Flask takes those after a request from the last to the first.
    @app.after_request
    def behind(response: Response) -> Response:
        ran.append("behind")
        return response

    @app.after_request
    def failing(response: Response) -> Response:
        ran.append("failing")
        if next(tries) <= failures:
            raise RuntimeError("the hook failed")
        return response

    @app.teardown_request
    def tear_down(error: BaseException | None) -> None:
        ran.append(f"teardown, {'with' if error else 'without'} an error")

    answer = app.test_client().get("/")
    kept = "saved" if "Set-Cookie" in answer.headers else "lost"
    return f"status {answer.status_code}, session {kept}, ran: {'; '.join(ran)}"


if __name__ == "__main__":
    logging.disable()
    for name, failures in {"fails once": 1, "fails each time": 2}.items():
        ran.clear()
        print(f"{name}: {ask(failures)}")  # noqa: T201
