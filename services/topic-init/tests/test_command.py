import pytest
import stamina

from topic_init.__main__ import main


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_TOPIC", "KAFKA_PARTITIONS", "KAFKA_REPLICAS", "KAFKA_SECURITY_PROTOCOL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")


@pytest.mark.parametrize("name", ["KAFKA_PARTITIONS", "KAFKA_REPLICAS"])
@pytest.mark.parametrize("value", ["0", "1000", "-1", "1.5", "four"])
def test_what_is_no_number_of_them_ends_it_with_2_and_one_line(monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    assert main() == 2
    assert capsys.readouterr() == (
        "", f"{name}: got '{value}', takes a whole number from 1 to 999\n"
    )  # fmt: skip


def test_where_nobody_answers_it_says_so_once_and_ends_with_1(capsys):
    with stamina.set_testing(testing=True, attempts=3):
        assert main() == 1
    why = "brokers at 127.0.0.1:9: no answer"
    assert capsys.readouterr() == ("", f"{why}: trying again\n{why}\n")
