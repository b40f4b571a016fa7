import os
import ssl
import stat
from datetime import UTC, datetime, timedelta

import pytest

from access import files
from access.certificates import Authority, expires, new_authority
from access.errors import FileError
from access.files import lay_out

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture(autouse=True)
def owners(monkeypatch):
    """Note to whom files are given; only root may do it."""
    given = {}
    monkeypatch.setattr(os, "chown", lambda path, uid, _: given.update({path.name: uid}))
    return given


def contents(root):
    return {str(it.relative_to(root)): it.read_bytes() for it in root.rglob("*") if it.is_file()}


def test_each_service_gets_its_password_and_the_authoritys_certificate(tmp_path):
    assert lay_out(tmp_path, NOW) == []
    names = {
        "admin",
        "debug-consumer",
        "gateway",
        "kafka",
        "login",
        "producer",
        "spark-job",
        "topic-init",
    }
    trusting = names | {"dashboard", "s3", "sql"}
    assert {it.name for it in tmp_path.iterdir() if it.is_dir()} == trusting
    assert {it.parent.name for it in tmp_path.glob("*/password")} == names
    passwords = {(tmp_path / name / "password").read_text() for name in names}
    assert len(passwords) == 8
    assert all(len(it) == 43 and it.isprintable() for it in passwords)
    authority = (tmp_path / "ca.pem").read_bytes()
    assert b"PRIVATE KEY" not in authority
    assert {(tmp_path / name / "ca.pem").read_bytes() for name in trusting} == {authority}
    health = (tmp_path / "kafka" / "health.properties").read_text()
    assert "ssl.truststore.location=/run/secrets/ca.pem\n" in health


def test_nobody_but_the_owner_sees_what_is_secret(tmp_path):
    lay_out(tmp_path, NOW)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o711
    for path in tmp_path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir():
            assert mode == 0o700
        elif path == tmp_path / "page-password":  # a person writes another into it
            assert mode == 0o600
        elif path != tmp_path / "ca.pem":  # a person gives it to the browser
            assert mode == 0o400


def test_a_second_run_keeps_what_is_there(tmp_path):
    lay_out(tmp_path, NOW)
    before = contents(tmp_path)
    lay_out(tmp_path, NOW + timedelta(days=1))
    after = contents(tmp_path)
    salted = {"login/users"}
    assert {it: after[it] for it in after if it not in salted} == {
        it: before[it] for it in before if it not in salted
    }


def test_what_was_removed_is_made_anew_and_the_rest_stays(tmp_path):
    lay_out(tmp_path, NOW)
    before = contents(tmp_path)
    for name in ("kafka/server.pem", "producer/password"):
        (tmp_path / name).unlink()
    lay_out(tmp_path, NOW)
    after = contents(tmp_path)
    changed = {it for it in after if after[it] != before[it]}
    assert changed == {"kafka/server.pem", "producer/password", "login/users"}


def test_another_password_of_the_page_ends_what_the_old_one_opened(tmp_path):
    lay_out(tmp_path, NOW)
    before = contents(tmp_path)
    (tmp_path / "page-password").write_text("my own\n")
    lay_out(tmp_path, NOW)
    after = contents(tmp_path)
    assert after["page-password"] == b"my own\n"
    assert before["login/cookie.conf"] != after["login/cookie.conf"]
    assert after["login/users"].startswith(b"viewer:$6$")


@pytest.mark.parametrize(("folder", "host"), [("kafka", "kafka-2"), ("s3", "s3")])
def test_the_authority_vouches_for_a_servers_certificate(tmp_path, folder, host):
    lay_out(tmp_path, datetime.now(UTC))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / folder / "server.pem")
    client = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    asks, hears = ssl.MemoryBIO(), ssl.MemoryBIO()
    a = client.wrap_bio(hears, asks, server_hostname=host)
    b = server.wrap_bio(asks, hears, server_side=True)
    for end in (a, b, a, b):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ("DNS", "localhost") in a.getpeercert()["subjectAltName"]


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (366, []),
        (368, ["login"]),
        (398, ["login"]),
        (3619, ["login"]),
        (3621, ["kafka", "login", "s3"]),
    ],
)
def test_a_month_before_a_certificate_expires_there_is_a_new_one(tmp_path, days, names):
    lay_out(tmp_path, NOW)
    before = contents(tmp_path)
    later = NOW + timedelta(days=days)
    renewed = [
        f"{name}/server.pem: renewed; takes effect once {name} is started again" for name in names
    ]
    assert lay_out(tmp_path, later)[: len(names)] == renewed
    after = contents(tmp_path)
    changed = {it for it in after if after[it] != before[it]} - {"login/users"}
    assert changed == {f"{name}/server.pem" for name in names}
    assert expires(after["login/server.pem"]) - later > timedelta(days=30)


def of_another_authority(tmp_path):
    """Lay out, with a certificate of the page that a person put there."""
    lay_out(tmp_path, NOW)
    own = Authority(new_authority(NOW)).server(["prices.example"], timedelta(days=397), NOW)
    (tmp_path / "login" / "server.pem").unlink()
    (tmp_path / "login" / "server.pem").write_bytes(own)
    return own


