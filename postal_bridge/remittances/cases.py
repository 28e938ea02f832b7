"""What is wrong with the money, and how its cases live.

A case is keyed by what it is about, so looking again neither doubles nor loses it: what was late
becomes short when a part comes, and stays the same case with the same words. It closes by itself
when the money adds up, and opens again when it no longer does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from postal_bridge.clock import local_day
from postal_bridge.remittances.records import (
    CASE_NAMES,
    OWNER_OF,
    CodCase,
    CodCaseKind,
    CodCaseState,
    CodEntryKind,
    RemittanceLine,
    Trouble,
)
from postal_bridge.remittances.values import Account, PaymentSums


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that does not add up today."""

    key: str
    kind: CodCaseKind
    carrier: str
    amount_dong: int
    since: date
    number: str | None = None
    remittance_id: str | None = None
    position: int | None = None


@dataclass(frozen=True)
class Renewed:
    """Cases that are no longer as they were, with what happened to each."""

    cases: list[CodCase]
    entries: list[tuple[str, CodEntryKind, str]]


class WorkingDays(Protocol):
    """Which days count."""

    def next_working_day(self, day: date) -> date:
        """The first working day after a day."""
        ...


def last_day_to_pay(since: datetime, days: int, *, calendar: WorkingDays) -> date:
    """So many working days after the day on which the carrier came to have the money."""
    day = local_day(since)
    for _ in range(days):
        day = calendar.next_working_day(day)
    return day


def keys_of_account(number: str) -> list[str]:
    """The cases that a consignment may have."""
    return [f"owed:{number}", f"over:{number}", f"collected:{number}"]


def keys_of_payment(remittance_id: str, lines: int) -> list[str]:
    """The cases that a payment and its lines may have."""
    named = [f"line:{remittance_id}:{position}" for position in range(1, lines + 1)]
    return [f"total:{remittance_id}", *named]


def of_account(account: Account, *, today: date, last_day: date | None) -> list[Finding]:
    """What does not add up with a consignment.

    Args:
        account: of the consignment.
        today: local.
        last_day: on which the carrier may still pay; none while it owes nothing.
    """
    owed, over, collected = keys_of_account(account.number)
    found: list[tuple[str, CodCaseKind, int]] = []
    kind = _missing(account, is_late=last_day is not None and today > last_day)
    if kind is not None:
        found.append((owed, kind, account.open_dong))
    if account.open_dong < 0:
        kind = CodCaseKind.OVER if account.due_dong else CodCaseKind.NOT_DELIVERED
        found.append((over, kind, account.open_dong))
    if _collected_differs(account):
        differs = account.cod_dong - account.collected_dong
        found.append((collected, CodCaseKind.COLLECTED_DIFFERS, differs))
    since = local_day(account.since or account.booked_at)
    paid_on = account.last_paid_on
    of_payments = {CodCaseKind.OVER, CodCaseKind.NOT_DELIVERED, CodCaseKind.SHORT}
    return [
        Finding(
            key=key,
            kind=kind,
            carrier=account.carrier,
            number=account.number,
            amount_dong=amount,
            since=paid_on if paid_on and kind in of_payments else since,
        )
        for key, kind, amount in found
    ]


def _missing(account: Account, *, is_late: bool) -> CodCaseKind | None:
    if account.open_dong <= 0:
        return None
    if account.payments:
        return CodCaseKind.SHORT if account.payments == 1 else CodCaseKind.SPLIT
    return CodCaseKind.LATE if is_late else None


def _collected_differs(account: Account) -> bool:
    """The citizen paid more than asked, or less and the rest is not there yet."""
    if not account.due_dong:
        return False
    more = account.collected_dong > account.cod_dong
    return more or (account.collected_dong < account.cod_dong and account.open_dong != 0)


