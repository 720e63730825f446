import hashlib
import tempfile
from io import BytesIO
from pathlib import Path

import pytest

from backing.uploads import keep, last_part, together


class Watched(BytesIO):
    """A file that notes what is stored while its end is read."""

    def __init__(self, content: bytes, folder: Path) -> None:
        super().__init__(content)
        self.folder, self.stored = folder, list[bytes]()

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        if not part:
            self.stored = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]
        return part


def test_a_file_is_stored_looked_at_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    content = bytes(range(256)) * 1_000
    first, second = Watched(content, tmp_path), Watched(b"other", tmp_path)
    (found, _) = keep([("photo", "../a.jpg", first), ("photo", "b.jpg", second)])
    assert (found.field, found.name, found.bytes) == ("photo", "a.jpg", len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    # The second was looked at while the first was there.
    assert content in second.stored
    assert list(tmp_path.iterdir()) == []


def test_files_are_removed_even_where_one_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    closed = BytesIO()
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        keep([("one", "a", BytesIO(b"a")), ("two", "b", closed)])
    assert list(tmp_path.iterdir()) == []


def test_files_are_told_field_by_field_in_the_order_of_the_fields() -> None:
    found = keep([("b", "1", BytesIO()), ("a", "2", BytesIO()), ("b", "3", BytesIO())])
    assert [(file.field, file.name) for file in found] == [("b", "1"), ("b", "3"), ("a", "2")]


@pytest.mark.parametrize(
    ("sent", "name"),
    [("a.txt", "a.txt"), ("../../etc/passwd", "passwd"), ("C:\\temp\\b.txt", "b.txt"), ("a\nb\x00.txt", "ab.txt"),
     ("ж 🧵.txt", "ж 🧵.txt"), ("/", "")],
)  # fmt: skip
def test_a_file_is_called_by_its_own_name_without_a_path(sent: str, name: str) -> None:
    assert last_part(sent) == name


def test_values_of_one_name_are_joined_in_the_order_of_the_groups() -> None:
    one, other = {"a": ["1"], "b": ["2"]}, {"c": ["3"], "a": ["4"]}
    assert together(one, other) == {"a": ["1", "4"], "b": ["2"], "c": ["3"]}
    assert one == {"a": ["1"], "b": ["2"]}
