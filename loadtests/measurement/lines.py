"""Files of one struct a line, read back."""

from pathlib import Path
from typing import TypeVar

import msgspec

from backing.problem import Problem

Kind = TypeVar("Kind", bound=msgspec.Struct)


def structs(file: Path, kind: type[Kind]) -> list[Kind]:
    """Return the lines of a file as structs of a kind, none where there is no file; raise `Problem` where one is none.

    What follows the last line end is left out: a kill may have cut it short.
    """
    try:
        lines = file.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Problem(f"{file} cannot be read ({error.strerror}); make it readable, or measure again") from None
    decoder = msgspec.json.Decoder(kind)
    return [_decoded(decoder, line, f"{file}, line {number}") for number, line in enumerate(lines, 1) if line]


def _decoded(decoder: "msgspec.json.Decoder[Kind]", line: bytes, where: str) -> Kind:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{where}: it is damaged ({error}); take the line out, or measure again") from None
