from io import BytesIO

import pytest

from backing.posted import FORM, check_form, received
from contract.conformance.seen import FIELDS_SENT, FILES_SENT, MULTIPART, multipart
from contract.errors import Refused
from contract.limits import BODY_BYTES, FIELDS, FILES

PARTS, FILE = MULTIPART[1], ("one", "1.txt", b"x", "")
WHOLE = multipart(FIELDS_SENT, FILES_SENT)


def status(content_type: str, body: bytes) -> int:
    """Return with which status a form is refused, or 200."""
    try:
        check_form(content_type, body)
    except Refused as error:
        return error.status
    return 200


def test_a_form_may_have_so_many_fields_and_files_and_no_more() -> None:
    fields = {"a": ["x"] * FIELDS}
    assert status(PARTS, multipart(fields, [FILE] * FILES)) == 200
    assert status(PARTS, multipart({"a": ["x"] * (FIELDS + 1)}, [])) == 413
    assert status(PARTS, multipart({}, [FILE] * (FILES + 1))) == 413
    assert status(FORM, b"&".join([b"a=x"] * FIELDS)) == 200
    assert status(f"{FORM}; charset=utf-8", b"&".join([b"a=x"] * (FIELDS + 1))) == 413


def test_controls_in_which_no_file_was_chosen_are_no_files() -> None:
    assert status(PARTS, multipart({}, [("one", "", b"", "")] * (FILES + 1))) == 200


@pytest.mark.parametrize("length", [*range(len(WHOLE) - 40, len(WHOLE) - 2), 0, 10, 100])
def test_a_form_that_is_cut_off_anywhere_is_refused(length: int) -> None:
    assert status(PARTS, WHOLE[:length]) == 400


@pytest.mark.parametrize("left_out", [b' name="a"', b'Content-Disposition: form-data; name="a"'])
def test_a_part_without_a_name_is_refused(left_out: bytes) -> None:
    assert status(PARTS, WHOLE) == 200
    assert status(PARTS, WHOLE.replace(left_out, b"")) == 400


@pytest.mark.parametrize(
    "name",
    [b'name="a\\"', b'name="a', b"name=", b"name", b"name=a b", b'filename="; name=a"', b"name*=utf-8''a"],
)
def test_a_part_whose_name_is_not_whole_is_refused(name: bytes) -> None:
    assert status(PARTS, WHOLE.replace(b'name="a"', name)) == 400


@pytest.mark.parametrize(
    "name",
    [b'name=""', b"name=a", b'Name = "a"', b'name="a\\"b"', b'name="a; b=c"; x=y', b'filename="1.txt"; name="a"'],
)
def test_a_part_whose_name_is_whole_passes(name: bytes) -> None:
    assert status(PARTS, WHOLE.replace(b'name="a"', name)) == 200


def test_a_part_that_has_two_names_of_which_one_is_none_is_refused() -> None:
    head = b'Content-Disposition: form-data; name="a"'
    assert status(PARTS, WHOLE.replace(head, b"Content-Disposition: form-data\r\n" + head)) == 400


def test_what_looks_like_a_delimiter_within_a_file_is_none() -> None:
    longer = f"\r\n--{PARTS.rpartition('=')[2]}er\r\n".encode()
    assert status(PARTS, multipart({}, [("one", "1.txt", longer, "")])) == 200


@pytest.mark.parametrize("content_type", ["multipart/form-data", 'multipart/form-data; boundary=""'])
def test_parts_without_a_boundary_are_refused(content_type: str) -> None:
    assert status(content_type, WHOLE) == 400


def test_bytes_that_had_to_be_escaped_are_refused_in_fields_alone() -> None:
    assert status(FORM, b"a=\xe9") == 400
    assert status(FORM, "a=é".encode()) == 400
    assert status(FORM, b"a=%E9") == 200
    assert status("application/json", b"\xe9") == status("", b"\xe9") == 200


def test_a_body_in_chunks_is_received_as_far_as_it_may_be_or_not_at_all() -> None:
    class Broken(BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise RuntimeError("invalid chunk size")

    assert received(BytesIO(b"x" * BODY_BYTES)) == b"x" * BODY_BYTES
    assert received(BytesIO(b"x" * (BODY_BYTES + 9))) == b"x" * (BODY_BYTES + 1)
    assert received(Broken()) is None
