"""What can be set: every section of the settings, with the type, unit and bounds of each key.

`config/default.toml` says what each key means and holds its default; `settings.py` reads it.
"""

from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from postal_bridge.paper_sections import DocumentsSettings, SigningSettings, VaultSettings
from postal_bridge.setting_types import (
    Addresses,
    Confidential,
    Count,
    Pairs,
    RestDays,
    Seconds,
    Section,
    Session,
    Sessions,
    Weekdays,
    Words,
)


class ServiceSettings(Section):
    """Where the service listens and how it speaks."""

    host: str
    port: int = Field(ge=0, le=65535)
    language: Literal["vi", "en"]
    body_limit_bytes: Count
    stream_poll_seconds: Seconds
    stream_limit: Count
    replay_clock: bool
    processes: Count
    log_level: Literal["debug", "info", "warning", "error"]


class DatabaseSettings(Section):
    """Where the records are kept."""

    url: Confidential = Field(pattern=r"^(sqlite\+aiosqlite|postgresql\+asyncpg)://")
    pool_size: Count
    busy_timeout_ms: Count
    statement_timeout_ms: Count


class ProvinceSettings(Section):
    """Whose post and one-stop centre this is."""

    code: str = Field(pattern="^[A-Z][0-9]{2}$")
    name: str
    centre: str


class CalendarSettings(Section):
    """When offices work; `file` is absolute once the settings are loaded."""

    file: Path
    sessions: Sessions
    rest_days: RestDays
    receive_cutoff: time


class OneStopSettings(Section):
    """The province's one-stop system."""

    profile: Literal["opencps", "tandan", "igate"]
    base_url: str
    group_id: str
    username: str
    password: SecretStr
    client_id: str
    token_url: str
    write_back: bool
    page_size: Count
    timeout_seconds: Seconds
    attempts: Count
    total_seconds: Seconds


class OneStopFileSettings(Section):
    """A one-stop system's export: what its columns are called, and what its words stand for."""

    sheet: str
    code: Words = Field(min_length=1)
    procedure: Words = Field(min_length=1)
    department: Words = Field(min_length=1)
    status: Words = Field(min_length=1)
    channel: Words = Field(min_length=1)
    return_mode: Words = Field(min_length=1)
    received: Words = Field(min_length=1)
    promised: Words = Field(min_length=1)
    resolved: Words
    returned: Words
    fee: Words
    statuses: Pairs
    channels: Pairs
    return_modes: Pairs
    departments: Pairs
    sums: Words
    date_order: Literal["day_first", "month_first", "detect"]
    limit_bytes: Count


class NationalPortalSettings(Section):
    """The national public service portal; without an address nothing is told to it."""

    base_url: str
    login_path: str
    service_path: str
    username: str
    password: SecretStr
    dstcode: str
    unit_code: str
    citizen_kind: Literal["1", "0"]
    timeout_seconds: Seconds
    attempts: Count
    total_seconds: Seconds


class MailSettings(Section):
    """The mail server that reports leave by; without a host none is sent."""

    host: str
    smtp_port: int = Field(ge=1, le=65535)
    security: Literal["none", "starttls", "tls"]
    username: str
    password: SecretStr
    sender: str
    timeout_seconds: Seconds


class CarrierSettings(Section):
    """One carrier; `[carriers.NAME]` may stand as often as there are carriers.

    Which keys a kind needs, docs/carriers.md says; one that is missing stops the start by name.
    Codes of provinces are the national statistics office's two digits.
    """

    kind: str
    base_url: str = ""
    variant: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    token_url: str = ""
    customer_code: str = ""
    contract_code: str = ""
    shop: str = ""
    province_codes: str = "vnpost"
    sender_name: str = ""
    sender_phone: str = ""
    sender_address: str = ""
    sender_province: str = ""
    sender_district: str = ""
    sender_ward: str = ""
    callback_secret: SecretStr = SecretStr("")
    wsdl: str = ""
    operation: str = ""
    operation_fields: Pairs = ()
    status_map: str = ""
    timeout_seconds: Seconds = 20
    attempts: Count = 3
    total_seconds: Seconds = 60
    rate_per_minute: Count = 600
    at_once: Count = 4
    look_minutes: Count = 10
    silence_hours: Count = 72
    waybills: bool = False
    waybills_warn_below: int = Field(default=50, ge=0)
    calls_kept_days: Count = 90
    credentials_warn_days: Count = 14
    feed_file: str = ""
    feed_columns: Pairs = ()
    feed_states: Pairs = ()


class WebhooksSettings(Section):
    """Subscribers who are told over HTTP what happened.

    Attributes:
        source: of every event; names this installation, and stays the same for ever.
    """

    source: str = Field(min_length=1)
    timeout_seconds: Seconds
    patience_days: Count
    kept_days: Count
    old_secret_hours: Count
    allow_private: bool


