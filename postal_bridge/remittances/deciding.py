"""What people decide about the money: explain it, say whose it is, no longer wait for it.

Nobody closes a case: it closes when the books tie out, and a write-off is one way to that. Above a
set sum of one consignment two persons must want it.
"""

from dataclasses import dataclass

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import ROLE_NAMES, Actor, Role
from postal_bridge.remittances.cases import NO_PROPOSAL, dong
from postal_bridge.remittances.posting import Bookkeeper, settle_accounts, settle_payments
from postal_bridge.remittances.records import (
    CodCase,
    CodCaseState,
    CodEntryKind,
    MatchedBy,
    WriteOff,
)

BOOKKEEPERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who may say whose money it is, and write it off."""

FEWEST_LETTERS = 3


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person wants of a case; None leaves it as it is.

    Attributes:
        explanation: their words.
        consignment: the number that a line is for.
        write_off_dong: what the case stands at, as they saw it; `reason` says why.
        approve: of a write-off that somebody else proposed: yes or no.
    """

    explanation: str | None = None
    consignment: str | None = None
    write_off_dong: int | None = None
    reason: str = ""
    approve: bool | None = None


async def decide(
    keeper: Bookkeeper, key: str, wanted: Decision, *, actor: Actor
) -> CodCase | Refusal:
    """Do what is wanted, all or nothing.

    Refuses (`COD_CASE_UNKNOWN`, `COD_CASE_CLOSED`, `ROLE_NOT_ALLOWED`, `WORDS_MISSING`,
    `CONSIGNMENT_UNKNOWN`, `COD_NOT_POSSIBLE`, `COD_AMOUNT_CHANGED`, `SECOND_PERSON_NEEDED`).
    """
    await keeper.work.cod_books.hold()
    case = await keeper.work.cod_cases.find(key)
    if case is None:
        return refuse(Reason.COD_CASE_UNKNOWN, "key", key=key)
    done = _not_allowed(case, wanted, actor)
    if done is None and wanted.explanation is not None:
        done = await _explain(keeper, case, wanted.explanation, actor)
    if done is None and wanted.consignment is not None:
        done = await _assign(keeper, case, wanted.consignment, actor)
    if done is None and wanted.write_off_dong is not None:
        done = await _write_off(keeper, case, wanted, actor)
    if done is None and wanted.approve is not None:
        done = await _answer(keeper, case, actor, yes=wanted.approve)
    return done or await keeper.work.cod_cases.find(key) or case


def _not_allowed(case: CodCase, wanted: Decision, actor: Actor) -> Refusal | None:
    """Whoever sees a case may explain it; what moves money is for few, and while it is open."""
    if wanted.consignment is None and wanted.write_off_dong is None and wanted.approve is None:
        return None
    if actor.role not in BOOKKEEPERS:
        allowed = ", ".join(ROLE_NAMES[role] for role in sorted(BOOKKEEPERS))
        return refuse(Reason.ROLE_NOT_ALLOWED, role=ROLE_NAMES[actor.role], allowed=allowed)
    if case.state is CodCaseState.CLOSED:
        return refuse(Reason.COD_CASE_CLOSED, "key", key=case.key)
    return None


async def _explain(keeper: Bookkeeper, case: CodCase, words: str, actor: Actor) -> Refusal | None:
    said = words.strip()
    if len(said) < FEWEST_LETTERS:
        return refuse(Reason.WORDS_MISSING, "explanation", fewest=FEWEST_LETTERS)
    if said == case.explanation and case.state is not CodCaseState.OPEN:
        return None
    case.explanation, case.explained_by = said, actor.username
    if case.state is CodCaseState.OPEN:
        case.state = CodCaseState.EXPLAINED
    await keeper.work.cod_cases.put([case])
    await keeper.write([(case.key, CodEntryKind.EXPLAINED, said)], by=actor.username)
    return None


