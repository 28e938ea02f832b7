"""The MyVNPost stand-in itself: who may ask, how orders are shown, how rows move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import to_local
from postal_bridge.sandbox.carriers.myvnpost_state import (
    KeptOrder,
    MyvnpostState,
    NotTakenError,
    Words,
)
from postal_bridge.sandbox.faults import ShownRow
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import StandIn, as_json, numbers_as_text

CUSTOMER_CODE = "T000020200"


class MyvnpostSwitch(StrEnum):
    """Lasting defects."""

    OPAQUE_ERROR = "opaque_error"
    ORDER_IN_DATA = "order_in_data"
    NEEDS_APPROVAL = "needs_approval"
    CASE_IN_LIST = "case_in_list"
    NOT_FOUND_AS_ERROR = "not_found_as_error"
    LAST_DAY_OPEN = "last_day_open"
    NEWEST_FIRST = "newest_first"
    ISO_DATES = "iso_dates"
    OLD_HISTORY_NAMES = "old_history_names"


@dataclass(frozen=True)
class MyvnpostCredentials:
    """What opens the stand-in."""

    username: str = "hcc-langson"
    password: str = "bi-mat"  # noqa: S105 - of the stand-in, opens nothing else
    token_life: timedelta = timedelta(hours=1)


@dataclass(kw_only=True)
class MyvnpostStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `MYVNPOST`."""

    state: MyvnpostState
    credentials: MyvnpostCredentials
    tokens: dict[str, datetime] = field(default_factory=dict)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(MyvnpostSwitch)
    ROWS_KEY: ClassVar[str] = "results"

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """A live token in the header of that name."""
        until = self.tokens.get(request.headers.get("token", ""))
        if route != "token" and (until is None or until <= self.clock.now()):
            raise StandInError(HTTPStatus.FORBIDDEN, "Token hết hạn hoặc không hợp lệ")

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        try:
            return [
                self.shown(self.state.create(words_of(one), customer_code=CUSTOMER_CODE))
                for one in given
            ]
        except NotTakenError as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error

    @override
    def remove(self, key: str) -> None:
        """Take an order away by its item code; 404 where there is none."""
        found = [one for one in self.state.orders if one.item_code == key]
        if not found:
            raise StandInError(HTTPStatus.NOT_FOUND, key)
        self.state.orders.remove(found[0])

    @override
    def row_appears(self, row: ShownRow) -> None:
        """Another order is placed, with the words of this one."""
        order = self._of_row(row)
        self.state.numbers += 1
        now = self.clock.now()
        words = {**order.words, "saleOrderCode": f"{order.reference}-{self.state.numbers}"}
        self.state.orders.append(
            KeptOrder(number=self.state.numbers, words=words, created_at=now, updated_at=now)
        )

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """This order is updated now: it leaves the days that are being read, or its place there."""
        self.state.happens(self._of_row(row), "10", self.clock.now())

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """This order is updated, and another one is placed."""
        self.row_leaves(row)
        self.row_appears(row)

    def _of_row(self, row: ShownRow) -> KeptOrder:
        return self.state.found("1", str(row["itemCode"]))[0]

    def has(self, switch: MyvnpostSwitch) -> bool:
        """Whether a switch is on."""
        return switch in self.plan.defects

    def shown(self, order: KeptOrder) -> dict[str, object]:
        """An order as MyVNPost shows it."""
        return {
            "orderHdrID": str(order.number),
            "originalID": order.original_id,
            "itemCode": order.item_code,
            "originalItemCode": order.item_code,
            "saleOrderCode": order.reference,
            "senderCode": CUSTOMER_CODE,
            "status": int(order.status) if order.status.isdecimal() else order.status,
            "totalFee": order.fee_dong,
            "createdDate": self.moment(order.created_at),
            "updatedDate": self.moment(order.updated_at),
        }

    def moment(self, at: datetime) -> str:
        """A moment as it is written in rows."""
        if self.has(MyvnpostSwitch.ISO_DATES):
            return to_local(at).isoformat(timespec="milliseconds")
        return f"{to_local(at):%d-%m-%Y %H:%M:%S}"

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """A "no" in MyVNPost's words."""
        words = {
            "status": int(status),
            "timestamp": self.moment(self.clock.now()),
            "error": status.phrase,
            "message": message,
            "description": None,
            "path": "",
        }
        return self.answer(words, status=status)

    def answer(self, value: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        """An answer, with numbers as text where the plan says so."""
        shown = numbers_as_text(value) if self.plan.numbers_as_text else value
        return as_json(shown, status=status)


MYVNPOST: web.AppKey[MyvnpostStand] = web.AppKey("myvnpost", MyvnpostStand)


def words_of(value: object) -> Words:
    """The object that was promised; 400 where it is none."""
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.BAD_REQUEST, "phải là một đối tượng (an object is wanted)")
    return value
