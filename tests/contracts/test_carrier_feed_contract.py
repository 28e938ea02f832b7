"""What a carrier's own list of parcels must tell the night, wherever it comes from."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from postal_bridge.carriers.feed_file import FeedFile
from postal_bridge.clock import LOCAL
from postal_bridge.errors import Misuse
from postal_bridge.reconciliation.feed_ports import (
    CarrierFeed,
    FeedUnavailable,
    Parcel,
    ParcelState,
)
from postal_bridge.sandbox.carrier_feed import MemoryFeed

PORT = "reconciliation.feed_ports.CarrierFeed"
DAY = date(2019, 1, 10)
NOON = datetime(2019, 1, 10, 12, tzinfo=LOCAL).astimezone(UTC)
WORDS = {
    ParcelState.ACCEPTED: "Đã nhận đơn",
    ParcelState.ON_WAY: "Đang phát",
    ParcelState.DELIVERED: "Phát thành công",
    ParcelState.RETURNED: "Đã chuyển hoàn",
    ParcelState.CANCELLED: "Đã hủy",
    ParcelState.UNKNOWN: "161",
}


def in_memory(parcels: Sequence[Parcel], _: Path) -> CarrierFeed:
    return MemoryFeed(parcels)


def in_a_file(parcels: Sequence[Parcel], folder: Path) -> CarrierFeed:
    lines = ["Số đơn hàng;Mã bưu gửi;Trạng thái;Thời gian"]
    for one in parcels:
        at = one.at.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S") if one.at else ""
        lines.append(f"{one.reference};{one.waybill};{one.raw};{at}")
    file = folder / "hang.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return FeedFile(file)


Build = Callable[[Sequence[Parcel], Path], CarrierFeed]
IMPLEMENTATIONS: dict[str, Build] = {"memory": in_memory, "file": in_a_file}


@pytest.fixture(params=IMPLEMENTATIONS)
def feed_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., CarrierFeed]:
    def feed(*parcels: Parcel) -> CarrierFeed:
        return IMPLEMENTATIONS[str(request.param)](parcels, tmp_path)

    return feed


def parcel(
    serial: int,
    state: ParcelState = ParcelState.ON_WAY,
    *,
    at: datetime | None = NOON,
    reference: str | None = None,
) -> Parcel:
    return Parcel(
        reference=f"VD-{serial}" if reference is None else reference,
        waybill=f"CH{serial:09d}VN",
        state=state,
        at=at,
        raw=WORDS[state],
    )


async def test_every_state_is_told_with_the_carriers_own_word(
    feed_of: Callable[..., CarrierFeed],
) -> None:
    parcels = [parcel(serial, state) for serial, state in enumerate(ParcelState)]
    assert await feed_of(*parcels).parcels(DAY, DAY) == parcels


async def test_days_are_those_of_vietnam(feed_of: Callable[..., CarrierFeed]) -> None:
    midnight = datetime(2019, 1, 10, tzinfo=LOCAL).astimezone(UTC)
    second = timedelta(seconds=1)
    moments = [
        *(midnight - second, midnight, midnight + timedelta(days=1) - second),
        *(midnight + timedelta(days=1), None),
    ]
    feed = feed_of(*(parcel(serial, at=at) for serial, at in enumerate(moments)))
    assert [one.reference for one in await feed.parcels(DAY, DAY)] == ["VD-1", "VD-2", "VD-4"]


async def test_of_one_parcel_the_latest_state_counts(feed_of: Callable[..., CarrierFeed]) -> None:
    later = NOON + timedelta(hours=1)
    latest = parcel(1, ParcelState.DELIVERED, at=later)
    feed = feed_of(parcel(1, ParcelState.ACCEPTED), latest, parcel(1, ParcelState.ON_WAY))
    assert await feed.parcels(DAY, DAY) == [latest]


async def test_a_parcel_without_our_number_is_told_by_its_own(
    feed_of: Callable[..., CarrierFeed],
) -> None:
    stranger = parcel(7, reference="")
    assert await feed_of(parcel(8), stranger).parcels(DAY, DAY) == [stranger, parcel(8)]


async def test_a_list_that_cannot_be_had_is_no_empty_list(tmp_path: Path) -> None:
    memory = MemoryFeed()
    memory.broken = FeedUnavailable("xa")
    with pytest.raises(FeedUnavailable):
        await memory.parcels(DAY, DAY)
    missing = FeedFile(tmp_path / "none.csv")
    with pytest.raises(FeedUnavailable, match=r"none\.csv"):
        await missing.parcels(DAY, DAY)


async def test_a_file_that_cannot_be_read_surely_is_refused_with_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "hang.csv"
    file.write_text(
        "OrderNumber,ItemCode,StatusCode,EventTime\nVD-1,A,4,10/01/2019\n,,4,10/01/2019\n"
        "1.2E+15,B,4,31/02/2019\n",
        encoding="utf-8",
    )
    with pytest.raises(FeedUnavailable, match=r"(?s)dòng 3.*dòng 4"):
        await FeedFile(file).parcels(DAY, DAY)


async def test_columns_and_states_are_named_in_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "hang.csv"
    file.write_text("Ref|State|When\nVD-1|4|2019-01-10T12:00:00+07:00\n", encoding="utf-8")
    feed = FeedFile(
        file,
        columns=["reference = Ref", "state = State", "at = When"],
        states=["4 = delivered"],
    )
    (found,) = await feed.parcels(DAY, DAY)
    assert (found.reference, found.state, found.raw) == ("VD-1", ParcelState.DELIVERED, "4")


def test_a_wrong_pair_is_a_fault_of_the_settings() -> None:
    with pytest.raises(Misuse, match="must be one of"):
        FeedFile(Path("hang.csv"), columns=["ref = Ref"])
    with pytest.raises(Misuse, match="must be one of"):
        FeedFile(Path("hang.csv"), states=["4 = gone"])
