"""Signatures by the Standard Webhooks specification (reference on carriers, section 3).

Signed is `id.timestamp.body`, over the very bytes that are sent, with HMAC-SHA256; the header holds
one signature for each secret in force, so a receiver may change over while both are.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification wants 24 to 64."""


def secret_of(raw: bytes) -> str:
    """A secret as it is shown to whoever sets a receiver up."""
    return f"{PREFIX}{base64.b64encode(raw).decode()}"


def headers_of(
    webhook_id: str, body: bytes, *, at: datetime, secrets: Iterable[str]
) -> Mapping[str, str]:
    """The three headers of an attempt; the timestamp is the attempt's, in seconds."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(signed, one) for one in secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
