"""Kafka with TLS and a user for each service, and a login before page and gateway.

In `make test` it is asked of a stack with other overlays, too: `test_overlays_together.py`.
"""

import asyncio
import base64
import http.client
import json
import socket
import ssl
import time

import pytest
import topic
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from playwright.sync_api import expect
from shown import shown
from snippets import snippet, snippets
from stack import SHORT_WINDOWS

pytestmark = [pytest.mark.long, pytest.mark.scale]

TOPICS = RAW, REFUSED, WINDOWS, ALERTS = (
    "raw_api_events", "raw_api_events.dlq", "market_windows", "market_alerts",
)  # fmt: skip
USERS = ("producer", "spark-job", "gateway", "debug-consumer", "topic-init")
WRITES = {"producer": {RAW}, "spark-job": {REFUSED, WINDOWS}, "gateway": {ALERTS}}
ANSWER_S = 30


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("secure", **SHORT_WINDOWS)
    stack.environment["COMPOSE_FILE"] = "compose.yaml:compose.secure.yaml"
    stack.compose("build", "secure-init", "login", timeout_s=600)
    stack.up()
    return stack


def secrets(stack):
    """Give all passwords, by the file they are in."""
    folder = stack.folder / "volumes" / "secure"
    paths = [*folder.glob("*/*password"), folder / "page-password"]
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


async def write(stack, name, login):
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, **login)
    try:
        await producer.start()
        await producer.send_and_wait(name, b"not from here", partition=0)
    finally:
        await producer.stop()


