"""The configured outside systems, built: carriers with wire and status map, the one-stop system."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from postal_bridge.carriers.catalogue import adapter_of
from postal_bridge.carriers.feed_file import FeedFile
from postal_bridge.carriers.provinces import locate
from postal_bridge.carriers.statuses import StatusMap, load_statuses
from postal_bridge.carriers.wire import Patience, Wire
from postal_bridge.clock import Clock
from postal_bridge.onestop.igate import IGate
from postal_bridge.onestop.national_portal import DvcNationalPortal
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.tandan import TanDan
from postal_bridge.onestop.wire import Patience as OneStopPatience
from postal_bridge.reconciliation.feed_ports import CarrierFeed
from postal_bridge.sections import (
    CarrierSettings,
    NationalPortalSettings,
    OneStopSettings,
    Settings,
)
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.tracking.carrier_ports import CallLog
from postal_bridge.tracking.carrier_values import Party
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.orders import Connection, Orders, Transactions
from postal_bridge.tracking.questions import Questions
from postal_bridge.tracking.upkeep import Upkeep
from postal_bridge.tracking.watching import Watch, Watched
from postal_bridge.tracking.waybills import PoolTerms

STATUSES = CONFIG_DIR / "carriers" / "statuses"


def make_connections(
    settings: Settings, *, clock: Clock, log: CallLog, identifiers: Identifiers
) -> dict[str, Watched]:
    """Every configured carrier, by its name in the settings.

    Raises:
        Misuse: a kind that nobody knows, a setting that is missing, a status map that is wrong.
    """
    statuses = load_statuses(STATUSES)
    return {
        name: _watched(
            Wire(
                name,
                base_url=one.base_url,
                patience=_patience(one),
                clock=clock,
                log=log,
                identifiers=identifiers,
            ),
            one,
            settings,
            statuses=statuses,
            clock=clock,
        )
        for name, one in settings.carriers.items()
    }


@dataclass(frozen=True)
class CarrierWork:
    """What is done for carriers in the background.

    Attributes:
        seconds: how long one order may take on its way to a carrier.
    """

    orders: Orders
    watch: Watch
    upkeep: Upkeep
    questions: Questions
    every: Mapping[str, timedelta]
    seconds: float


def make_carrier_work(
    carriers: Mapping[str, Watched],
    *,
    settings: Settings,
    transactions: Transactions,
    clock: Clock,
    identifiers: Identifiers,
) -> CarrierWork:
    """The background work for these connections."""
    configured = settings.carriers
    return CarrierWork(
        orders=Orders(
            transactions=transactions,
            connections={name: one.connection for name, one in carriers.items()},
            locate=locate,
            clock=clock,
            identifiers=identifiers,
        ),
        watch=Watch(
            transactions=transactions, carriers=carriers, clock=clock, identifiers=identifiers
        ),
        questions=Questions(
            {name: one.connection for name, one in carriers.items()}, locate=locate
        ),
        upkeep=Upkeep(
            transactions=transactions, carriers=carriers, clock=clock, identifiers=identifiers
        ),
        every={name: timedelta(minutes=configured[name].look_minutes) for name in carriers},
        # A look-up may come before the order, and a cancellation after it.
        seconds=3 * max((one.total_seconds for one in configured.values()), default=1.0),
    )


def _watched(
    wire: Wire,
    one: CarrierSettings,
    settings: Settings,
    *,
    statuses: StatusMap,
    clock: Clock,
) -> Watched:
    adapter = adapter_of(wire.name, one)
    return Watched(
        connection=Connection(
            carrier=adapter(wire.name, settings=one, wire=wire, clock=clock),
            sender=_sender(one, settings),
            place=settings.province.centre,
            quiet=timedelta(seconds=2 * one.total_seconds),
            pool=PoolTerms(warn_below=one.waybills_warn_below, place=settings.province.centre)
            if one.waybills
            else None,
        ),
        meanings=statuses.replaced(Path(one.status_map)) if one.status_map else statuses,
        silence=timedelta(hours=one.silence_hours),
        calls_kept=timedelta(days=one.calls_kept_days),
        warn_before=timedelta(days=one.credentials_warn_days),
        resting=wire.resting,
    )


def _sender(one: CarrierSettings, settings: Settings) -> Party:
    return Party(
        name=one.sender_name or settings.province.name,
        phone=one.sender_phone,
        address=one.sender_address,
        province=one.sender_province,
        district=one.sender_district,
        ward=one.sender_ward,
    )


def _patience(one: CarrierSettings) -> Patience:
    return Patience(
        timeout_seconds=one.timeout_seconds,
        attempts=one.attempts,
        total_seconds=one.total_seconds,
        per_minute=one.rate_per_minute,
        at_once=one.at_once,
    )


def make_feeds(settings: Settings) -> dict[str, CarrierFeed]:
    """The lists of those carriers that have one."""
    return {
        name: FeedFile(Path(one.feed_file), columns=one.feed_columns, states=one.feed_states)
        for name, one in settings.carriers.items()
        if one.feed_file
    }


def make_portal(settings: NationalPortalSettings, *, clock: Clock) -> DvcNationalPortal | None:
    """The national portal; none where no address is given."""
    return DvcNationalPortal(settings, clock=clock) if settings.base_url else None


def make_onestop(
    settings: OneStopSettings, *, clock: Clock | None = None
) -> OpenCps | TanDan | IGate | None:
    """The adapter of the configured one-stop system; none where no address is given.

    Raises:
        Misuse: the section cannot work; the text names the key.
    """
    if not settings.base_url:
        return None
    patience = OneStopPatience(
        timeout_seconds=settings.timeout_seconds,
        attempts=settings.attempts,
        total_seconds=settings.total_seconds,
    )
    password = settings.password.get_secret_value()
    if settings.profile == "tandan":
        return TanDan(
            settings.base_url,
            username=settings.username,
            password=password,
            page_size=settings.page_size,
            patience=patience,
            clock=clock,
        )
    if settings.profile == "igate":
        return IGate(
            settings.base_url,
            token_url=settings.token_url,
            client_id=settings.client_id,
            username=settings.username,
            password=password,
            page_size=settings.page_size,
            patience=patience,
            clock=clock,
        )
    return OpenCps(
        settings.base_url,
        group_id=settings.group_id,
        username=settings.username,
        password=password,
        page_size=settings.page_size,
        patience=patience,
        clock=clock,
    )
