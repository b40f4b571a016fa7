"""The sources and their history contain no secret and no address of a package index."""

import subprocess
from pathlib import Path

import pytest
from leaks import leaks
from stack import CHECKOUT, copy_checkout

# In pieces, so that they are not found here.
PLANTED = {
    "aws-access-token": "key = AKIA" + "Z7QRSTUV3WXY4MNO",
    "private-key": "{0} KEY-----\n{1}\n{0} KEY-----".format("-----BEGIN PRIVATE", "x" * 64),
    "package-index": "[global]\nindex-url " + "= https://user:password@packages.example/",
}


def test_the_sources_hold_none(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    assert leaks(tmp_path) == []


def test_the_history_holds_none() -> None:
    assert leaks(CHECKOUT, history=True) == []


@pytest.mark.parametrize("rule", PLANTED)
def test_one_is_found_also_after_a_commit_that_took_it_away(tmp_path: Path, rule: str) -> None:
    file = tmp_path / "settings"
    git = ("git", "-C", tmp_path, "-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run([*git, "init", "--quiet"], check=True)
    for text in (PLANTED[rule], "nothing"):
        file.write_text(text + "\n")
        assert [it.partition(":")[0] for it in leaks(tmp_path)] == [rule] * (text != "nothing")
        subprocess.run([*git, "add", "settings"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", "Change settings"], check=True)
    assert [it.partition(":")[0] for it in leaks(tmp_path, history=True)] == [rule]
