"""The one-stop system VNPT iGate v2: the list, one dossier, and what was paid.

Wire facts: reference on one-stop systems, sections 3.3 (routes, filters, pages, fees) and 8.1
profile C (tokens, page sizes). Rows stand in `igate_rows`. No statistics of its own are
published, and nothing that could be written at its desk: its "force end process" says that a
department has finished, not that a citizen has the result.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from functools import partial

import msgspec

from postal_bridge.clock import Clock, SystemClock
from postal_bridge.errors import Misuse
from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.igate_rows import AT_THE_DESK, BY_POST, fees_of, numbered
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.reading import Asking, NumberedPage, by_numbers, steady, the_one
from postal_bridge.onestop.tokens import Pair, Tokens
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

LARGEST_PAGE = 50
"""A larger page is cut down to it (section 8.1)."""

SMALLEST_PAGE = 2
"""A page of one row only ties two pages together, and is not asked what was paid."""

SEARCH = "/pa/dossier/search"
FEES = "/pa/dossier-fee/--by-dossiers"

_ORDER = "id,asc"
"""The id is given once and never changes; `updatedDate`, which the product's own clients sort by,
moves a row with every step."""


class IGate:
    """Asks an iGate v2 system in a user's name.

    Building it keeps the addresses and the limits and opens nothing; an address or a page size
    that cannot work is `Misuse`.

    Args:
        base_url: the API's address.
        token_url: where its Keycloak gives tokens.
        client_id: the client at the Keycloak.
        username: to get tokens with.
        password: to get tokens with.
        page_size: rows on a page; more than 50 are not given.
        patience: limits of one question.
        clock: for a `Retry-After` that names a date.
        sleep: how to wait between attempts; tests hand in one that does not.
    """

    name = "igate"
    tells_fees = True
    countable = frozenset({"days", "return_mode"})
    writes: frozenset[str] = frozenset()

    def __init__(
        self,
        base_url: str,
        *,
        token_url: str,
        client_id: str,
        username: str,
        password: str,
        page_size: int = LARGEST_PAGE,
        patience: Patience | None = None,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        for key, address in (("base_url", base_url), ("token_url", token_url)):
            if not address.startswith(("http://", "https://")):
                text = f"[onestop] {key} “{address}” phải bắt đầu bằng http:// hoặc https://"
                raise Misuse(f"{text} (must begin with http:// or https://)")
        if not client_id:
            raise Misuse("[onestop] client_id để trống: iGate cần mã ứng dụng (is empty)")
        if page_size < SMALLEST_PAGE:
            text = f"[onestop] page_size {page_size} phải từ {SMALLEST_PAGE}"
            raise Misuse(f"{text} (must be {SMALLEST_PAGE} or more)")
        self._page_size = min(page_size, LARGEST_PAGE)
        opened = partial(
            Wire,
            headers={},
            patience=patience or Patience(),
            clock=clock or SystemClock(),
            sleep=sleep,
        )
        realm, _, last = token_url.rstrip("/").rpartition("/")
        self._token_wire = opened(realm)
        who = {"client_id": client_id, "username": username, "password": password}
        keycloak = _Keycloak(self._token_wire, f"/{last}", who)
        self._wire = opened(base_url, tokens=Tokens(keycloak))

    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers accepted on these local days, both included.

        It is asked for in the order of ids; pages have numbers, and how a list that moves is
        noticed stands at `by_numbers`. What was paid is asked for page by page. A page with start
        0 begins a reading anew. There is always at least one page, so an empty night has its
        evidence too.

        Raises:
            OneStopUnavailable: no answer, or the list moved in each of `READINGS` readings.
            OneStopRefused: the answer cannot be used; the text names the field.
        """
        asking = Asking(self._wire, tape)
        ask = partial(_page_with_fees, asking, _days(received_from, received_to))
        read = partial(by_numbers, ask, size=self._page_size)
        async for page in steady(SEARCH, read, asking):
            yield page

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many dossiers this part has: `totalElements` of a page of one row."""
        filters = _days(part.first, part.last)
        if part.return_mode is not None:
            filters["receiving-kind-id"] = BY_POST if part.return_mode else AT_THE_DESK
        _, page = await _page(Asking(self._wire, tape), filters, 0, 1)
        return page.total

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code; only an exact match counts.

        Raises:
            OneStopAmbiguous: two dossiers answer to the code, so neither can be trusted.
        """
        wanted = code.strip()
        if not wanted:
            # An empty filter is no filter: the system would answer with everything it has.
            return None
        asking = Asking(self._wire, None)
        _, page = await _page_with_fees(asking, {"code": wanted}, 0, self._page_size)
        found = the_one(wanted, page.keys, page.rows)
        return found[1] if found else None

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """Nothing: the product publishes no counts of its own."""
        del first, last, tape
        missing = "iGate không công bố lối đọc thống kê, nên không có số liệu để đối chiếu."
        return OneStopStatistics(counted=[], missing=[missing])

    async def record_returned(self, code: str, at: datetime) -> None:
        """Not with this system: nothing published says that a citizen has the result."""
        del at
        raise Unsupported(self.name, "record_returned", code)

    async def register_return(self, code: str, receiver: PostalReceiver) -> None:
        """Not with this system: no route is published for it."""
        del receiver
        raise Unsupported(self.name, "register_return", code)

    async def withdraw_registration(self, code: str) -> None:
        """Not with this system: no route is published for it."""
        raise Unsupported(self.name, "withdraw_registration", code)

    async def check(self) -> None:
        """Return when address, credentials and shape of the list are right; raise otherwise."""
        await _page(Asking(self._wire, None), {}, 0, 1)

    async def close(self) -> None:
        """Give connections back."""
        await self._wire.close()
        await self._token_wire.close()


