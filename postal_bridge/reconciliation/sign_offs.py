"""Two people answer for a night with their names: one for the post, one for the one-stop centre.

A signature is for one report, named by its hash. When the night is run again and comes to another
report, earlier signatures stay to be seen and no longer count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import ROLE_NAMES, Actor, Role
from postal_bridge.reconciliation.cases import FEWEST_LETTERS, is_wordless
from postal_bridge.reconciliation.ports import Nights
from postal_bridge.reconciliation.records import Discrepancy, Night, NightState, SignOff


class SigningSide(StrEnum):
    """For whom somebody signs."""

    POST = "post"
    CENTRE = "centre"


SIDE_NAMES: dict[SigningSide, tuple[str, str]] = {
    SigningSide.POST: ("bưu điện", "the post"),
    SigningSide.CENTRE: ("Trung tâm", "the one-stop centre"),
}
SIDE_OF: dict[Role, SigningSide] = {
    Role.SUPERVISOR: SigningSide.POST,
    Role.OFFICER: SigningSide.CENTRE,
}
"""An administrator runs the system and answers for neither side."""


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """Who signed a night.

    Attributes:
        standing: the signatures that count, by side.
        earlier: those under reports that the night no longer has, oldest first.
    """

    standing: Mapping[SigningSide, SignOff]
    earlier: Sequence[SignOff]

    @property
    def signed(self) -> bool:
        """Whether both sides have signed the report that the night has now."""
        return set(self.standing) == set(SigningSide)


def signatures(night: Night, sign_offs: Iterable[SignOff]) -> Signatures:
    """Tell the signatures that count from the earlier ones."""
    standing: dict[SigningSide, SignOff] = {}
    earlier: list[SignOff] = []
    for one in sign_offs:
        if one.report == night.report:
            standing[SigningSide(one.side)] = one
        else:
            earlier.append(one)
    return Signatures(standing=standing, earlier=earlier)


def left_lying(cases: Iterable[Discrepancy], *, night: date, today: date) -> list[Discrepancy]:
    """Open cases of this night or an earlier one that nobody answers for.

    Either nobody owns the case and nobody has explained it, or it is overdue and still not
    explained. A case that somebody owns and that is not due yet is being worked on: no note is
    asked for it, or every signature would carry one and none would be read.
    """
    return [
        case
        for case in cases
        if case.closed_on is None
        and case.opened_on <= night
        and not case.explanation
        and (not case.owner or is_overdue(case, today=today))
    ]


def is_overdue(case: Discrepancy, *, today: date) -> bool:
    """Whether the case is open and was due before today."""
    return case.closed_on is None and case.due_on is not None and case.due_on < today


@dataclass(frozen=True, kw_only=True)
class Signing:
    """What somebody signs, and with which words.

    Attributes:
        report: hash of the report that they have read; None signs the one that the night has.
        note: wanted where cases are left lying (`left_lying`).
    """

    report: str | None = None
    note: str | None = None


async def sign_off(
    nights: Nights, day: date, signing: Signing, *, actor: Actor, now: datetime
) -> Signatures | Refusal:
    """Sign a night for one's own side; gives all its signatures.

    Refuses (`ROLE_NOT_ALLOWED`, `NIGHT_UNKNOWN`, `NIGHT_NOT_DONE`, `REPORT_CHANGED`,
    `SIGNED_ALREADY`, `SAME_SIGNER`, `NOTE_NEEDED`).
    """
    side = SIDE_OF.get(actor.role)
    if side is None:
        allowed = ", ".join(ROLE_NAMES[role] for role in SIDE_OF)
        return refuse(Reason.ROLE_NOT_ALLOWED, role=ROLE_NAMES[actor.role], allowed=allowed)
    night = await nights.night(day)
    if night is None:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=format_day(day))
    if night.state is not NightState.DONE or night.report is None:
        return refuse(Reason.NIGHT_NOT_DONE, "date", date=format_day(day))
    if signing.report not in {None, night.report}:
        return refuse(Reason.REPORT_CHANGED, "report", date=format_day(day))
    before = signatures(night, await nights.sign_offs(day))
    no = _signed_before(before, side, actor, day=day)
    if no is not None:
        return no
    note = (signing.note or "").strip()
    left = left_lying(await nights.cases(open_only=True), night=day, today=local_day(now))
    if left and is_wordless(note):
        return refuse(Reason.NOTE_NEEDED, "note", cases=len(left), fewest=FEWEST_LETTERS)
    signature = SignOff(
        day=day,
        side=side.value,
        report=night.report,
        username=actor.username,
        name=actor.name,
        signed_at=now,
        note=note or None,
    )
    new = await nights.sign(signature)
    after = signatures(night, await nights.sign_offs(day))
    return after if new else _already(after.standing[side], day=day)


def _signed_before(
    before: Signatures, side: SigningSide, actor: Actor, *, day: date
) -> Refusal | None:
    if (mine := before.standing.get(side)) is not None:
        return _already(mine, day=day)
    if actor.username in {one.username for one in before.standing.values()}:
        return refuse(Reason.SAME_SIGNER, date=format_day(day))
    return None


def _already(signature: SignOff, *, day: date) -> Refusal:
    return refuse(
        Reason.SIGNED_ALREADY,
        date=format_day(day),
        name=signature.name,
        signed_at=format_local(signature.signed_at),
    )
