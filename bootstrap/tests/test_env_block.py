"""The block that bootstrap keeps in .env: everything else in there belongs to the user."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[1]
LINE = b"PYTHON_IMAGE=localhost/stand-in/python:3.13-slim\n"
OTHER_LINE = b"MAVEN_IMAGE=localhost/stand-in/maven:3.9-eclipse-temurin-17\n"
BEGIN = b"# --- base images: kept by bootstrap/run, see bootstrap/README.md ---\n"
END = b"# --- end of base images ---\n"
BLOCK = BEGIN + LINE + END


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def env_block(env: Path, action: str, lines: bytes = b"", *, path: str = "") -> bytes:
    return subprocess.run(
        [BOOTSTRAP / "env-block.sh", action],
        input=lines,
        env={"PATH": f"{path}{os.environ['PATH']}", "BOOTSTRAP_ENV_FILE": str(env)},
        check=True,
        capture_output=True,
    ).stdout


USERS_FILES = [
    b"",
    b"FEED=auto\n",
    b"FEED=auto",
    b"A=1\r\nB=2\r\n",
    b"A=1\r\nB=2",
    b"\xef\xbb\xbfA=1\n",
    b"# caf\xc3\xa9, and a byte that is no UTF-8: \xff\nA='  two  '\\\n\n\n",
    b"   \n",
]


@pytest.mark.parametrize("users", USERS_FILES)
def test_users_lines_come_back_byte_for_byte(env, users):
    env.write_bytes(users)
    env_block(env, "set", LINE)
    assert env.read_bytes().startswith(users)
    assert env.read_bytes().endswith(BLOCK) or b"no line end of its own" in env.read_bytes()
    assert env_block(env, "show") == users
    env_block(env, "set")
    assert env.read_bytes() == users


def test_new_file_is_for_its_owner_only_because_keys_go_in_there(env):
    env_block(env, "set", LINE)
    assert env.read_bytes() == BLOCK
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_new_file_that_root_makes_is_whose_the_checkout_is(env, tmp_path):
    os.chown(tmp_path, 1000, 1001)
    env_block(env, "set", LINE)
    assert (env.stat().st_uid, env.stat().st_gid) == (1000, 1001)
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_no_file_is_made_for_an_empty_block(env):
    env_block(env, "set")
    assert not env.exists()


@pytest.mark.parametrize("users", USERS_FILES)
def test_second_time_changes_nothing(env, users):
    env.write_bytes(users)
    env_block(env, "set", LINE)
    once, at = env.read_bytes(), env.stat()
    env_block(env, "set", LINE)
    assert env.read_bytes() == once
    assert (env.stat().st_ino, env.stat().st_mtime_ns) == (at.st_ino, at.st_mtime_ns)


def test_block_is_renewed_where_it_stands(env):
    env.write_bytes(b"A=1\n" + BLOCK + b"B=2\n")
    env_block(env, "set", OTHER_LINE)
    assert env.read_bytes() == b"A=1\n" + BEGIN + OTHER_LINE + END + b"B=2\n"


def test_block_comes_back_after_the_file_was_overwritten_with_the_example(env):
    env_block(env, "set", LINE)
    example = (BOOTSTRAP.parent / ".env.example").read_bytes()
    env.write_bytes(example)
    env_block(env, "set", LINE)
    assert env.read_bytes() == example + BLOCK


def test_line_written_after_an_unterminated_file_stays_a_line(env):
    env.write_bytes(b"A=1")
    env_block(env, "set", LINE)
    with env.open("ab") as file:
        file.write(b"B=2\n")
    env_block(env, "set")
    assert env.read_bytes() == b"A=1\nB=2\n"


def test_line_of_the_users_inside_the_block_is_kept(env):
    env.write_bytes(
        BEGIN + b"ALPHA_VANTAGE_API_KEY=secret\nPYTHON_IMAGE=my/python:1\n" + LINE + END
    )
    env_block(env, "set", OTHER_LINE)
    assert env_block(env, "show") == b"ALPHA_VANTAGE_API_KEY=secret\nPYTHON_IMAGE=my/python:1\n"


def test_torn_block_takes_no_line_of_the_users_with_it(env):
    env.write_bytes(BEGIN + LINE + b"A=1\n")
    env_block(env, "set", LINE)
    assert env.read_bytes() == BLOCK + b"A=1\n"


def test_two_blocks_become_one(env):
    env.write_bytes(b"A=1\n" + BLOCK + b"B=2\n" + BLOCK)
    env_block(env, "set", LINE)
    assert env.read_bytes() == b"A=1\n" + BLOCK + b"B=2\n"


def test_block_whose_line_ends_an_editor_changed_is_still_known(env):
    env.write_bytes((b"A=1\n" + BLOCK + b"B=2\n").replace(b"\n", b"\r\n"))
    env_block(env, "set")
    assert env.read_bytes() == b"A=1\r\nB=2\r\n"


def test_mode_of_an_existing_file_stays(env):
    env.write_bytes(b"A=1\n")
    env.chmod(0o640)
    env_block(env, "set", LINE)
    assert stat.S_IMODE(env.stat().st_mode) == 0o640


def test_link_stays_a_link(env, tmp_path):
    real = tmp_path / "elsewhere"
    real.write_bytes(b"A=1\n")
    env.symlink_to(real)
    env_block(env, "set", LINE)
    assert env.is_symlink()
    assert real.read_bytes() == b"A=1\n" + BLOCK


def test_write_that_fails_leaves_the_old_file_and_nothing_else(env, tmp_path):
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "mv").write_text("#!/bin/sh\nexit 1\n")
    (bin_ / "mv").chmod(0o755)
    env.write_bytes(b"KEY=secret\n")
    with pytest.raises(subprocess.CalledProcessError):
        env_block(env, "set", LINE, path=f"{bin_}:")
    assert env.read_bytes() == b"KEY=secret\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".env", "bin"]


def test_rest_of_a_killed_write_does_no_harm(env):
    env.write_bytes(b"A=1\n")
    env.with_name(".env.bootstrap").write_bytes(b"half a fi")
    env_block(env, "set", LINE)
    assert env.read_bytes() == b"A=1\n" + BLOCK
    assert not env.with_name(".env.bootstrap").exists()