class _Keycloak:
    """Gets tokens from a Keycloak: by name and password, then by the refresh token."""

    def __init__(self, wire: Wire, path: str, who: Mapping[str, str]) -> None:
        self._wire = wire
        self._path = path
        self._who = dict(who)

    async def sign_in(self) -> Pair:
        return await self._pair({"grant_type": "password", **self._who})

    async def renew(self, old: Pair) -> Pair | None:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._who["client_id"],
            "refresh_token": old.refresh,
        }
        try:
            return await self._pair(form)
        except OneStopRefused:
            return None

    async def _pair(self, form: Mapping[str, str]) -> Pair:
        question = Question(method="POST", path=self._path, form=form)
        _, answer = await self._wire.ask(question, _object)
        return Pair(answer.text("access_token", required=True), answer.text("refresh_token"))


def _object(body: bytes) -> Fields:
    return Fields("", msgspec.json.decode(body))


def _days(first: date, last: date) -> dict[str, str]:
    return {"accepted-from": f"{first:%d/%m/%Y}", "accepted-to": f"{last:%d/%m/%Y}"}


async def _page(
    asking: Asking, filters: Mapping[str, str], number: int, size: int
) -> tuple[bytes, NumberedPage]:
    # Without remove-status, dossiers that were thrown away would be listed too.
    kept = {**filters, "remove-status": "0"}
    query = {**kept, "page": str(number), "size": str(size), "spec": "page", "sort": _ORDER}
    return await asking(Question(path=SEARCH, query=query), numbered)


async def _page_with_fees(
    asking: Asking, filters: Mapping[str, str], number: int, size: int
) -> tuple[bytes, NumberedPage]:
    """A page whose rows know what was paid; a single row only ties two pages together."""
    body, page = await _page(asking, filters, number, size)
    if page.keys and size >= SMALLEST_PAGE:
        ids = ",".join(str(key) for key in page.keys)
        _, paid = await asking(Question(path=FEES, query={"dossier-ids": ids}), fees_of)
        for key, row in zip(page.keys, page.rows, strict=True):
            row.fee_vnd = paid.get(str(key), 0)
    return body, page
