"""The national portal's own words for ours: one table per fact, and what differs by adapter.

Source of every table: reference on one-stop systems, sections 2.1 to 2.3. Adapters of the portal
differ in one of them, LoaiDoiTuong; `[national_portal] citizen_kind` says which one is spoken to.
"""

from datetime import datetime

from postal_bridge.clock import to_local
from postal_bridge.journey import Status

LONGEST = {
    "TrichYeuHoSo": 1000,
    "TenTepDinhKem": 4000,
    "TenGiayTo": 2000,
    "NguoiXuLy": 50,
}
"""Characters that a field takes (section 2.2)."""

MOST_STEPS = 10
"""Items in one CapNhatTienDoHoSoMC."""

STATUS_NUMBER: dict[Status, str] = {status: str(status.value) for status in Status}
"""TrangThaiHoSo: our numbers are the portal's. No state stands for another one (section 2.7)."""

CHANNEL: dict[int, str] = {1: "1", 2: "2", 3: "3"}
"""KenhThucHien: 1 direct, 2 online, 3 post."""

DIRECT, BY_POST = "0", "1"
"""HinhThuc: by post where the post brings the dossier in or takes the result home."""

POSTAL_CHANNEL, POSTAL_RETURN = 3, 1

IDENTITY_KIND: dict[int, str] = {12: "1", 9: "2"}
"""LoaiDinhDanh by the number of digits: citizen's card (CCCD), old identity card (CMND)."""

YES, NO = "1", "0"
TRUE, FALSE = "True", "False"
"""isUpdating is a string."""

SUCCESS = frozenset({"0", "00"})
"""error_code of a call that worked, as a number or as text."""

EXISTS = "đã tồn tại"
"""In the message where a dossier was to be created and is there."""


def by_post(channel: int, return_mode: int) -> str:
    """HinhThuc of a dossier."""
    return BY_POST if channel == POSTAL_CHANNEL or return_mode == POSTAL_RETURN else DIRECT


def digits_of(moment: datetime | None) -> str:
    """A moment as the portal writes it: 14 digits by the clock on the wall; "" for none.

    The hour is one of 24: a peer wrote `hh`, and its afternoons became mornings (section 2.7).
    """
    return f"{to_local(moment):%Y%m%d%H%M%S}" if moment is not None else ""
