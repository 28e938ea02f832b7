"""Carriers' payments over the web: entered, read from a file, listed, looked at."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from postal_bridge.api.call import Body, Call, Reply
from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.remittances.posting import Bookkeeper, take
from postal_bridge.remittances.records import (
    MOST_DONG,
    Remittance,
    RemittanceLine,
)
from postal_bridge.remittances.statement_file import MOST_LINES, ListHeadings, read_list
from postal_bridge.remittances.values import NewLine, NewRemittance, PaymentSums
from postal_bridge.sections import Settings

Day = Annotated[date, Field(ge=EARLIEST_DAY, le=LATEST_DAY)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Total = Annotated[int, Field(ge=0, le=MOST_DONG)]


class LineIn(Body):
    """What a payment says of one consignment.

    `name` is our number, our reference or the carrier's waybill, as the list has it. `amount_dong`
    came into the account, `fee_dong` was kept of what was collected; an amount below nought is a
    fee that was taken without money (a parcel that went back).
    """

    name: Name
    amount_dong: int = Field(ge=-MOST_DONG, le=MOST_DONG)
    fee_dong: int = Field(default=0, ge=0, le=MOST_DONG)


class PaymentIn(Body):
    """A carrier's payment: what the bank's account says, and the carrier's list of it."""

    carrier: Name
    bank_reference: Name
    paid_on: Day
    total_dong: Total
    note: str = Field(default="", max_length=4000)
    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)


class FileQuery(BaseModel):
    """What the bank's account says of the payment whose list is sent."""

    carrier: Name
    bank_reference: Name
    paid_on: Day
    total_dong: Total
    note: str = Field(default="", max_length=4000)


class PaymentQuery(BaseModel):
    """A page; `after` is the `next` of the last one."""

    carrier: str | None = Field(default=None, max_length=60)
    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class PaymentOut(Remittance):
    """A payment with what its lines say together.

    Attributes:
        unassigned_dong: of lines that no consignment is known for.
        difference_dong: what came beyond the lines; below nought what they promise and never came.
        already: it was entered before, with the same content.
    """

    bank_key: str = Field(exclude=True)
    content: str = Field(exclude=True)
    line_count: int
    lines_dong: int
    unassigned_dong: int
    difference_dong: int
    already: bool = False


class PaymentShown(PaymentOut):
    """A payment with its lines, in the order of the list."""

    lines: list[RemittanceLine]


class Payments(BaseModel):
    """Payments, newest first."""

    remittances: list[PaymentOut]
    next: str | None = None


def list_limit(settings: Settings) -> int:
    """The largest list that is taken, in bytes."""
    return settings.cod.limit_bytes


def keeper_of(call: Call[Any]) -> Bookkeeper:
    """Keeps the books in this request's transaction."""
    services = call.services
    return Bookkeeper(
        work=call.work,
        now=call.now,
        calendar=services.calendar,
        identifiers=services.identifiers,
        days_to_pay=services.settings.cod.days_to_pay,
        alone_dong=services.settings.cod.write_off_alone_dong,
    )


async def enter(call: Call[PaymentIn]) -> Reply | Refusal:
    """Enter a payment; the same once more is answered with the one there is."""
    body = call.body
    refusal = _wrong_lines(body.lines)
    if refusal is not None:
        return refusal
    lines = [
        NewLine(said=one.name, amount_dong=one.amount_dong, fee_dong=one.fee_dong)
        for one in body.lines
    ]
    return await _taken(call, _payment(body, lines))


async def upload(call: Call[bytes]) -> Reply | Refusal:
    """Enter a payment whose lines stand in a file; nothing is kept of a file with a wrong cell."""
    cod = call.services.settings.cod
    headings = ListHeadings(
        name=cod.name,
        other_name=cod.other_name,
        paid=cod.paid,
        fee=cod.fee,
        gross=cod.gross,
        sums=cod.sums,
    )
    lines = read_list(call.body, headings, limit_bytes=cod.limit_bytes)
    if isinstance(lines, Refusal):
        return lines
    return await _taken(call, _payment(call.asked(FileQuery), lines))


async def listed(call: Call[None]) -> Payments:
    """A page of payments."""
    asked = call.asked(PaymentQuery)
    found = await call.work.cod_books.listed(
        carrier=asked.carrier, after=asked.after, limit=asked.limit
    )
    full = len(found) == asked.limit
    return Payments(
        remittances=[PaymentOut(**_facts(one)) for one in found],
        next=found[-1].remittance.id if full else None,
    )


async def show(call: Call[None]) -> PaymentShown | Refusal:
    """A payment with its lines."""
    remittance_id = call.path["id"]
    found = await call.work.cod_books.sums([remittance_id])
    if not found:
        return refuse(Reason.REMITTANCE_UNKNOWN, "id", id=remittance_id)
    return await _shown(call, found)


def _payment(said: PaymentIn | FileQuery, lines: Sequence[NewLine]) -> NewRemittance:
    return NewRemittance(
        carrier=said.carrier,
        bank_reference=said.bank_reference,
        paid_on=said.paid_on,
        total_dong=said.total_dong,
        note=said.note,
        lines=lines,
    )


def _wrong_lines(lines: Sequence[LineIn]) -> Refusal | None:
    for place, one in enumerate(lines):
        if one.amount_dong + one.fee_dong < 0:
            field = f"lines.{place}.amount_dong"
            why = "amount_dong + fee_dong < 0"
            return refuse(Reason.INVALID_FIELD, field, name=field, why=why)
    return None


async def _taken(call: Call[Any], new: NewRemittance) -> Reply | Refusal:
    if new.carrier not in call.services.settings.carriers:
        return refuse(Reason.CARRIER_UNKNOWN, "carrier", name=new.carrier)
    taken = await take(keeper_of(call), new, by=call.actor.username)
    if isinstance(taken, Refusal):
        return taken
    sums = await call.work.cod_books.sums([taken.remittance.id])
    shown = await _shown(call, sums, already=taken.already)
    return Reply(shown, status=200 if taken.already else 201)


async def _shown(
    call: Call[Any], sums: Sequence[PaymentSums], *, already: bool = False
) -> PaymentShown:
    (one,) = sums
    lines = await call.work.cod_books.lines(one.remittance.id)
    return PaymentShown(**_facts(one), already=already, lines=list(lines))


def _facts(one: PaymentSums) -> dict[str, Any]:
    return {
        **one.remittance.model_dump(),
        "line_count": one.lines,
        "lines_dong": one.lines_dong,
        "unassigned_dong": one.unassigned_dong,
        "difference_dong": one.difference_dong,
    }
