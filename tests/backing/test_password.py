"""The containers' secrets are made once, for their owner's eyes."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backing.password import KEY, PASSWORD, UI_PASSWORD, make_all
from backing.problem import Problem
from contract.settings import Settings
from loadtests.web.opening import chosen_password


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    make_all(tmp_path, tmp_path, {})
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert set(made) == {"pgpass", "secret_key", "password"}
    assert all(len(text) >= 24 for text in made.values())
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in made} == {0o600}
    make_all(tmp_path, tmp_path, {})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == made


def test_secrets_that_the_environment_gives_are_taken_instead(tmp_path: Path) -> None:
    given = {PASSWORD: "a-password-of-mine", KEY: "a-key-of-my-own-choice"}
    make_all(tmp_path, tmp_path, given)
    make_all(tmp_path, tmp_path, given)
    assert (tmp_path / "pgpass").read_text() == "*:*:*:*:a-password-of-mine\n"
    assert (tmp_path / "secret_key").read_text() == "a-key-of-my-own-choice\n"
    make_all(tmp_path, tmp_path, {KEY: "another-key-of-mine"})
    assert (tmp_path / "secret_key").read_text() == "another-key-of-mine\n"


def test_another_password_than_the_databases_is_refused(tmp_path: Path) -> None:
    make_all(tmp_path, tmp_path, {})
    before = (tmp_path / "pgpass").read_text()
    with pytest.raises(Problem, match="down --volumes"):
        make_all(tmp_path, tmp_path, {PASSWORD: "a-password-of-mine"})
    assert (tmp_path / "pgpass").read_text() == before


@pytest.mark.parametrize("name", [PASSWORD, KEY])
@pytest.mark.parametrize(
    "text", ["too-short", "with a space in its middle", "with:a:colon:in:it", "пароль-на-русском-языке"]
)
def test_a_secret_that_would_need_quoting_is_refused_in_one_line_that_does_not_show_it(
    tmp_path: Path, name: str, text: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backing.password", tmp_path, tmp_path],
        env={name: text},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} has {len(text)} characters")
    assert done.stderr.count("\n") == 1
    assert text not in done.stderr
    assert not list(tmp_path.glob("*.new"))


def test_the_web_uis_password_is_not_where_the_apps_read_and_may_have_any_characters(tmp_path: Path) -> None:
    ui_folder = tmp_path / "ui"
    ui_folder.mkdir()
    environment = {f"{UI_PASSWORD}_FILE": str(ui_folder / "password")}
    make_all(tmp_path, ui_folder, {})
    made = chosen_password(environment)
    assert len(made) >= 24
    assert not [path for path in tmp_path.iterdir() if path.is_file() and made in path.read_text()]
    given = '"пароль\\ $5 :x'
    make_all(tmp_path, ui_folder, {UI_PASSWORD: given})
    make_all(tmp_path, ui_folder, {})
    assert chosen_password(environment) == given


@pytest.mark.parametrize(("given", "said"), [("short", "has 5 characters"), ("long enough to be one ", "with a space")])
def test_a_password_of_the_web_ui_that_cannot_be_used_is_refused_and_leaves_the_last(
    tmp_path: Path, given: str, said: str
) -> None:
    make_all(tmp_path, tmp_path, {})
    before = (tmp_path / "password").read_text()
    with pytest.raises(Problem, match=said):
        make_all(tmp_path, tmp_path, {UI_PASSWORD: given})
    assert (tmp_path / "password").read_text() == before


def test_a_process_reads_its_key_from_the_file_that_its_environment_names(tmp_path: Path) -> None:
    make_all(tmp_path, tmp_path, {})
    file = tmp_path / "secret_key"
    settings = Settings.from_environment({"TRILANE_SECRET_KEY_FILE": str(file)})
    assert settings.secret_key == file.read_text().strip()


def test_a_process_that_is_told_no_key_has_one_that_nobody_else_has() -> None:
    one, other = Settings.from_environment({}), Settings.from_environment({})
    assert len(one.secret_key) > 40
    assert one.secret_key != other.secret_key
