from pathlib import Path

import pytest

from backing.database_url import MARIADB, POSTGRESQL, Parts, engine, parts


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://me:s%40cret@db:5433/site", Parts(POSTGRESQL, "db", 5433, "", "me", "s@cret", "site")),
        ("postgresql://me@/site?host=/run/db&port=5432", Parts(POSTGRESQL, "", 5432, "/run/db", "me", "", "site")),
        (
            "postgresql://me@db/site?passfile=/secret",
            Parts(POSTGRESQL, "db", 5432, "", "me", "", "site", {"passfile": "/secret"}),
        ),
        ("mysql://me:s%40cret@db:3307/site", Parts(MARIADB, "db", 3307, "", "me", "s@cret", "site")),
        ("mariadb://me@db/site", Parts(MARIADB, "db", 3306, "", "me", "", "site")),
        (
            "mysql://me@localhost/site?unix_socket=/run/db.sock",
            Parts(MARIADB, "", 3306, "/run/db.sock", "me", "", "site"),
        ),
    ],
)
def test_a_url_is_read_into_what_it_names(url: str, found: Parts) -> None:
    assert parts(url) == found
    assert engine(url) == found.engine


@pytest.mark.parametrize(
    "url", ["mysql://me@db/site?s3cret=1", "mysql://me:s3cret@db:port/site", "sqlite:///s3cret", "s3cret"]
)
def test_a_url_that_cannot_be_read_is_not_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as caught:
        parts(url)
    assert "s3cret" not in str(caught.value)


def test_what_is_shown_of_a_url_holds_no_password() -> None:
    found = parts("mysql://me:s3cret@db/site")
    assert "s3cret" not in repr(found)
    assert found.place == "site at db:3306"


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("*:*:*:*:s3cret", "s3cret"),
        ("db:3306:site:me:s3cret", "s3cret"),
        (r"*:*:*:*:s3\:cr\\et", r"s3:cr\et"),
        ("db:3306:site:you:s3cret", ""),
        ("# a remark\nother:*:*:*:no\ndb:*:*:me:s3cret\n*:*:*:*:late", "s3cret"),
    ],
)
def test_the_password_for_either_engine_may_stand_in_libpqs_file(tmp_path: Path, line: str, password: str) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"{line}\n")
    assert parts(f"mariadb://me@db/site?passfile={file}").password == password
    written = "in-the-url"
    assert parts(f"mariadb://me:{written}@db/site?passfile={file}").password == written


def test_a_password_file_that_is_not_there_is_told_from_a_url_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        parts(f"mysql://me@db/site?passfile={tmp_path / 'none'}")