async def _assign(keeper: Bookkeeper, case: CodCase, number: str, actor: Actor) -> Refusal | None:
    books = keeper.work.cod_books
    line = None
    if case.remittance_id is not None and case.position is not None:
        line = await books.line(case.remittance_id, case.position)
    if line is None or line.number is not None:
        return refuse(Reason.COD_NOT_POSSIBLE, "consignment", key=case.key)
    order = (await keeper.work.carrier_desk.orders([number])).get(number)
    if order is None or order.carrier != line.carrier:
        return refuse(Reason.CONSIGNMENT_UNKNOWN, "consignment", number=number)
    line.number, line.matched_by, line.trouble = number, MatchedBy.HAND, None
    await books.put_line(line)
    await keeper.write([(case.key, CodEntryKind.ASSIGNED, number)], by=actor.username)
    await settle_payments(keeper, [line.remittance_id])
    await settle_accounts(keeper, [number])
    return None


async def _write_off(
    keeper: Bookkeeper, case: CodCase, wanted: Decision, actor: Actor
) -> Refusal | None:
    reason = wanted.reason.strip()
    if len(reason) < FEWEST_LETTERS:
        return refuse(Reason.WORDS_MISSING, "reason", fewest=FEWEST_LETTERS)
    number = case.number
    if number is None or not case.key.startswith(("owed:", "over:")):
        return refuse(Reason.COD_NOT_POSSIBLE, "write_off", key=case.key)
    # The money may have moved since the night looked.
    await settle_accounts(keeper, [number])
    case = await keeper.work.cod_cases.find(case.key) or case
    if case.state is CodCaseState.CLOSED or wanted.write_off_dong != case.amount_dong:
        return _changed(case)
    facts = (await keeper.work.cod_books.facts([number]))[number]
    before = sum(abs(one.amount_dong) for one in facts.written_off)
    if before + abs(case.amount_dong) > keeper.alone_dong:
        case.proposed_dong, case.proposed_by = case.amount_dong, actor.username
        case.proposed_reason = reason
        await keeper.work.cod_cases.put([case])
        said = f"{dong(case.amount_dong)}: {reason}"
        await keeper.write([(case.key, CodEntryKind.PROPOSED, said)], by=actor.username)
        return None
    await _written(keeper, case, reason, by=actor.username, approved_by=None)
    return None


async def _answer(keeper: Bookkeeper, case: CodCase, actor: Actor, *, yes: bool) -> Refusal | None:
    proposed, by = case.proposed_dong, case.proposed_by
    if proposed is None or by is None or case.number is None:
        return refuse(Reason.COD_NOT_POSSIBLE, "approve", key=case.key)
    if not yes:
        await keeper.work.cod_cases.put([case.model_copy(update=NO_PROPOSAL)])
        await keeper.write([(case.key, CodEntryKind.WITHDRAWN, "")], by=actor.username)
        return None
    if by == actor.username:
        return refuse(Reason.SECOND_PERSON_NEEDED, "approve", name=by)
    reason = case.proposed_reason or ""
    await settle_accounts(keeper, [case.number])
    case = await keeper.work.cod_cases.find(case.key) or case
    if case.proposed_dong != proposed or case.amount_dong != proposed:
        return _changed(case)
    await _written(keeper, case, reason, by=by, approved_by=actor.username)
    return None


def _changed(case: CodCase) -> Refusal:
    return refuse(
        Reason.COD_AMOUNT_CHANGED, "write_off", key=case.key, amount=dong(case.amount_dong)
    )


async def _written(
    keeper: Bookkeeper, case: CodCase, reason: str, *, by: str, approved_by: str | None
) -> None:
    number, amount = case.number, case.amount_dong
    if number is None:
        raise ValueError(case.key)
    await keeper.work.cod_books.add_write_off(
        WriteOff(
            id=keeper.new_id(),
            number=number,
            carrier=case.carrier,
            amount_dong=amount,
            reason=reason,
            written_by=by,
            approved_by=approved_by,
            written_at=keeper.now,
        )
    )
    await keeper.work.cod_cases.put([case.model_copy(update=NO_PROPOSAL)])
    said = f"{dong(amount)}: {reason} ({by})"
    await keeper.write([(case.key, CodEntryKind.WRITTEN_OFF, said)], by=approved_by or by)
    await settle_accounts(keeper, [number])
