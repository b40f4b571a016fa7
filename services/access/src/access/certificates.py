"""Makes an authority and the certificates that it signs, each as PEM with its key before it."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS = timedelta(days=3650)
FOR_BROWSERS_LASTS = timedelta(days=397)
"""What browsers accept at most."""

_CLOCKS_DIFFER = timedelta(hours=1)


class Authority:
    """Signs certificates; read from the PEM that `new_authority` gave."""

    def __init__(self, pem: bytes) -> None:
        """Take key and certificate; raises `ValueError`, `TypeError` for what is none."""
        key = load_pem_private_key(pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not a key of this project's kind")
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(pem)

    @property
    def certificate(self) -> bytes:
        """The certificate alone, as clients trust it."""
        return self._certificate.public_bytes(Encoding.PEM)

    def has_signed(self, pem: bytes, names: Sequence[str]) -> bool:
        """Tell whether it has signed the first certificate, and that is for no other names."""
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            certificate.verify_directly_issued_by(self._certificate)
            found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (InvalidSignature, TypeError, ValueError, x509.ExtensionNotFound):
            return False
        return {*found.value} <= {_general(it) for it in names}

    def server(self, names: Sequence[str], lasts: timedelta, now: datetime) -> bytes:
        """Make a server's key and certificate for its names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(names[0], key, now, lasts, self._certificate.subject)
            .add_extension(x509.SubjectAlternativeName([_general(it) for it in names]), False)  # noqa: FBT003
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)  # noqa: FBT003
            .add_extension(
                # A broker is a client of the other brokers.
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return _private(key) + certificate.public_bytes(Encoding.PEM)


def new_authority(now: datetime) -> bytes:
    """Make an authority's key and certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = "Market data pipeline"
    certificate = (
        _builder(name, key, now, AUTHORITY_LASTS, _name(name))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _private(key) + certificate.public_bytes(Encoding.PEM)


def expires(pem: bytes) -> datetime:
    """Read until when the first certificate holds; raises `ValueError` where there is none."""
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc


def begins(pem: bytes) -> datetime:
    """Read from when on the first certificate holds; raises `ValueError` where there is none."""
    return x509.load_pem_x509_certificate(pem).not_valid_before_utc


def _builder(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
    issuer: x509.Name,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
