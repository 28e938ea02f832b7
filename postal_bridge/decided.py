"""What the operator decides, as the rooms take it."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from postal_bridge.documents.terms import PaperTerms
from postal_bridge.outbox import PORTAL_TOPIC, REGISTER_TOPIC, RETURNED_TOPIC
from postal_bridge.pickup.records import Half, PickupKind
from postal_bridge.pickup.terms import PickupTerms, ShiftTerms, ShuttleTerms
from postal_bridge.reconciliation.night_house import NightPolicy
from postal_bridge.reconciliation.remedies import RemedyPolicy
from postal_bridge.sections import Settings, ShiftSettings, ShuttleSettings
from postal_bridge.worktime import WorkCalendar

if TYPE_CHECKING:
    from postal_bridge.geography.opening import GeographyOptions

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def make_policy(settings: Settings) -> NightPolicy:
    """How nights are run, as the operator decides."""
    nightly = settings.nightly
    return NightPolicy(
        lookback_days=nightly.lookback_days,
        resume_hours=nightly.resume_hours,
        counts_first_from=nightly.counts_first_from,
        full_sweep_days=nightly.full_sweep_days,
        most_look_ups=nightly.most_look_ups,
        case_due_days=nightly.case_due_days,
        remedies=RemedyPolicy(
            follow_return_mode=nightly.remedy_return_mode == "follow",
            follow_promised_day=nightly.remedy_promised_day == "follow",
            tell_state=nightly.remedy_state == "tell" and settings.onestop.write_back,
        ),
    )


def topics_told(settings: Settings) -> frozenset[str]:
    """Which messages somebody takes here; others of their kind are not even written."""
    portal = {PORTAL_TOPIC} if settings.national_portal.base_url else set()
    writes = settings.onestop.base_url and settings.onestop.write_back
    return frozenset(portal | ({REGISTER_TOPIC, RETURNED_TOPIC} if writes else set()))


def make_paper_terms(settings: Settings) -> PaperTerms:
    """On which terms papers are taken and kept."""
    documents = settings.documents
    return PaperTerms(
        upload_limit_bytes=documents.upload_limit_bytes,
        part_bytes=documents.part_bytes,
        dots_per_inch=documents.dots_per_inch,
        page_limit_bytes=documents.page_limit_bytes,
        originals_kept=timedelta(days=documents.keep_originals_days),
        parts_kept=timedelta(days=documents.keep_parts_days),
        author=f"Bưu điện tỉnh {settings.province.name}",
    )


def make_pickup_terms(settings: Settings, calendar: WorkCalendar) -> PickupTerms:
    """How pickups are taken and planned; shifts without a courier and shuttles to nowhere are off."""
    pickup = settings.pickup
    home, desk = timedelta(seconds=pickup.service_seconds), pickup.shuttle_seconds
    return PickupTerms(
        calendar=calendar,
        hours={Half.MORNING: pickup.morning, Half.AFTERNOON: pickup.afternoon},
        capacity=pickup.capacity,
        cut_off=timedelta(minutes=pickup.cut_off_minutes),
        horizon_days=pickup.horizon_days,
        attempts=pickup.attempts,
        must_within_days=pickup.must_within_days,
        wait_dong=pickup.wait_dong,
        service={
            PickupKind.COLLECT: home,
            PickupKind.RETURN: home,
            PickupKind.SHUTTLE: timedelta(seconds=desk),
        },
        experience_stops=pickup.experience_stops,
        dong_per_km=pickup.dong_per_km,
        dong_per_hour=pickup.dong_per_hour,
        solver_seconds=pickup.solver_seconds,
        shifts=tuple(_shift(name, one) for name, one in settings.shifts.items() if one.courier),
        shuttles=tuple(_shuttle(name, one) for name, one in settings.shuttles.items() if one.place),
        carrier=pickup.carrier,
        carrier_beyond_metres=1_000 * pickup.carrier_beyond_km,
    )


def _shift(name: str, one: ShiftSettings) -> ShiftTerms:
    return ShiftTerms(
        name=name,
        office=one.office,
        vehicle=one.vehicle,
        courier=one.courier,
        hours=one.hours,
        capacity_items=one.capacity_items,
        capacity_grams=1_000 * one.capacity_kg,
        fixed_dong=one.fixed_dong,
        lunch=one.lunch or None,
        lunch_minutes=one.lunch_minutes,
        max_trips=one.max_trips,
        reload_minutes=one.reload_minutes,
    )


def _shuttle(name: str, one: ShuttleSettings) -> ShuttleTerms:
    return ShuttleTerms(
        name=name,
        office=one.office,
        place=one.place,
        hours=one.hours,
        weekdays=tuple(_WEEKDAYS.index(day) for day in one.weekdays),
        items=one.items,
        grams=1_000 * one.kg,
    )


def make_geography(settings: Settings) -> "GeographyOptions":
    """Who finds addresses and measures ways."""
    from postal_bridge.geography.opening import GeographyOptions  # heavy
    from postal_bridge.geography.service import ServiceTerms

    geo = settings.geography
    key = geo.service_api_key.get_secret_value()
    return GeographyOptions(
        gazetteer_file=settings.config_dir / geo.gazetteer,
        points_file=settings.config_dir / geo.points if geo.points else None,
        service=geo.service,
        service_url=geo.service_url,
        service_agent=geo.service_agent,
        service_options={"api_key": key} if key else {},
        service_terms=ServiceTerms(
            seconds_between=geo.service_seconds_between,
            timeout_seconds=geo.service_timeout_seconds,
            keep_days=geo.service_keep_days,
        ),
        service_cache=Path(geo.service_cache) if geo.service_cache else None,
        road_factor=geo.road_factor,
        speed_kmh=geo.speed_kmh,
        osrm_url=geo.osrm_url,
        osrm_profile=geo.osrm_profile,
        osrm_timeout_seconds=geo.osrm_timeout_seconds,
        osrm_table_size=geo.osrm_table_size,
    )
