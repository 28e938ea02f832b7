"""What a night may mend by itself, where the settings allow it; each remedy leaves its event.

Three things, and no more: the citizen chose another way of getting the result and told only the
one-stop system; the department promised another day there; the one-stop system has not heard
that the result is with the citizen. Everything else is for a person to decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from postal_bridge.clock import format_day, local_day
from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import CLOSED_STAGES, Act, Stage, Status
from postal_bridge.outbox import RETURNED_TOPIC
from postal_bridge.reconciliation.records import Difference, DifferenceKind, OneStopDossier
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.ports import Tracked

_MODES = {0: "trả tại quầy", 1: "trả qua bưu chính"}


@dataclass(frozen=True)
class RemedyPolicy:
    """What the night may mend by itself.

    Attributes:
        follow_return_mode, follow_promised_day: take the one-stop system's word.
        tell_state: report a return again that it does not have.
    """

    follow_return_mode: bool = False
    follow_promised_day: bool = False
    tell_state: bool = False


async def remedy(
    difference: Difference,
    row: OneStopDossier | None,
    *,
    recorder: Recorder,
    policy: RemedyPolicy,
) -> str:
    """Mend a difference where that is allowed and possible; says what was done, else "".

    Dossier, event and message are written in the recorder's transaction.
    """
    if row is None or not _allowed(difference.kind, policy):
        return ""
    dossier = await recorder.work.dossiers.find(difference.dossier_code)
    if dossier is None:
        return ""
    if difference.kind is DifferenceKind.STATE:
        return await _tell(dossier, row, recorder)
    return await _follow(difference.kind, dossier, row, recorder)


def healed(difference: Difference) -> bool:
    """Whether the remedy ends the difference at once; a state has to be told and looked at again."""
    return difference.kind is not DifferenceKind.STATE


def _allowed(kind: DifferenceKind, policy: RemedyPolicy) -> bool:
    allowed: Mapping[DifferenceKind, bool] = {
        DifferenceKind.RETURN_MODE: policy.follow_return_mode,
        DifferenceKind.PROMISED_DAY: policy.follow_promised_day,
        DifferenceKind.STATE: policy.tell_state,
    }
    return allowed.get(kind, False)


async def _follow(
    kind: DifferenceKind, dossier: Dossier, row: OneStopDossier, recorder: Recorder
) -> str:
    tracked = await _travelling(dossier.code, recorder)
    if tracked is None or tracked.position is None:
        # Nothing of it is under way: what has ended is not amended behind people's backs.
        return ""
    if kind is DifferenceKind.RETURN_MODE:
        if tracked.position.stage is Stage.DELIVERY:
            return ""
        changes: dict[str, object] = {"return_mode": row.return_mode}
        said = f"hình thức trả: {_MODES[dossier.return_mode]} → {_MODES[row.return_mode]}"
    else:
        if row.promised_at is None:
            return ""
        changes = {"promised_at": row.promised_at}
        before = format_day(local_day(dossier.promised_at)) if dossier.promised_at else "không hẹn"
        said = f"ngày hẹn trả: {before} → {format_day(local_day(row.promised_at))}"
    note = f"Theo hệ thống một cửa, {said}"
    facts = Circumstances(place=tracked.position.place, note=note)
    await recorder.record(tracked, Act.AMEND, facts)
    await recorder.work.dossiers.change(dossier.code, **changes)
    return note


async def _travelling(code: str, recorder: Recorder) -> Tracked | None:
    """The newest item of the dossier whose journey has not ended, held for this transaction."""
    items = await recorder.work.dossiers.items(code)
    held = await recorder.work.custody.hold([item.code for item in items])
    still = [
        one
        for one in held.values()
        if one.position is not None and one.position.stage not in CLOSED_STAGES
    ]
    return max(still, key=lambda one: (one.item.created_at, one.item.code), default=None)


async def _tell(dossier: Dossier, row: OneStopDossier, recorder: Recorder) -> str:
    if (dossier.status, row.status) != (Status.RETURNED, Status.RESOLVED):
        return ""
    day = local_day(recorder.now)
    await recorder.work.outbox.put(
        RETURNED_TOPIC,
        key=f"{dossier.code}:again:{day.isoformat()}",
        payload={"dossier": dossier.code},
    )
    return "Báo lại hệ thống một cửa: đã trả kết quả cho công dân"
