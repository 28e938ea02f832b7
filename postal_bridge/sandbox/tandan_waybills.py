"""The pool of waybill numbers that the post issued to the agency beforehand (section 1.4)."""

from dataclasses import dataclass
from http import HTTPStatus

from postal_bridge.sandbox.refusal import StandInError


@dataclass(kw_only=True)
class Waybill:
    """One number of the pool.

    Attributes:
        holder: Id of the dossier that it is live on; "" while it is free.
        asked_at: when it was given out, as rows write moments.
    """

    number: str
    holder: str = ""
    asked_at: str | None = None


class WaybillPool:
    """One live number on a dossier, one dossier on a number; a number that is freed comes back."""

    def __init__(self) -> None:
        self._waybills: dict[str, Waybill] = {}

    def __len__(self) -> int:
        """How many numbers there are, free or not."""
        return len(self._waybills)

    def all(self) -> list[Waybill]:
        """Every number, in the order in which they were issued."""
        return list(self._waybills.values())

    def get(self, number: str) -> Waybill:
        """One number; 404 where it is not of the pool."""
        if number not in self._waybills:
            text = f"không có mã vận đơn {number} (no such waybill number)"
            raise StandInError(HTTPStatus.NOT_FOUND, text)
        return self._waybills[number]

    def add(self, number: str) -> Waybill | None:
        """A new free number; None when the pool has it already."""
        if number in self._waybills:
            return None
        return self._waybills.setdefault(number, Waybill(number=number))

    def take(self, holder: str, *, at: str, wanted: str = "") -> str:
        """Give a number out; "" when none is free, or the wanted one is not."""
        for waybill in [self._waybills.get(wanted)] if wanted else self.all():
            if waybill is not None and not waybill.holder:
                waybill.holder, waybill.asked_at = holder, at
                return waybill.number
        return ""

    def release(self, holder: str) -> None:
        """Free whatever number is live on this dossier."""
        for waybill in self._waybills.values():
            if waybill.holder == holder:
                waybill.holder, waybill.asked_at = "", None

    def plant(self, number: str | None, holder: str, at: str) -> None:
        """Make a number live on a dossier, issued or not; 400 while another dossier has it."""
        if number is None:
            self.release(holder)
            return
        waybill = self._waybills.get(number) or Waybill(number=number)
        if waybill.holder not in {"", holder}:
            text = f"mã vận đơn {number} đang dùng cho hồ sơ khác (number is live elsewhere)"
            raise StandInError(HTTPStatus.BAD_REQUEST, text)
        self.release(holder)
        self._waybills[number] = waybill
        waybill.holder, waybill.asked_at = holder, at

    def drop(self, number: str) -> bool:
        """Take a free number out of the pool; False while it is live."""
        if self.get(number).holder:
            return False
        del self._waybills[number]
        return True