class CodSettings(Section):
    """Money that carriers collect; the words are the headings of carriers' lists of payments."""

    days_to_pay: Count
    write_off_alone_dong: int = Field(ge=0)
    name: Words = Field(min_length=1)
    other_name: Words
    paid: Words = Field(min_length=1)
    fee: Words
    gross: Words
    sums: Words
    limit_bytes: Count


class PickupSettings(Section):
    """Collections at citizens' homes and returns to them.

    Attributes:
        carrier: a connection of `[carriers.NAME]`; empty where only our own couriers drive.
    """

    morning: Session
    afternoon: Session
    capacity: Count
    cut_off_minutes: int = Field(ge=0)
    horizon_days: Count
    attempts: Count
    must_within_days: int = Field(ge=0)
    wait_dong: int = Field(ge=0)
    service_seconds: Count
    shuttle_seconds: Count
    experience_stops: Count
    dong_per_km: int = Field(ge=0)
    dong_per_hour: int = Field(ge=0)
    solver_seconds: float = Field(ge=0)
    plan_before_minutes: int = Field(ge=0)
    replan_minutes: Count
    remind_before_minutes: int = Field(ge=0)
    carrier: str
    carrier_beyond_km: Count


class ShiftSettings(Section):
    """A vehicle with its courier; `[shifts.NAME]` may stand as often as there are any."""

    office: str
    vehicle: str
    courier: str
    hours: Session
    capacity_items: Count = 60
    capacity_kg: Count = 40
    fixed_dong: int = Field(default=0, ge=0)
    lunch: Session | Literal[""] = ""
    lunch_minutes: Count = 60
    max_trips: Count = 2
    reload_minutes: int = Field(default=15, ge=0)


class ShuttleSettings(Section):
    """A recurring visit to a department; `[shuttles.NAME]` may stand as often as there are any."""

    office: str
    place: str
    hours: Session
    weekdays: Weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    items: Count = 20
    kg: Count = 10


class GeographySettings(Section):
    """Where addresses are, and how far it is between them; paths are relative to this folder."""

    gazetteer: Path
    points: str
    service: str
    service_url: str
    service_agent: str
    service_api_key: SecretStr
    service_seconds_between: Seconds
    service_timeout_seconds: Seconds
    service_keep_days: Count
    service_cache: str
    road_factor: float = Field(ge=1, le=5)
    speed_kmh: float = Field(gt=0, le=120)
    osrm_url: str
    osrm_profile: str
    osrm_timeout_seconds: Seconds
    osrm_table_size: int = Field(ge=2)


class TrackingSettings(Section):
    """Scans from the handhelds."""

    scan_ahead_limit_minutes: int = Field(ge=0)
    clock_tolerance_seconds: int = Field(ge=0)
    batch_limit: Count
    ledger_months_kept: Count


class NightlySettings(Section):
    """The nightly reconciliation; `at` and `warn_at` are local times.

    A remedy says what a night may mend by itself; `none` leaves the case to a person.
    """

    enabled: bool
    at: time
    warn_at: time
    lookback_days: Count
    lease_minutes: Count
    resume_hours: int = Field(ge=0)
    engine: Literal["duckdb", "spark"]
    counts_first_from: int = Field(ge=0)
    full_sweep_days: Count
    most_look_ups: Count
    case_due_days: Count
    report_to: Addresses
    remedy_return_mode: Literal["none", "follow"]
    remedy_promised_day: Literal["none", "follow"]
    remedy_state: Literal["none", "tell"]


class OutboxSettings(Section):
    """How messages leave."""

    poll_seconds: Seconds
    look_seconds: Seconds
    batch: Count
    lease_seconds: Seconds
    attempts: Count


class SecuritySettings(Section):
    """Sessions, password hashing and how often one may try."""

    session_hours: Count
    argon2_time_cost: Count
    argon2_memory_kib: int = Field(ge=8)
    argon2_parallelism: Count
    ledger_key_file: Path
    sign_in_attempts_per_minute: Count
    track_attempts_per_minute: Count
    public_lookup: bool


class Settings(Section):
    """Everything the operator decides."""

    service: ServiceSettings
    database: DatabaseSettings
    vault: VaultSettings
    province: ProvinceSettings
    calendar: CalendarSettings
    onestop: OneStopSettings
    onestop_file: OneStopFileSettings
    national_portal: NationalPortalSettings
    mail: MailSettings
    carriers: dict[str, CarrierSettings]
    cod: CodSettings
    webhooks: WebhooksSettings
    pickup: PickupSettings
    shifts: dict[str, ShiftSettings]
    shuttles: dict[str, ShuttleSettings]
    geography: GeographySettings
    documents: DocumentsSettings
    signing: SigningSettings
    tracking: TrackingSettings
    nightly: NightlySettings
    outbox: OutboxSettings
    security: SecuritySettings
    config_dir: Path
    """The folder of `default.toml`; no key, it is handed in."""
