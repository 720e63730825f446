"""Ask a server whether it can serve."""

import http.client
from urllib.parse import urlsplit

_TIMEOUT_S = 10.0


def health(base_url: str) -> str | None:
    """Return None when `/health` answers 200, else in a few words what happened instead."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read(300).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"/health: {error or type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else f"/health answers {answer.status}: {body}"
