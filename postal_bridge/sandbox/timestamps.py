"""A time stamp service (RFC 3161) with a small authority behind it, over HTTP.

It is as strict as a real one about what it is asked, and fails in the ways that are seen: silence,
an error page, a refusal, a stamp for another document. The authority's list of revoked certificates
lies beside it.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from aiohttp import web
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from postal_bridge.clock import Clock

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
_YEARS = timedelta(days=3650)
_BITS = 2048


class Fault(StrEnum):
    """How the next answers go wrong."""

    SILENCE = "silence"
    ERROR_PAGE = "error_page"
    REFUSED = "refused"
    OTHER_DOCUMENT = "other_document"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


@dataclass
class Authority:
    """A root with the certificates that it gave out.

    Attributes:
        url: where its list of revoked certificates is served; part of each certificate.
    """

    clock: Clock
    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=_new_key)
    revoked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        name = _name("CA thử nghiệm tỉnh Lạng Sơn", "Trung tâm chứng thực thử nghiệm")
        self.certificate = self._built(name, name, self.key.public_key(), authority=True)
        self.name = name

    def issue(
        self, common_name: str, organisation: str, *, stamps: bool = False
    ) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
        """A certificate and its key, for a signer or for a time stamp service."""
        key = _new_key()
        subject = _name(common_name, organisation)
        return self._built(subject, self.name, key.public_key(), stamps=stamps), key

    def revoke(self, certificate: x509.Certificate) -> None:
        """Call a certificate back."""
        self.revoked.append(certificate.serial_number)

    def revocations(self) -> bytes:
        """The list of what was called back (CRL, DER)."""
        now = self.clock.now()
        building = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(now - timedelta(minutes=5))
            .next_update(now + timedelta(days=7))
        )
        for serial in self.revoked:
            called_back = (
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(now - timedelta(days=1))
                .build()
            )
            building = building.add_revoked_certificate(called_back)
        return building.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def pem(self) -> bytes:
        """The root, as it is handed to those who trust it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def _built(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        public: rsa.RSAPublicKey,
        *,
        authority: bool = False,
        stamps: bool = False,
    ) -> x509.Certificate:
        now = self.clock.now()
        building = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + _YEARS)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(_usage(authority=authority), critical=True)
        )
        if stamps:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            building = building.add_extension(usage, critical=True)
        if self.url and not authority:
            point = x509.DistributionPoint(
                [x509.UniformResourceIdentifier(f"{self.url}/revoked.crl")], None, None, None
            )
            building = building.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return building.sign(self.key, hashes.SHA256())


def key_file(
    file: Path, certificate: x509.Certificate, key: rsa.RSAPrivateKey, *, password: str
) -> Path:
    """A PKCS#12 file, as an authority hands it out."""
    packed = pkcs12.serialize_key_and_certificates(
        b"ky so", key, certificate, None, BestAvailableEncryption(password.encode())
    )
    file.write_bytes(packed)
    return file


def make_timestamps(authority: Authority) -> tuple[web.Application, list[Fault]]:
    """The service, and the faults of its next answers, one for each."""
    certificate, key = authority.issue("Dịch vụ dấu thời gian", "Thử nghiệm", stamps=True)
    faults: list[Fault] = []

    async def stamp(request: web.Request) -> web.Response:
        if request.content_type != QUERY:
            return web.Response(status=415)
        fault = faults.pop(0) if faults else None
        if fault is Fault.SILENCE:
            await asyncio.sleep(30)
        if fault is Fault.ERROR_PAGE:
            return web.Response(status=503, text="<html>Bảo trì</html>", content_type="text/html")
        try:
            asked = tsp.TimeStampReq.load(await request.read())
            answer = await _answered(asked, certificate, key, fault)
        except (ValueError, TypeError):
            answer = _refused("bad_data_format")
        return web.Response(body=answer.dump(), content_type=REPLY)

    async def revoked(_request: web.Request) -> web.Response:
        return web.Response(body=authority.revocations(), content_type="application/pkix-crl")

    app = web.Application()
    app.router.add_post("/tsa", stamp)
    app.router.add_get("/revoked.crl", revoked)
    return app, faults


async def _answered(
    asked: tsp.TimeStampReq,
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey,
    fault: Fault | None,
) -> tsp.TimeStampResp:
    from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper  # heavy

    if fault is Fault.REFUSED:
        return _refused("unaccepted_policy")
    if fault is Fault.OTHER_DOCUMENT:
        other = hashlib.sha256(b"another document").digest()
        method = {"algorithm": "sha256"}
        imprint = {"hash_algorithm": method, "hashed_message": other}
        asked = tsp.TimeStampReq({**asked.native, "message_imprint": imprint})
    raw = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(raw),
    )
    answer: tsp.TimeStampResp = await stamper.async_request_tsa_response(asked)
    return answer


def _refused(why: str) -> tsp.TimeStampResp:
    return tsp.TimeStampResp({"status": {"status": "rejection", "fail_info": {why}}})


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
