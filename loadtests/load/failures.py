"""How a request can fail: every way has a name, and the names are what is counted.

`refused`, `unreachable`, `no_port` (this machine ran out of local ports) and `no_files` happen while connecting;
`reset`, `closed` (before the first byte), `truncated` (after it), `timeout` and `protocol` while exchanging;
`status_N`, `wrong_length` and `wrong_body` are complete responses that are not the right one.
"""

import errno

_BY_ERRNO = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.ENOTCONN: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EADDRNOTAVAIL: "no_port",
    errno.EMFILE: "no_files",
    errno.ENFILE: "no_files",
}


class Failed(Exception):  # noqa: N818 - it is an outcome that is counted, not a fault of the program
    """A request that failed; `kind` is the name under which it is counted."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


class Aborted(Exception):  # noqa: N818 - the slice was stopped: neither a success nor a failure
    """The request was given up because its slice was stopped; it is not counted."""


def forget_how(error: BaseException) -> None:
    """Drop where an exception came from: frames that hold it and that it holds.

    No collector runs during a slice, so what only a collector frees would stay until its end: after a minute of
    failures it would have to look at so much that nobody hears of this process for a second.
    """
    cause: BaseException | None = error
    while cause is not None:
        cause.__traceback__ = None
        former, cause = cause, cause.__cause__ or cause.__context__
        former.__cause__ = former.__context__ = None


def from_os(error: OSError) -> Failed:
    """Name what the operating system reported."""
    return Failed(_BY_ERRNO.get(error.errno or 0, "unreachable"), str(error))
