"""The errors: one shape, one code and one sentence for each status, the same in all apps."""

from contract.bodies import Error, Problem, encode

ERRORS = {
    400: ("bad_request", "The request is malformed."),
    401: ("not_logged_in", "Log in first."),
    403: ("forbidden", "A hook stopped this request."),
    404: ("not_found", "There is nothing at this path."),
    405: ("method_not_allowed", "This path does not answer this method; Allow names those it answers."),
    409: ("conflict", "The key was used before, for something else."),
    413: ("too_large", "The request is too large."),
    418: ("teapot", "The handler aborted, as it was asked to."),
    422: ("invalid", "A parameter is invalid."),
    500: ("internal", "The server failed; its log has the reason."),
    501: ("not_available", "This version of the framework cannot do this."),
    503: ("unavailable", "A service behind this one did not answer in time; try again."),
}

RETRY_AFTER_S = 1
TITLE_TAKEN = "This author has an article of this title already."
ORDERED = "There are orders of this article, so it stays."
CHANGED = "Somebody else changed this at the same moment; try again."


class Refused(Exception):  # noqa: N818 - the request was refused; the program did not fail
    """End a request with an error of the contract; `message` takes the place of the status's own sentence."""

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message or ERRORS[status][1])
        self.status = status
        self.message = message


def error_body(status: int, request_id: str, message: str | None = None) -> bytes:
    """Return the body of the error with this status; one that the contract does not know reads as a bad request."""
    code, sentence = ERRORS.get(status, ERRORS[400])
    return encode(Error(Problem(code, message or sentence, request_id)))


def retry_headers(status: int) -> dict[str, str]:
    """Return `Retry-After` for what may work later, and nothing for the rest."""
    return {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}  # noqa: PLR2004 - the status itself


def no_article(article_id: int) -> Refused:
    """Return the error for an article that does not exist."""
    return Refused(404, f"There is no article {article_id}.")


def no_journal(request_id: str) -> Refused:
    """Return the error for a request that was not traced, or was so long ago that it was forgotten."""
    return Refused(404, f"There is no journal of a request {request_id}; send X-Trace: 1 with it.")


def no_author(author_id: int) -> Refused:
    """Return the error for an author who does not exist."""
    return Refused(404, f"There is no author {author_id}.")
