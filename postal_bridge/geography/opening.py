"""Opens the geography as it is configured: who finds addresses, and who knows distances."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from postal_bridge.clock import Clock
from postal_bridge.errors import Misuse
from postal_bridge.geography.chain import ChainGeocoder
from postal_bridge.geography.distances import GreatCircle, Osrm
from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.kept_lines import KeptLines
from postal_bridge.geography.service import OutsideService, ServiceTerms, make_service
from postal_bridge.geography.units_file import read_units
from postal_bridge.pickup.place_ports import Corrections, Distances, Geocoder


@dataclass(frozen=True, kw_only=True)
class GeographyOptions:
    """What the operator decides.

    Attributes:
        gazetteer_file: the list of units.
        points_file: the office's own points of wards; none for those of the list.
        service: geopy's name of an outside geocoder, such as `nominatim`; empty for none.
        service_url: of an installation of one's own; empty for geopy's default.
        service_agent: names the office to the service, with an address to write to.
        service_options: further ones of that geocoder, such as `api_key`.
        service_terms: how it may be asked.
        service_cache: where its answers are remembered; none for memory alone.
        road_factor: how much longer a road is than the crow flies.
        speed_kmh: on it.
        osrm_url: of an OSRM server; empty for none.
        osrm_profile, osrm_timeout_seconds, osrm_table_size: as the server was set up.
    """

    gazetteer_file: Path
    points_file: Path | None = None
    service: str = ""
    service_url: str = ""
    service_agent: str = ""
    service_options: Mapping[str, object] = field(default_factory=dict)
    service_terms: ServiceTerms = field(default_factory=ServiceTerms)
    service_cache: Path | None = None
    road_factor: float = 1.35
    speed_kmh: float = 28.0
    osrm_url: str = ""
    osrm_profile: str = "driving"
    osrm_timeout_seconds: float = 20.0
    osrm_table_size: int = 100


@dataclass(frozen=True)
class Geography:
    """What pickups need of it."""

    geocoder: Geocoder
    distances: Distances
    gazetteer: Gazetteer


@asynccontextmanager
async def opened_geography(
    options: GeographyOptions, *, corrections: Corrections, clock: Clock
) -> AsyncIterator[Geography]:
    """Read the list of units, open the connections, and close them at the end.

    Raises:
        Misuse: something is configured that cannot be; the text says which and how to mend it.
    """
    gazetteer = Gazetteer(read_units(options.gazetteer_file, own_points=options.points_file))
    async with AsyncExitStack() as stack:
        service: OutsideService | None = None
        if options.service:
            service = await stack.enter_async_context(_service(options, clock))
        great_circle = GreatCircle(road_factor=options.road_factor, speed_kmh=options.speed_kmh)
        distances: Distances = great_circle
        if options.osrm_url:
            osrm = Osrm(
                options.osrm_url,
                fallback=great_circle,
                profile=options.osrm_profile,
                timeout_seconds=options.osrm_timeout_seconds,
                table_size=options.osrm_table_size,
            )
            distances = await stack.enter_async_context(osrm)
        geocoder = ChainGeocoder(gazetteer, corrections=corrections, service=service)
        yield Geography(geocoder, distances, gazetteer)


def _service(options: GeographyOptions, clock: Clock) -> OutsideService:
    if not options.service_agent:
        raise Misuse("geography.service_agent: say who asks, with an address to write to")
    return make_service(
        options.service,
        base_url=options.service_url,
        user_agent=options.service_agent,
        options=options.service_options,
        terms=options.service_terms,
        kept=KeptLines(options.service_cache),
        clock=clock,
    )