def test_a_persons_own_certificate_that_expires_soon_stays_and_is_told(tmp_path):
    own = of_another_authority(tmp_path)
    [line] = lay_out(tmp_path, NOW + timedelta(days=370))
    cure = "remove login/server.pem and start again for new ones"
    assert line == f"login/server.pem: expires on 2027-12-29: {cure}"
    assert (tmp_path / "login" / "server.pem").read_bytes() == own


def test_a_persons_own_certificate_that_has_expired_is_refused(tmp_path):
    of_another_authority(tmp_path)
    with pytest.raises(FileError, match=r"login/server.pem: expired on 2027-12-29: remove login/"):
        lay_out(tmp_path, NOW + timedelta(days=398))


def test_an_authority_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "authority.pem").write_text("mine")
    with pytest.raises(FileError, match=r"authority.pem: takes the key and the certificate"):
        lay_out(tmp_path, NOW)


def test_a_password_of_the_page_is_the_same_in_any_editor(tmp_path):
    words = set()
    for written in (b"my \xc3\xb6wn", b"my \xc3\xb6wn\n", b"\xef\xbb\xbfmy \xc3\xb6wn\r\n"):
        (tmp_path / "page-password").unlink(missing_ok=True)
        (tmp_path / "page-password").write_bytes(written)
        lay_out(tmp_path, NOW)
        words.add((tmp_path / "login" / "cookie.conf").read_text())
    assert len(words) == 1


@pytest.mark.parametrize("written", [b"\n", b"one\ntwo\n", b"my \xf6wn\n", b"\xff\xfem\0y\0"])
def test_what_is_no_password_of_the_page_is_refused(tmp_path, written):
    (tmp_path / "page-password").write_bytes(written)
    with pytest.raises(FileError, match="page-password: takes a password"):
        lay_out(tmp_path, NOW)


def test_each_file_is_its_services(tmp_path, owners):
    lay_out(tmp_path, NOW)
    assert owners["kafka"] == 1000
    assert owners["s3"] == 0
    assert {owners[it] for it in ("producer", "login", "admin", "topic-init")} == {1001}
    assert owners[files.temporary_of(tmp_path / "authority.pem").name] == 0


def test_a_clock_that_was_years_ahead_for_one_start_has_changed_nothing_that_lasts(tmp_path):
    lay_out(tmp_path, NOW)
    before = contents(tmp_path)
    ahead = NOW + timedelta(days=4000)
    with pytest.raises(FileError, match=r"^ca.pem: expired on 2036-11-24"):
        lay_out(tmp_path, ahead)
    assert contents(tmp_path) == before
    renewed = "login/server.pem: renewed; takes effect once login is started again"
    assert lay_out(tmp_path, NOW + timedelta(days=800)) == [renewed]
    assert lay_out(tmp_path, NOW) == [renewed]  # what holds from two years on is of no use now
    assert lay_out(tmp_path, NOW) == []


def test_a_clock_that_was_years_ahead_at_the_first_start_is_told(tmp_path):
    lay_out(tmp_path, NOW)
    before = contents(tmp_path)
    cure = "remove authority.pem and each server.pem and start again for new ones"
    told = "ca.pem: holds only from 2026-11-26 on, and the clock says 2024-01-01: correct it, or"
    with pytest.raises(FileError) as error:
        lay_out(tmp_path, datetime(2024, 1, 1, tzinfo=UTC))
    assert str(error.value) == f"{told} {cure}"
    assert contents(tmp_path) == before


def test_a_clock_that_was_years_behind_at_the_first_start_is_made_up_for(tmp_path):
    lay_out(tmp_path, NOW - timedelta(days=1500))
    renewed = "login/server.pem: renewed; takes effect once login is started again"
    assert lay_out(tmp_path, NOW) == [renewed]
    assert lay_out(tmp_path, NOW) == []


def test_a_certificate_of_other_names_stays_although_the_authority_has_signed_it(tmp_path):
    lay_out(tmp_path, NOW)
    authority = Authority((tmp_path / "authority.pem").read_bytes())
    own = authority.server(["localhost", "prices.example"], timedelta(days=397), NOW)
    (tmp_path / "login" / "server.pem").unlink()
    (tmp_path / "login" / "server.pem").write_bytes(own)
    [line] = lay_out(tmp_path, NOW + timedelta(days=370))
    assert line.startswith("login/server.pem: expires on 2027-12-29: ")
    assert (tmp_path / "login" / "server.pem").read_bytes() == own


def test_a_start_that_was_killed_within_a_renewal_is_made_up_for(tmp_path, monkeypatch):
    lay_out(tmp_path, NOW)
    later = NOW + timedelta(days=380)
    with monkeypatch.context() as killed:
        killed.setattr(
            files,
            "_keep",
            lambda path, *_: path.name != "server.pem" or path.parent.name != "login" or 1 / 0,
        )
        with pytest.raises(ZeroDivisionError):
            lay_out(tmp_path, later)
    assert not (tmp_path / "login" / "server.pem").exists()
    lay_out(tmp_path, later)
    assert lay_out(tmp_path, later) == []
    assert expires((tmp_path / "login" / "server.pem").read_bytes()) > later + timedelta(days=390)
