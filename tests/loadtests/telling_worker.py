"""A worker that also writes down each response time that it counts: `telling_worker.py HOST PORT FILE`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loadtests.load import histogram, summary
from loadtests.workers import worker

if TYPE_CHECKING:
    import numpy as np

OWN = Path(sys.argv[3])
encode = histogram.encode


def telling(times_ns: "np.typing.NDArray[np.int64]") -> str:
    with OWN.open("ab") as file:
        file.write(times_ns.tobytes())
    return encode(times_ns)


if __name__ == "__main__":
    vars(summary)["encode"] = telling
    code = worker.main(sys.argv[1], int(sys.argv[2]))
    os._exit(code)
