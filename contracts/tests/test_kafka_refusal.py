import asyncio
import ssl
import subprocess
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from contracts.kafka import Kafka, Login
from contracts.kafka_refusal import RefusedError, refusal


def server_context(folder: Path) -> ssl.SSLContext:
    """Give a certificate for localhost that is its own authority, and is in `folder`."""
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


async def said(folder: Path, context: ssl.SSLContext | None, host: str, ca: str | None) -> str:
    """Let a client log in at a server that closes what it has accepted; gives what comes of it."""
    (folder / "password").write_text("secret")
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    port = server.sockets[0].getsockname()[1]
    login = Login("SCRAM-SHA-512", "producer", folder / "password", folder / ca if ca else None)
    kafka = Kafka(f"{host}:{port}", login)
    consumer = AIOKafkaConsumer(**kafka.for_aiokafka())
    try:
        async with server, refusal(kafka):
            await consumer.start()
    except (RefusedError, KafkaConnectionError) as error:
        return str(error)
    finally:
        await consumer.stop()
    return "connected"


def test_an_authority_that_is_not_trusted_is_named(tmp_path: Path) -> None:
    text = asyncio.run(said(tmp_path, server_context(tmp_path), "localhost", None))
    assert text == "its certificate is refused: self-signed certificate"


def test_a_certificate_for_another_name_is_told(tmp_path: Path) -> None:
    text = asyncio.run(said(tmp_path, server_context(tmp_path), "127.0.0.1", "ca.pem"))
    assert text.startswith("its certificate is refused: IP address mismatch")


def let_expire(folder: Path) -> None:
    """Sign the certificate in a folder anew, for a day that is over."""
    (folder / "index").touch()
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca = own\n[own]\ndatabase = index\nnew_certs_dir = .\nrand_serial = yes\n"
        "default_md = sha256\npolicy = any\nx509_extensions = added\n[any]\ncommonName = supplied\n"
        "[added]\nbasicConstraints = CA:true\n"
    )
    days = ["-startdate", "20240101000000Z", "-enddate", "20240102000000Z"]
    signed = ["-in", "request.pem", "-out", "ca.pem", "-notext"]
    for command in (
        ["x509", "-x509toreq", "-in", "ca.pem", "-signkey", "key.pem", "-out", "request.pem"],
        ["ca", "-batch", "-config", "ca.conf", "-selfsign", "-keyfile", "key.pem", *days, *signed],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


def test_a_certificate_that_has_expired_is_told(tmp_path: Path) -> None:
    server_context(tmp_path)
    let_expire(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")
    text = asyncio.run(said(tmp_path, context, "localhost", "ca.pem"))
    assert text == "its certificate is refused: certificate has expired"


def test_a_broker_that_is_away_is_told_as_ever(tmp_path: Path) -> None:
    text = asyncio.run(said(tmp_path, server_context(tmp_path), "localhost", "ca.pem"))
    assert text.startswith("KafkaConnectionError: Unable to bootstrap")