def of_payment(sums: PaymentSums, lines: Iterable[RemittanceLine]) -> list[Finding]:
    """What does not add up with a payment."""
    paid = sums.remittance
    found = []
    if sums.difference_dong:
        found.append(
            Finding(
                key=f"total:{paid.id}",
                kind=CodCaseKind.TOTAL_DIFFERS,
                carrier=paid.carrier,
                remittance_id=paid.id,
                amount_dong=-sums.difference_dong,
                since=paid.paid_on,
            )
        )
    for line in lines:
        if line.number is None:
            twice = line.trouble is Trouble.TWICE
            found.append(
                Finding(
                    key=f"line:{paid.id}:{line.position}",
                    kind=CodCaseKind.LINE_TWICE if twice else CodCaseKind.UNKNOWN_LINE,
                    carrier=paid.carrier,
                    remittance_id=paid.id,
                    position=line.position,
                    amount_dong=-line.gross_dong,
                    since=paid.paid_on,
                )
            )
    return found


def renew(
    before: Mapping[str, CodCase],
    found: Iterable[Finding],
    *,
    looked_at: Iterable[str],
    now: datetime,
) -> Renewed:
    """What becomes of cases after a look at what they are about.

    Args:
        before: the cases there are, by key.
        found: what does not add up.
        looked_at: every key that could have been found; what was not has gone.
        now: the moment of what is written down.
    """
    renewed = Renewed([], [])
    findings = {one.key: one for one in found}
    for key in sorted({*looked_at, *findings}):
        case, finding = before.get(key), findings.get(key)
        if finding is None:
            if case is not None and case.state is not CodCaseState.CLOSED:
                _close(case, renewed, now)
        elif case is None:
            renewed.cases.append(_opened(finding, now))
            renewed.entries.append((key, CodEntryKind.OPENED, _words(finding)))
        else:
            _go_on(case, finding, renewed)
    return renewed


def _opened(finding: Finding, now: datetime) -> CodCase:
    return CodCase(
        key=finding.key,
        kind=finding.kind,
        carrier=finding.carrier,
        number=finding.number,
        remittance_id=finding.remittance_id,
        position=finding.position,
        amount_dong=finding.amount_dong,
        since=finding.since,
        owner_role=OWNER_OF[finding.kind],
        opened_at=now,
    )


def _go_on(case: CodCase, finding: Finding, renewed: Renewed) -> None:
    """An explanation is of what stood then; when it stands otherwise, somebody must look again."""
    changed = (case.kind, case.amount_dong) != (finding.kind, finding.amount_dong)
    was_closed = case.state is CodCaseState.CLOSED
    if not changed and not was_closed and case.since == finding.since:
        return
    values: dict[str, object] = {
        "kind": finding.kind,
        "amount_dong": finding.amount_dong,
        "since": finding.since,
        "owner_role": OWNER_OF[finding.kind],
    }
    if changed or was_closed:
        values |= {"state": CodCaseState.OPEN, "closed_at": None, **_no_proposal(case, renewed)}
        kind = CodEntryKind.REOPENED if was_closed else CodEntryKind.CHANGED
        renewed.entries.append((case.key, kind, _words(finding)))
    if was_closed:
        values["reopened"] = case.reopened + 1
    renewed.cases.append(case.model_copy(update=values))


def _close(case: CodCase, renewed: Renewed, now: datetime) -> None:
    values = {"state": CodCaseState.CLOSED, "closed_at": now, **_no_proposal(case, renewed)}
    renewed.cases.append(case.model_copy(update=values))
    renewed.entries.append((case.key, CodEntryKind.CLOSED, "Đã khớp, tự đóng"))


def _no_proposal(case: CodCase, renewed: Renewed) -> dict[str, object]:
    """What somebody wanted to write off was another sum."""
    if case.proposed_dong is not None:
        renewed.entries.append((case.key, CodEntryKind.WITHDRAWN, "Số tiền đã thay đổi"))
    return NO_PROPOSAL


NO_PROPOSAL: dict[str, object] = {
    "proposed_dong": None,
    "proposed_by": None,
    "proposed_reason": None,
}


def _words(finding: Finding) -> str:
    return f"{CASE_NAMES[finding.kind][0]}: {dong(finding.amount_dong)}"


def dong(amount: int) -> str:
    """An amount as people read it in Vietnam: `1.250.000 đ`."""
    return f"{amount:,}".replace(",", ".") + " đ"
