"""What `trilane ui` tells Locust's process: through one variable of its environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

VARIABLE = "TRILANE_UI"
LOOPBACK = "127.0.0.1"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`channel` is the socket of the process that serves the lanes; empty where Locust was started by hand.

    `lanes` are those that may be chosen, `targets` the base URLs of those that run elsewhere. `names` are what a
    browser may call this UI, `allowed` what may be loaded besides the lanes, each as HOST or HOST:PORT. With a `token`
    every request has to name it. Finished tests are kept in the folder `state`. So many `workers` were started with it,
    and so many are `expected` to connect to `meeting`.
    """

    channel: str = ""
    state: str = ""
    lanes: tuple[str, ...] = ()
    targets: dict[str, str] = {}
    names: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    token: str = ""
    workers: int = 0
    expected: int = 0
    meeting: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Return what the environment says, the defaults where it says nothing."""
        text = environment.get(VARIABLE)
        return msgspec.json.decode(text, type=cls) if text else cls()


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where finished tests are kept unless a person says otherwise: the same place from wherever it is asked.

    Whoever has no home, as in some containers, keeps them beside the runs.
    """
    if asked := environment.get("TRILANE_UI_STATE"):
        return Path(asked)
    home = environment.get("HOME")
    usual = Path(home, ".local", "state") if home else Path("runs").absolute()
    return Path(environment.get("XDG_STATE_HOME") or usual, "trilane", "ui")
