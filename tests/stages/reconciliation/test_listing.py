"""What a list counts to: the same rules for both sides, by the calendar of Vietnam."""

from datetime import date, datetime, timedelta

from postal_bridge.clock import LOCAL
from postal_bridge.reconciliation.listing import EVERYBODY, Listing
from postal_bridge.reconciliation.ports import Counter
from tests.stages.reconciliation.two_sides import AGENCIES, AGENCY, DAY, PROMISED, our, their

OTHER = "000.00.01.H37"


def counted(listing: Listing, counter: Counter, agency: str = EVERYBODY) -> int:
    return listing.of(counter.value, first=DAY, last=DAY + timedelta(days=30), agency=agency)


def test_the_same_dossiers_count_the_same_on_both_sides() -> None:
    ours, theirs = Listing(AGENCIES), Listing(AGENCIES)
    late = PROMISED + timedelta(minutes=1)
    ours.add_ours([our(1), our(2, channel=3, status=9, resolved_at=late), our(3, status=3)])
    theirs.add_theirs([their(1), their(2, channel=3, status=9, resolved_at=late)])
    theirs.add_theirs([their(3, status=3)])
    assert (ours.rows, ours.late, ours.on_time) == (theirs.rows, theirs.late, theirs.on_time)
    assert (ours.rows, ours.late, ours.on_time) == (3, 1, 0)
    assert ours.counts == theirs.counts


def test_a_department_counts_as_its_agency_by_whichever_name() -> None:
    listing = Listing(AGENCIES)
    listing.add_theirs([their(1), their(2, department_code="SNGV"), their(3, department_code="?")])
    assert counted(listing, Counter.RECEIVED, AGENCY) == 2
    assert counted(listing, Counter.RECEIVED, "?") == 1
    assert counted(listing, Counter.RECEIVED) == 3


def test_the_channels_are_parts_of_what_was_received() -> None:
    listing = Listing(AGENCIES)
    listing.add_ours([our(serial, channel=serial % 3 + 1) for serial in range(9)])
    parts = (Counter.RECEIVED_DIRECT, Counter.RECEIVED_ONLINE, Counter.RECEIVED_POSTAL)
    assert [counted(listing, one) for one in parts] == [3, 3, 3]
    assert counted(listing, Counter.RECEIVED) == 9


def test_new_and_refused_dossiers_are_not_received() -> None:
    listing = Listing(AGENCIES)
    listing.add_theirs([their(1, status=1), their(2, status=3), their(3, status=0)])
    assert counted(listing, Counter.RECEIVED) == 1


def test_what_the_citizen_has_counts_by_the_day_of_the_return() -> None:
    listing = Listing(AGENCIES)
    returned = datetime(2019, 1, 16, 23, 59, 59, tzinfo=LOCAL)
    row = their(status=10, return_mode=1, resolved_at=PROMISED, returned_at=returned)
    listing.add_theirs([row, their(2, department_code=OTHER)])
    day = date(2019, 1, 16)
    for counter in (Counter.RETURNED, Counter.POSTAL_RETURNED):
        assert listing.of(counter.value, first=day, last=day) == 1
        assert listing.of(counter.value, first=day, last=day, agency=OTHER) == 0
    assert counted(listing, Counter.POSTAL_REGISTERED) == 1
