"""The one-stop system of make OpenCPS v2: the list of dossiers, one dossier, a month's count.

Wire facts: reference on one-stop systems, sections 2.3 (status numbers), 3.1 (routes, columns)
and 8.1 profile A (ranges, dates, moves). Rows stand in `opencps_rows`, figures in
`opencps_statistics`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from functools import partial
from itertools import product

import aiohttp
import msgspec

from postal_bridge.clock import Clock, SystemClock
from postal_bridge.errors import Misuse
from postal_bridge.onestop.opencps_rows import (
    BY_POST,
    DELIVERED_BY_POST,
    ONLINE,
    POSTAL,
    REGISTERED_FOR_POST,
    STATUS,
    WITHOUT_NUMBER,
    listed,
)
from postal_bridge.onestop.opencps_statistics import by_months
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.reading import Asking, Key, Reading, steady, the_one
from postal_bridge.onestop.wire import Patience, Sleep, Wire
from postal_bridge.reconciliation.desk_ports import PostalReceiver, Unsupported
from postal_bridge.reconciliation.ports import (
    OneStopPage,
    OneStopRefused,
    OneStopStatistics,
    Slice,
    Tape,
)
from postal_bridge.reconciliation.records import OneStopDossier

BASE_PATH = "/o/rest/v2"
LARGEST_PAGE = 1000
"""More rows in one question are answered with 400 (reference, section 8.1)."""

SMALLEST_PAGE = 2
"""One row of every page but the first only proves that nothing moved."""

_BEFORE_THE_RETURN = frozenset({"releasing", "posting"})
_RETURNED = "done"


class OpenCps:
    """Asks an OpenCPS v2 system on behalf of one group (a province's site).

    Building it keeps the address and the limits and opens nothing; an address or a page size
    that cannot work is `Misuse`. At its desk only the return of a result can be written down:
    no route is published that registers a result for the post, or takes that back.

    Args:
        base_url: the server's address, with or without `/o/rest/v2`.
        group_id: sent as the header `groupId`.
        username: for HTTP basic authentication.
        password: for HTTP basic authentication.
        page_size: rows in one question, 2..1000.
        patience: limits of one question.
        clock: for a `Retry-After` that names a date.
        sleep: how to wait between attempts; tests hand in one that does not.
    """

    name = "opencps"
    tells_fees = False
    countable = frozenset({"days", "status", "agency", "channel", "return_mode"})
    writes = frozenset({"record_returned"})

    def __init__(
        self,
        base_url: str,
        *,
        group_id: str,
        username: str,
        password: str,
        page_size: int = 200,
        patience: Patience | None = None,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            text = f"[onestop] base_url “{base_url}” phải bắt đầu bằng http:// hoặc https://"
            raise Misuse(f"{text} (must begin with http:// or https://)")
        if not SMALLEST_PAGE <= page_size <= LARGEST_PAGE:
            text = f"[onestop] page_size {page_size} phải từ {SMALLEST_PAGE} đến {LARGEST_PAGE}"
            raise Misuse(f"{text} (must be {SMALLEST_PAGE}..{LARGEST_PAGE})")
        self._page_size = page_size
        self._wire = Wire(
            base_url.rstrip("/").removesuffix(BASE_PATH) + BASE_PATH,
            headers={
                "groupId": group_id,
                "Authorization": aiohttp.encode_basic_auth(username, password, encoding="utf-8"),
            },
            patience=patience or Patience(),
            clock=clock or SystemClock(),
            sleep=sleep,
        )

    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days, both included.

        It is asked for in the order of dossierId, which never changes, and every page begins
        with the last row of the page before. The reading starts again when that row is another
        one, when the total changed, when a dossier came twice or when rows are missing; a page
        with start 0 says so.

        `start` and `rows` of a page leave the repeated row out; `raw` is the body with it.
        There is always at least one page, so an empty night has its evidence too.

        Raises:
            OneStopUnavailable: no answer, or the list moved in each of `READINGS` readings.
            OneStopRefused: the answer cannot be used; the text names the field.
        """
        query = _days(received_from, received_to)
        asking = Asking(self._wire, tape)
        async for page in steady("/dossiers", partial(self._reading, query, asking), asking):
            yield page

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many dossiers this part has: the list's total, with one row asked for.

        A national number that several words stand for, and every other set of values, is asked
        for value by value and added up.
        """
        asking = Asking(self._wire, tape)
        counted = 0
        for filters in _filters(part):
            query = {**_days(part.first, part.last), **filters, "start": "0", "end": "1"}
            _, answer = await asking(Question(path="/dossiers", query=query), listed)
            counted += answer.total
        return counted

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code; only an exact match counts.

        Raises:
            OneStopAmbiguous: two dossiers answer to the code, so neither can be trusted.
        """
        found = await self._named(code)
        return found[1] if found else None

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """Ask for the other side's own count of every month that these days touch."""
        return await by_months(Asking(self._wire, tape), first=first, last=last)

    async def record_returned(self, code: str, at: datetime) -> None:
        """Say that the citizen has the result: `releasing` or `posting` becomes `done`.

        The action's time is the other side's own: its route takes none, so `at` is not told.
        The reference names the route and not its body; the action is called by the status that
        it leads to. A dossier that is `done` already is left alone.
        """
        del at
        found = await self._named(code)
        if found is None:
            raise OneStopRefused(f"{code}: một cửa không có hồ sơ này (no such dossier)")
        dossier_id, dossier = found
        if dossier.raw_status == _RETURNED:
            return
        if dossier.raw_status not in _BEFORE_THE_RETURN:
            text = f"{code}: hồ sơ đang “{dossier.raw_status}” bên một cửa, chưa thể ghi đã trả"
            raise OneStopRefused(f"{text} (not ready to be returned)")
        action = Question(
            method="POST", path=f"/dossiers/{dossier_id}/actions", form={"actionCode": _RETURNED}
        )
        await self._wire.send(action, msgspec.json.decode)

    async def register_return(self, code: str, receiver: PostalReceiver) -> None:
        """Not with this system: no route is published for it."""
        del receiver
        raise Unsupported(self.name, "register_return", code)

    async def withdraw_registration(self, code: str) -> None:
        """Not with this system: no route is published for it."""
        raise Unsupported(self.name, "withdraw_registration", code)

    async def check(self) -> None:
        """Return when address, credentials and shape of the list are right; raise otherwise."""
        await self._wire.ask(Question(path="/dossiers", query={"start": "0", "end": "1"}), listed)

    async def close(self) -> None:
        """Give connections back."""
        await self._wire.close()

    async def _named(self, code: str) -> tuple[Key, OneStopDossier] | None:
        """A dossier with its dossierId."""
        wanted = code.strip()
        if not wanted:
            # An empty filter is no filter: the system would answer with everything it has.
            return None
        query = {"dossierNo": wanted, "start": "0", "end": str(self._page_size)}
        _, answer = await self._wire.ask(Question(path="/dossiers", query=query), listed)
        return the_one(wanted, answer.ids, answer.rows)

    async def _reading(
        self, query: Mapping[str, str], asking: Asking
    ) -> AsyncIterator[OneStopPage]:
        reading = Reading()
        while not reading.whole:
            start, tied = reading.count, reading.last is not None
            body, answer = await asking(self._range(query, start - tied), listed)
            reading.take(answer.total, answer.ids, tied=tied, most=self._page_size)
            yield OneStopPage(rows=answer.rows[tied:], total=answer.total, start=start, raw=body)

    def _range(self, query: Mapping[str, str], start: int) -> Question:
        """A half-open range of rows."""
        span = {"start": str(start), "end": str(start + self._page_size)}
        order = {"sort": "dossierId", "order": "asc"}
        return Question(path="/dossiers", query={**query, **span, **order})


def _days(first: date, last: date) -> dict[str, str]:
    return {"fromReceiveDate": f"{first:%d/%m/%Y}", "toReceiveDate": f"{last:%d/%m/%Y}"}


def _filters(part: Slice) -> list[dict[str, str]]:
    """The questions whose totals add up to the part; each filter is a choice of values."""
    choices: list[list[dict[str, str]]] = [[{}]]
    if part.agency is not None:
        choices.append([{"agency": part.agency}])
    if part.status is not None:
        words = [word for word, number in STATUS.items() if number == part.status]
        choices.append([{"status": word} for word in (words or WITHOUT_NUMBER)])
    if part.channel is not None:
        choices.append([_channel(part.channel)])
    if part.return_mode is not None:
        by_post = range(REGISTERED_FOR_POST, DELIVERED_BY_POST + 1)
        states = by_post if part.return_mode == BY_POST else range(REGISTERED_FOR_POST)
        choices.append([{"viapostal": str(state)} for state in states])
    return [
        {name: value for one in chosen for name, value in one.items()}
        for chosen in product(*choices)
    ]


def _channel(channel: int) -> dict[str, str]:
    if channel == ONLINE:
        return {"online": "true"}
    return {"online": "false", "fromViaPostal": "1" if channel == POSTAL else "0"}
