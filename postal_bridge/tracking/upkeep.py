"""Upkeep of connections, once a day: credentials, codes that were gaps, calls that are old.

Credentials that end are noticed before they end: an incident opens while there is time to renew
them. Reports of a code that a newer status map knows are carried over as if they came today.
"""

from collections.abc import Mapping

from postal_bridge.clock import Clock, format_day, local_day
from postal_bridge.identity import CARRIER
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.carrier_news import carry_over
from postal_bridge.tracking.carrier_ports import Verifies
from postal_bridge.tracking.carrier_records import CredentialCheck
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.orders import Transactions
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import IncidentKind
from postal_bridge.tracking.watching import Watched

SAID_LENGTH = 4_000


class Upkeep:
    """Tends connections.

    Args:
        transactions: opens transactions.
        carriers: by name of the connection.
        clock: the moment of what is written down.
        identifiers: makes ids of events and incidents.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        carriers: Mapping[str, Watched],
        clock: Clock,
        identifiers: Identifiers,
    ) -> None:
        self._transactions = transactions
        self._carriers = carriers
        self._clock = clock
        self._identifiers = identifiers

    async def tend(self, name: str) -> None:
        """Do a connection's upkeep; never raises for what the carrier does."""
        await self._check_credentials(name)
        await self._map_gaps(name)
        async with self._transactions.begin() as work:
            before = self._clock.now() - self._carriers[name].calls_kept
            await work.carrier_desk.forget_calls(name, before=before)

    async def _check_credentials(self, name: str) -> None:
        carrier = self._carriers[name].connection.carrier
        if not isinstance(carrier, Verifies):
            return
        told = await carrier.verify()
        check = CredentialCheck(
            carrier=name,
            at=self._clock.now(),
            well=told.well,
            said=told.said[:SAID_LENGTH],
            expires_at=told.expires_at,
        )
        async with self._transactions.begin() as work:
            desk = work.carrier_desk
            earlier = next((one for one in await desk.checks() if one.carrier == name), None)
            await desk.put_check(check)
            if not check.well and (earlier is None or earlier.well):
                text = f"hãng không nhận thông tin đăng nhập (credentials refused): {check.said}"
                await self._incident(work, name, f"credentials:{check.at.isoformat()}", text)
            end = check.expires_at
            if end is not None and end - check.at < self._carriers[name].warn_before:
                day = format_day(local_day(end))
                text = f"thông tin đăng nhập hết hạn ngày {day} (credentials expire on {day})"
                await self._incident(work, name, f"credentials-end:{end.isoformat()}", text)

    async def _incident(self, work: CustodyWork, name: str, occasion: str, note: str) -> None:
        await open_incident(
            self._recorder(work),
            IncidentKind.CARRIER,
            name,
            place=self._carriers[name].connection.place,
            handover=occasion[:60],
            note=note[:SAID_LENGTH],
        )

    async def _map_gaps(self, name: str) -> None:
        """Carry over the reports whose code the status map has learnt since they came."""
        async with self._transactions.begin(write=False) as work:
            gaps = [one for one in await work.carrier_desk.gaps() if one.carrier == name]
        for gap in gaps:
            meaning = self._carriers[name].meanings.meaning(gap.vocabulary, gap.raw_code)
            if meaning is None:
                continue
            milestone, why = meaning
            # One transaction: reports that are mapped and not carried over would never be again.
            async with self._transactions.begin() as work:
                numbers = await work.carrier_desk.map_code(
                    gap, milestone=milestone.value, why=why.value if why else None
                )
                for number in numbers:
                    await carry_over(self._recorder(work), number)

    def _recorder(self, work: CustodyWork) -> Recorder:
        now = self._clock.now()
        return Recorder(work, actor=CARRIER, now=now, identifiers=self._identifiers)
