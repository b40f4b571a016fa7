from pathlib import Path

from access.__main__ import main


def environment(monkeypatch, folder: Path, **variables: str) -> None:
    monkeypatch.chdir(folder)
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_USER": "admin",
        "KAFKA_PASSWORD_FILE": str(folder / "password"),
    }
    for name, value in (settings | variables).items():
        monkeypatch.setenv(name, value)


def test_a_setting_that_cannot_be_right_ends_it_with_2(tmp_path, monkeypatch, capsys):
    environment(monkeypatch, tmp_path)
    assert main(["kafka"], tmp_path) == 2
    assert capsys.readouterr().err == (
        f"KAFKA_PASSWORD_FILE: got {tmp_path}/password, which cannot be read:"
        " No such file or directory\n"
    )


def test_a_folder_that_is_not_there_ends_it_with_2(tmp_path, capsys):
    assert main(["files"], tmp_path / "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err
