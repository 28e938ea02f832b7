"""What is kept of each paper of a checklist besides its files: what it is reused from, who approved it."""

from datetime import datetime
from enum import IntEnum, StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.documents.records import HASH_LENGTH
from postal_bridge.dossiers.records import CODE_LENGTH, TEXT_LENGTH


class Digitisation(IntEnum):
    """How far a paper is, as the one-stop systems number it (TrangThaiSoHoa)."""

    NONE = 0
    DIGITISED = 1
    REUSED_COMPONENT = 2
    REUSED_RESULT = 3


DIGITISATION_NAMES: dict[Digitisation, tuple[str, str]] = {
    Digitisation.NONE: ("chưa số hóa", "not digitised"),
    Digitisation.DIGITISED: ("đã số hóa", "digitised"),
    Digitisation.REUSED_COMPONENT: ("tái sử dụng thành phần hồ sơ", "reused component"),
    Digitisation.REUSED_RESULT: ("tái sử dụng kết quả", "reused result"),
}


class Approval(StrEnum):
    """What an officer said to a paper as it stands now; what changed since waits again."""

    NOTHING = "nothing"
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


APPROVAL_NAMES: dict[Approval, tuple[str, str]] = {
    Approval.NOTHING: ("chưa có gì để duyệt", "nothing to approve yet"),
    Approval.WAITING: ("chờ duyệt", "waits for approval"),
    Approval.APPROVED: ("đã duyệt", "approved"),
    Approval.REJECTED: ("không duyệt", "rejected"),
}


class PaperFormat(StrEnum):
    """Lists of papers of other systems, by the name that the list has there."""

    NATIONAL_PORTAL = "TaiLieuNop"
    SIX_STEPS = "ThanhPhanHoSo"
    TAN_DAN = "GiayToSoHoa"


class PaperReuse(SQLModel):
    """A paper need not be scanned: it is in a store already. The last of a line counts.

    Attributes:
        number: 1, 2, 3 … per line.
        digitisation: a reused one; `NONE` takes an earlier reuse back.
        source: code of the reused paper or result in its store (MaKetQua, MaKetQuaThayThe).
        from_national_store: it lies in the citizen's store of the national portal
            (DuocLayTuKhoDMQG).
    """

    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=1)
    number: int = Field(ge=1)
    digitisation: Digitisation
    source: str = Field(max_length=CODE_LENGTH)
    from_national_store: bool = False
    noted_at: datetime
    noted_by: str = Field(max_length=CODE_LENGTH)


class PaperApproval(SQLModel):
    """What an officer said to a paper; nothing here is ever changed.

    Attributes:
        contents_sha256: over the files and the reuse that were looked at.
        remark: needed for a rejection, and where pages differ from those that were counted.
    """

    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=1)
    number: int = Field(ge=1)
    approved: bool
    contents_sha256: str = Field(max_length=HASH_LENGTH)
    remark: str = Field(default="", max_length=TEXT_LENGTH)
    decided_at: datetime
    decided_by: str = Field(max_length=CODE_LENGTH)
