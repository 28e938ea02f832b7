"""What a list is asked for, when something is overdue, and how a line is written."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from postal_bridge.journey import OPEN_STAGES, Stage, Status
from postal_bridge.storage import transfer_store
from postal_bridge.tracking.transfers import (
    OVERDUE_STATUSES,
    Transfer,
    TransferFilter,
    hours_held,
    is_overdue,
)
from tests.stores import HOUR, NOW, a_dossier, a_position

LATER = NOW + timedelta(days=3)


def test_only_open_items_are_meant_until_a_closed_stage_is_named() -> None:
    assert TransferFilter(now=NOW).open_only
    assert TransferFilter(now=NOW, stages=tuple(OPEN_STAGES)).open_only
    assert not TransferFilter(now=NOW, stages=(Stage.DESK, Stage.RETURNED)).open_only


def test_on_time_is_counted_to_the_minute() -> None:
    dossier = a_dossier(status=Status.PROCESSING)
    dossier.promised_at = datetime(2019, 1, 10, 10, 0, 30, tzinfo=UTC)
    assert not is_overdue(dossier, datetime(2019, 1, 10, 10, 0, 59, tzinfo=UTC))
    assert is_overdue(dossier, datetime(2019, 1, 10, 10, 1, tzinfo=UTC))


@pytest.mark.parametrize("status", Status)
def test_nothing_is_overdue_once_it_is_done_or_given_up(status: Status) -> None:
    dossier = a_dossier(status=status)
    done = {Status.REFUSED, Status.WITHDRAWN, Status.STOPPED, Status.RESOLVED, Status.RETURNED}
    assert is_overdue(dossier, LATER) == (status not in done)


def test_the_limit_stands_still_while_a_supplement_is_awaited() -> None:
    dossier = a_dossier(status=Status.SUPPLEMENT)
    dossier.paused_at = NOW + HOUR
    assert not is_overdue(dossier, LATER)
    dossier.paused_at = NOW + 9 * HOUR
    assert is_overdue(dossier, LATER)


def test_a_dossier_without_a_promise_is_never_overdue() -> None:
    dossier = a_dossier(status=Status.PROCESSING)
    dossier.promised_at = None
    assert not is_overdue(dossier, LATER)


def test_statements_name_the_statuses_in_which_something_is_owed() -> None:
    listed = ", ".join(str(status.value) for status in OVERDUE_STATUSES)
    assert f"d.status IN ({listed})" in transfer_store._LATE


def test_hours_are_whole_ones_and_never_below_none() -> None:
    assert hours_held(NOW, NOW + 3 * HOUR - timedelta(microseconds=1)) == 2
    assert hours_held(NOW, NOW + 3 * HOUR) == 3
    assert hours_held(NOW + HOUR, NOW) == 0
    assert hours_held(NOW, (NOW + HOUR).astimezone(timezone(7 * HOUR))) == 1


def test_a_line_is_written_without_what_is_not_there() -> None:
    position = a_position()
    line = Transfer(
        hours_held=1,
        **position.model_dump(exclude={"last_event_id", "pouch"}),
        last_event_id=str(position.last_event_id),
        holder_code="desk-1",
        holder_name="Quầy tiếp nhận",
        place_name="Quầy tiếp nhận",
        overdue=False,
    )
    written = msgspec.json.decode(msgspec.json.encode(line))
    assert written.keys() >= {"sealed", "overdue", "hours_held"}
    assert not written.keys() & {"pouch", "promised_at", "carrier", "consignment"}
    assert written["since"] == "2019-01-10T02:30:15.123456Z"
