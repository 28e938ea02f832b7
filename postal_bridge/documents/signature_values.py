"""What is known of a signature, and in which words people are told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How long a signature can be checked (ETSI EN 319 142-1).

    `B` is as good as the certificate is valid; `T` has a time stamp; `LT` carries everything that
    it takes to check it years later.
    """

    B = "PAdES-B-B"
    T = "PAdES-B-T"
    LT = "PAdES-B-LT"


class Revocation(StrEnum):
    """Whether the certificate was called back."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Changes(StrEnum):
    """What was done to the file after it was signed."""

    NONE = "none"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class SignatureWish:
    """What a signature says of itself.

    Attributes:
        reason: why it was made, in Vietnamese.
    """

    reason: str
    location: str


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A document with our signature on it."""

    content: bytes
    level: Level
    signer: str


@dataclass(frozen=True, slots=True)
class SignatureFound:
    """A signature on a document that came in, judged.

    Attributes:
        signer, issuer: names in the certificates.
        claimed_at: what the signer's computer said; proves nothing.
        stamped_at: what a trusted time stamp proves.
        intact: what was signed is still what it was.
        trusted: the chain leads to a root that is configured.
        whole: the signature covers the file as it was when it was made.
    """

    signer: str
    organisation: str
    issuer: str
    serial: str
    claimed_at: datetime | None
    stamped_at: datetime | None
    intact: bool
    trusted: bool
    whole: bool
    revocation: Revocation
    changes: Changes
    level: Level
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Whether a person may rely on it."""
        return (
            self.intact
            and self.trusted
            and self.whole
            and self.revocation is not Revocation.REVOKED
            and self.changes is not Changes.FORBIDDEN
        )

    def words(self) -> tuple[tuple[str, str], ...]:
        """What is to be said of it, most important first: Vietnamese and English."""
        said = [_VERDICT[self.good]]
        if not self.intact:
            said.append(("Nội dung đã bị sửa sau khi ký.", "What was signed has been changed."))
        if not self.whole:
            said.append(
                ("Chữ ký không bao trùm cả tệp.", "The signature does not cover the whole file.")
            )
        said.append(_TRUST[self.trusted])
        said.append(_REVOCATION[self.revocation])
        said.append(_CHANGES[self.changes])
        said.append(_STAMPED[self.stamped_at is not None])
        return tuple(said)


_VERDICT = {
    True: ("Chữ ký hợp lệ.", "The signature is valid."),
    False: ("KHÔNG nên tin chữ ký này.", "This signature must NOT be relied on."),
}
_TRUST = {
    True: (
        "Chứng thư do tổ chức tin cậy cấp.",
        "The certificate comes from an authority that is trusted here.",
    ),
    False: (
        "Không nối được chứng thư tới tổ chức tin cậy nào.",
        "The certificate does not lead to any authority that is trusted here.",
    ),
}
_REVOCATION = {
    Revocation.GOOD: ("Chứng thư chưa bị thu hồi.", "The certificate was not revoked."),
    Revocation.REVOKED: ("Chứng thư ĐÃ BỊ THU HỒI.", "The certificate WAS REVOKED."),
    Revocation.UNKNOWN: (
        "Chưa kiểm tra được chứng thư có bị thu hồi hay không.",
        "Whether the certificate was revoked could not be found out.",
    ),
}
_CHANGES = {
    Changes.NONE: ("Sau khi ký, tệp không bị sửa.", "Nothing was changed after it was signed."),
    Changes.ALLOWED: (
        "Sau khi ký, tệp chỉ được bổ sung những gì cho phép (như chữ ký khác).",
        "After it was signed only what is allowed was added, such as another signature.",
    ),
    Changes.FORBIDDEN: (
        "Sau khi ký, tệp đã bị sửa ngoài những gì cho phép.",
        "After it was signed the file was changed in ways that are not allowed.",
    ),
}
_STAMPED = {
    True: ("Thời điểm ký do dấu thời gian chứng thực.", "A time stamp proves when it was signed."),
    False: (
        "Thời điểm ký do máy người ký khai, không được chứng thực.",
        "When it was signed is only what the signer's computer said.",
    ),
}
