"""One transaction with all stores; nothing in it commits, the one who opened it does."""

from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from postal_bridge.clock import Clock
from postal_bridge.storage.carrier_store import CarrierDeskStore
from postal_bridge.storage.change_store import ChangeStore
from postal_bridge.storage.cod_store import CodBookStore, CodCaseStore
from postal_bridge.storage.custody_store import CustodyStore
from postal_bridge.storage.device_store import DeviceStore
from postal_bridge.storage.document_store import DocumentStore
from postal_bridge.storage.dossier_store import CatalogueStore, CounterStore, DossierStore
from postal_bridge.storage.inbound_store import InboundStore
from postal_bridge.storage.ledger_store import LedgerStore
from postal_bridge.storage.night_store import NightStore
from postal_bridge.storage.paper_status_store import PaperStatusStore
from postal_bridge.storage.paper_store import (
    ContentStore,
    FieldStore,
    PageStore,
    PrintedFormStore,
    UploadStore,
)
from postal_bridge.storage.pickup_store import CorrectionStore, PickupStore, RoundStore
from postal_bridge.storage.portal_store import PortalStepStore
from postal_bridge.storage.proof_store import ProofStore
from postal_bridge.storage.queue_store import JobRunStore, QueueStore
from postal_bridge.storage.refused_scan_store import RefusedScanStore
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.subscription_store import SubscriptionStore
from postal_bridge.storage.tables import InboxRow, OutboxRow
from postal_bridge.storage.tracking_store import (
    ConsignmentStore,
    HandoverStore,
    IncidentStore,
    PouchStore,
)
from postal_bridge.storage.transfer_store import TransferStore
from postal_bridge.storage.waybill_store import WaybillStore


class UnitOfWork:
    """The stores of one transaction; each is made when it is first asked for."""

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        province: str,
        clock: Clock,
        told: frozenset[str] = frozenset(),
    ) -> None:
        self.connection = connection
        self._told = told
        self._rows = Rows(connection, province=province)
        self._clock = clock

    async def flush(self) -> None:
        """Write what the stores have kept back to write it at once; before the commit."""
        await self._rows.flush()

    @cached_property
    def catalogue(self) -> CatalogueStore:
        """Places and procedures."""
        return CatalogueStore(self._rows)

    @cached_property
    def dossiers(self) -> DossierStore:
        """Dossiers."""
        return DossierStore(self._rows)

    @cached_property
    def counters(self) -> CounterStore:
        """Running numbers."""
        return CounterStore(self._rows)

    @cached_property
    def documents(self) -> DocumentStore:
        """Registered files."""
        return DocumentStore(self._rows)

    @cached_property
    def uploads(self) -> UploadStore:
        """Files on their way in."""
        return UploadStore(self._rows)

    @cached_property
    def pages(self) -> PageStore:
        """Captured pages."""
        return PageStore(self._rows)

    @cached_property
    def contents(self) -> ContentStore:
        """What must be in the vault."""
        return ContentStore(self._rows)

    @cached_property
    def fields(self) -> FieldStore:
        """What was read in the fields of forms."""
        return FieldStore(self._rows)

    @cached_property
    def papers(self) -> PaperStatusStore:
        """Reuse and approvals of papers."""
        return PaperStatusStore(self._rows)

    @cached_property
    def proofs(self) -> ProofStore:
        """Proofs of delivery."""
        return ProofStore(self._rows)

    @cached_property
    def printed_forms(self) -> PrintedFormStore:
        """Forms that were given out."""
        return PrintedFormStore(self._rows)

    @cached_property
    def custody(self) -> CustodyStore:
        """Items, events, positions."""
        return CustodyStore(self._rows)

    @cached_property
    def transfers(self) -> TransferStore:
        """The lists of what is underway."""
        return TransferStore(self._rows)

    @cached_property
    def changes(self) -> ChangeStore:
        """The ledger for those who follow it."""
        return ChangeStore(self._rows)

    @cached_property
    def refused_scans(self) -> RefusedScanStore:
        """Scans that were not taken."""
        return RefusedScanStore(self._rows)

    @cached_property
    def devices(self) -> DeviceStore:
        """Handhelds and their clocks."""
        return DeviceStore(self._rows)

    @cached_property
    def pouches(self) -> PouchStore:
        """Pouches."""
        return PouchStore(self._rows)

    @cached_property
    def handovers(self) -> HandoverStore:
        """Minutes of handovers."""
        return HandoverStore(self._rows)

    @cached_property
    def incidents(self) -> IncidentStore:
        """Incidents."""
        return IncidentStore(self._rows)

    @cached_property
    def consignments(self) -> ConsignmentStore:
        """Consignments."""
        return ConsignmentStore(self._rows)

    @cached_property
    def carrier_desk(self) -> CarrierDeskStore:
        """Orders at carriers, and what they told of them."""
        return CarrierDeskStore(self._rows)

    @cached_property
    def cod_books(self) -> CodBookStore:
        """Carriers' payments and what they are for."""
        return CodBookStore(self._rows)

    @cached_property
    def cod_cases(self) -> CodCaseStore:
        """Cases of money."""
        return CodCaseStore(self._rows)

    @cached_property
    def subscriptions(self) -> SubscriptionStore:
        """Who is told what happened, and what waits for them."""
        return SubscriptionStore(self._rows)

    @cached_property
    def waybills(self) -> WaybillStore:
        """Numbers that carriers gave out beforehand."""
        return WaybillStore(self._rows)

    @cached_property
    def pickups(self) -> PickupStore:
        """Pickup requests and slots."""
        return PickupStore(self._rows)

    @cached_property
    def rounds(self) -> RoundStore:
        """Rounds and their stops."""
        return RoundStore(self._rows)

    @cached_property
    def corrections(self) -> CorrectionStore:
        """What people said about addresses."""
        return CorrectionStore(self._rows, self._clock)

    @cached_property
    def ledger(self) -> LedgerStore:
        """The ledger as a whole."""
        return LedgerStore(self._rows)

    @cached_property
    def nights(self) -> NightStore:
        """Nights and cases."""
        return NightStore(self._rows)

    @cached_property
    def portal_steps(self) -> PortalStepStore:
        """What the national portal was told."""
        return PortalStepStore(self._rows)

    @cached_property
    def inbound(self) -> InboundStore:
        """Staff, sessions, answers, refused requests."""
        return InboundStore(self._rows)

    @cached_property
    def outbox(self) -> QueueStore:
        """What must be told to somebody outside."""
        return QueueStore(self._rows, OutboxRow, self._clock, told=self._told)

    @cached_property
    def inbox(self) -> QueueStore:
        """What somebody outside told us."""
        return QueueStore(self._rows, InboxRow, self._clock)

    @cached_property
    def job_runs(self) -> JobRunStore:
        """Claims of scheduled work."""
        return JobRunStore(self._rows)