async def read(stack, name, login):
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, **login)
    try:
        await consumer.start()
        partition = TopicPartition(name, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        await consumer.getone()
    finally:
        await consumer.stop()


def page(stack, headers=None, path="/"):
    """Ask the proxy as a browser does; gives status and headers."""
    trusted = ssl.create_default_context(cafile=stack.folder / "volumes" / "secure" / "ca.pem")
    connection = http.client.HTTPSConnection(
        "localhost", stack.page_port, context=trusted, timeout=20
    )
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.headers


def password_header(stack, password=None):
    text = f"viewer:{password or secrets(stack)['page-password']}"
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_windows_are_as_calculated(stack):
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert stack.restarts() == dict.fromkeys(stack.containers(), 0)


def test_final_windows_get_to_their_topic(stack):
    records = topic.read(stack.bootstrap, WINDOWS, login=stack.login("gateway"))
    assert json.loads(records[0].value)["symbol"]


def test_the_debug_consumer_reads_each_topic(stack):
    for name in (RAW, WINDOWS):
        done = stack.debug("--topic", name, "--from-beginning", "--max-events", "20")
        assert "20 valid, 0 invalid" in done.stdout
    for name in (REFUSED, ALERTS):  # nothing is in them
        done = stack.debug("--topic", name, "--from-beginning", "--timeout", "5", check=False)
        assert done.returncode == 3, done.stdout + done.stderr


async def written_by_others(stack):
    """Let each user write to each topic that is not its own; gives what was not refused."""
    pairs = [(user, name) for user in USERS for name in TOPICS if name not in WRITES.get(user, ())]
    outcomes = await asyncio.gather(
        *(write(stack, name, stack.login(user)) for user, name in pairs), return_exceptions=True
    )
    return {
        pair: outcome
        for pair, outcome in zip(pairs, outcomes, strict=True)
        if not isinstance(outcome, TopicAuthorizationFailedError)
    }


def test_a_user_may_not_write_what_is_not_its_own(stack):
    assert topic.run(written_by_others(stack), ANSWER_S) == {}


@pytest.mark.parametrize(
    ("user", "name"), [("producer", RAW), ("topic-init", RAW), ("spark-job", REFUSED)]
)
def test_a_user_may_not_read_what_is_not_for_it(stack, user, name):
    with pytest.raises(TopicAuthorizationFailedError):
        topic.run(read(stack, name, stack.login(user)), ANSWER_S)


def test_a_wrong_password_and_an_unknown_user_are_refused(stack):
    login = stack.login("producer")
    for other in ({"sasl_plain_password": "wrong"}, {"sasl_plain_username": "stranger"}):
        with pytest.raises(KafkaConnectionError):
            topic.run(write(stack, RAW, login | other), ANSWER_S)


def test_plain_text_is_refused(stack):
    with pytest.raises((KafkaConnectionError, TimeoutError)):
        topic.run(write(stack, RAW, topic.NOBODY), ANSWER_S)


def test_who_is_refused_says_so_in_one_line_and_with_its_exit_code(stack):
    (stack.folder / "wrong").write_text("wrong")
    wrong = ("--volume", f"{stack.folder}/wrong:/wrong:ro", "--env", "KAFKA_PASSWORD_FILE=/wrong")
    run_it = ("--profile", "debug", "run", "--rm", "--no-TTY", "--no-deps")
    done = stack.compose(*run_it, *wrong, "debug-consumer", check=False)
    assert done.returncode == 4
    assert "no broker answers at kafka:29092: it refuses user debug-consumer or the password\n" in (
        done.stderr
    )
    missing = ("--env", "KAFKA_PASSWORD_FILE=/nowhere")
    done = stack.compose(*run_it, *missing, "debug-consumer", check=False)
    assert done.returncode == 2
    assert "KAFKA_PASSWORD_FILE: got /nowhere, which cannot be read: No such file" in done.stderr


def test_only_the_broker_reaches_zookeeper(stack):
    (network,) = stack.container("zookeeper")["NetworkSettings"]["Networks"].values()
    for host, why in (("zookeeper", "gaierror"), (network["IPAddress"], "TimeoutError")):
        script = f"import socket; socket.create_connection(({host!r}, 2181), 3)"
        done = stack.compose("exec", "--no-TTY", "producer", "python", "-c", script, check=False)
        assert done.returncode == 1
        assert why in done.stderr.splitlines()[-1]


def test_no_password_is_to_be_seen(stack):
    values = secrets(stack)
    assert len(values) == 10
    texts = {"docker inspect": json.dumps(stack.containers()), **shown(stack)}
    seen = {(what, name) for what, text in texts.items() for name in values if values[name] in text}
    assert seen == set()


def test_the_page_wants_a_login(stack):
    assert page(stack)[0] == 401
    assert page(stack, password_header(stack, "wrong"))[0] == 401
    status, headers = page(stack, password_header(stack))
    assert status == 200
    cookie = headers["Set-Cookie"].split(";")[0]
    assert page(stack, {"Cookie": cookie})[0] == 200
    assert page(stack, {"Cookie": "session=off"})[0] == 401


def test_the_gateway_answers_the_command_of_the_document(stack):
    command = snippet("docs/security.md", "curl --cacert")
    here = command.replace("localhost:8502", f"localhost:{stack.gateway_port}")
    found = json.loads(stack.shell("bash", "-c", here).stdout)["symbols"]
    assert "IBM" in {it["symbol"] for it in found}


def test_an_address_may_name_a_thousand_symbols(stack):
    names = ",".join(f"SYMBOL{number:03}" for number in range(1000))
    assert page(stack, password_header(stack), f"/?symbols={names}")[0] == 200


def test_plain_http_is_sent_on_to_https(stack):
    connection = http.client.HTTPConnection("localhost", stack.page_port, timeout=20)
    connection.request("GET", "/?symbol=IBM")
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://localhost:{stack.page_port}/?symbol=IBM"


def test_after_the_login_the_page_lives(stack, browser):
    credentials = {"username": "viewer", "password": secrets(stack)["page-password"]}
    context = browser.new_context(http_credentials=credentials, ignore_https_errors=True)
    try:
        opened = context.new_page()
        opened.goto(f"https://localhost:{stack.page_port}/")
        expect(opened.get_by_text("IBM").first).to_be_visible(timeout=60_000)
    finally:
        context.close()


def test_a_new_password_ends_what_was_opened_with_the_old_one(stack):
    old = password_header(stack)
    cookie = {"Cookie": page(stack, old)[1]["Set-Cookie"].split(";")[0]}
    (stack.folder / "volumes" / "secure" / "page-password").write_text("another-password")
    stack.up()
    stack.shell(*snippet("docs/security.md", "docker compose restart login").split())
    stack.wait_healthy()
    assert page(stack, password_header(stack))[0] == 200
    assert page(stack, old)[0] == 401
    assert page(stack, cookie)[0] == 401


def test_a_certificate_for_another_name_is_signed_as_the_document_shows(stack):
    making = ("printf ", "openssl ", "sudo openssl ", "cat server.")
    commands = [it.text for it in snippets("docs/security.md") if it.text.startswith(making)]
    assert len(commands) == 4
    stack.shell("bash", "-ec", "\n".join(commands).replace("sudo ", ""))
    stack.up()
    stack.compose("restart", "login")
    stack.wait_healthy()
    trusting = ssl.create_default_context(cafile=stack.folder / "volumes/secure/ca.pem")
    with (
        socket.create_connection(("localhost", stack.page_port), timeout=20) as plain,
        trusting.wrap_socket(plain, server_hostname="prices.example") as secured,
    ):
        assert ("DNS", "localhost") in secured.getpeercert()["subjectAltName"]
