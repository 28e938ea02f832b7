"""The one-stop system of make OpenCPS v2: the list of dossiers, one dossier, a month's count.

Wire facts: reference on one-stop systems, sections 2.3 (status numbers), 3.1 (routes, columns)
and 8.1 profile A (ranges, dates). The system has no snapshot and no cursor, so a list that is
read in pages may move while it is read; how that is noticed and healed stands at `pages`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date

import aiohttp

from postal_bridge.clock import Clock, SystemClock
from postal_bridge.errors import Misuse
from postal_bridge.onestop.wire import Answer, Fields, Patience, Sleep, Wire
from postal_bridge.reconciliation.ports import (
    OneStopDossier,
    OneStopPage,
    OneStopRefused,
    OneStopStatistics,
    OneStopUnavailable,
)

BASE_PATH = "/o/rest/v2"
LARGEST_PAGE = 1000
"""More rows in one question are answered with 400 (reference, section 8.1)."""

SMALLEST_PAGE = 2
"""One row of every page but the first only proves that nothing moved."""

MOST_ROWS = 500_000
"""A longer list is asked for in shorter ranges of days: it is held in memory until it is whole."""

READINGS = 3
"""How often a list that moves is read from its start before the night gives up on it."""

STATUS = {
    "receiving": 1,
    "new": 2,
    "denied": 3,
    "processing": 4,
    "waiting": 5,
    "paying": 6,
    "cancelled": 7,
    "unresolved": 8,
    "releasing": 9,
    "done": 10,
}
"""National numbers of the system's own words (section 2.3); every other word has none: 0."""

DIRECT, ONLINE, POSTAL = 1, 2, 3
AT_THE_DESK, BY_POST = 0, 1

_REGISTERED_FOR_POST = 2
"""viaPostal 2 registered, 3 sent, 4 delivered. Counting only 2 is the peer's defect (3.1)."""


class _MovedError(Exception):
    """The list moved while it was read; what was read so far is worth nothing."""


class OpenCps:
    """Asks an OpenCPS v2 system on behalf of one group (a province's site).

    Building it keeps the address and the limits and opens nothing; an address or a page size
    that cannot work is `Misuse`.

    Args:
        base_url: the server's address, with or without `/o/rest/v2`.
        group_id: sent as the header `groupId`.
        username: for HTTP basic authentication.
        password: for HTTP basic authentication.
        page_size: rows in one question, 2..1000.
        timeout_seconds: for one attempt.
        attempts: how often one question is asked at most.
        total_seconds: for one question with all its attempts and waits.
        clock: for a `Retry-After` that names a date.
        sleep: how to wait between attempts; tests hand in one that does not.
    """

    name = "opencps"

    def __init__(
        self,
        base_url: str,
        *,
        group_id: str,
        username: str,
        password: str,
        page_size: int = 200,
        timeout_seconds: float = 30.0,
        attempts: int = 4,
        total_seconds: float = 120.0,
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
            patience=Patience(
                timeout_seconds=timeout_seconds,
                attempts=attempts,
                total_seconds=total_seconds,
            ),
            clock=clock or SystemClock(),
            sleep=sleep,
        )

    async def pages(self, *, received_from: date, received_to: date) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days, both included.

        The whole range is read before the first page is handed out, so a caller never acts on
        a list that proves wrong three pages later. It is asked for in the order of dossierId,
        which never changes, and every page begins with the last row of the page before. The
        reading starts again when that row is another one, when the total changed, when a
        dossier came twice or when rows are missing. So each dossier that was in the range all
        the while comes exactly once; one that entered or left meanwhile is in or out.

        `start` and `rows` of a page leave the repeated row out; `raw` is the body with it.
        There is always at least one page, so an empty night has its evidence too.

        Raises:
            OneStopUnavailable: no answer, or the list moved in each of `READINGS` readings.
            OneStopRefused: the answer cannot be used; the text names the field.
        """
        query = {
            "fromReceiveDate": received_from.strftime("%d/%m/%Y"),
            "toReceiveDate": received_to.strftime("%d/%m/%Y"),
        }
        for page in await self._whole_list(query):
            yield page

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code; only an exact match counts.

        Raises:
            OneStopRefused: two dossiers answer to the code, so neither can be trusted.
        """
        wanted = code.strip()
        if not wanted:
            # An empty filter is no filter: the system would answer with everything it has.
            return None
        pages = await self._whole_list({"dossierNo": wanted})
        found = [row for page in pages for row in page.rows if row.code == wanted]
        if len(found) > 1:
            text = f"dossierNo: {len(found)} hồ sơ cùng mang mã “{wanted}”"
            raise OneStopRefused(f"{text} ({len(found)} dossiers have this code)")
        return found[0] if found else None

    async def statistics(self, *, year: int, month: int) -> OneStopStatistics:
        """Ask for the other side's own count of a month; nothing in it is mended here.

        The answer has a row for each agency and one for all of them, whose agency and domain
        are empty.

        Raises:
            OneStopUnavailable: the month has not been counted yet.
        """
        answer = await self._wire.get("/statistics", {"year": str(year), "month": str(month)})
        rows = Fields("", answer.data).items("data")
        for index, value in enumerate(rows):
            row = Fields(f"data[{index}]", value)
            if row.text("govAgencyCode") or row.text("domainCode") or row.text("system"):
                continue
            return OneStopStatistics(
                total=row.whole("totalCount"),
                received=row.whole("receivedCount"),
                processing=row.whole("processingCount"),
                released=row.whole("releaseCount"),
                betimes=row.whole("betimesCount"),
                ontime=row.whole("ontimeCount"),
                overtime=row.whole("overtimeCount"),
                done=row.whole("doneCount"),
                raw=answer.body,
            )
        text = f"/statistics: chưa có số liệu chung của tháng {month:02d}/{year}"
        raise OneStopUnavailable(f"{text} (no count of the whole month yet)")

    async def check(self) -> None:
        """Return when address, credentials and shape of the list are right; raise otherwise."""
        answer = await self._wire.get("/dossiers", {"start": "0", "end": "1"})
        _list_of(answer)

    async def close(self) -> None:
        """Give connections back."""
        await self._wire.close()

    async def _whole_list(self, query: Mapping[str, str]) -> list[OneStopPage]:
        why = ""
        for _ in range(READINGS):
            try:
                return await self._reading(query)
            except _MovedError as moved:
                why = str(moved)
        text = (
            f"/dossiers: danh sách thay đổi trong cả {READINGS} lần đọc: {why}; sẽ đọc lại sau"
            f" (the list moved in each of {READINGS} readings; try again later)"
        )
        raise OneStopUnavailable(text)

    async def _reading(self, query: Mapping[str, str]) -> list[OneStopPage]:
        reading = _Reading(page_size=self._page_size)
        while not reading.whole:
            answer = await self._wire.get("/dossiers", self._range(query, reading.next_start))
            reading.add(answer)
        return reading.pages

    def _range(self, query: Mapping[str, str], start: int) -> dict[str, str]:
        """The half-open range that begins with the row before the next one."""
        return {
            **query,
            "start": str(start),
            "end": str(start + self._page_size),
            "sort": "dossierId",
            "order": "asc",
        }


class _Reading:
    """One reading of a list from its first row to its last, in pages that overlap by a row."""

    def __init__(self, *, page_size: int) -> None:
        self.pages: list[OneStopPage] = []
        self._page_size = page_size
        self._seen: set[int] = set()
        self._last: int | None = None

    @property
    def whole(self) -> bool:
        """Whether every row that the other side counts has been read."""
        return bool(self.pages) and len(self._seen) == self.pages[0].total

    @property
    def next_start(self) -> int:
        """Where the next page begins: with the last row that is known."""
        return max(len(self._seen) - 1, 0)

    def add(self, answer: Answer) -> None:
        """Take the next page, or raise `_MovedError` when it does not continue the last one."""
        total, rows = _list_of(answer)
        if total > MOST_ROWS:
            text = f"total: {total} hồ sơ, nhiều hơn {MOST_ROWS}; hãy hỏi khoảng ngày ngắn hơn"
            raise OneStopRefused(f"{text} (too many; ask for fewer days)")
        ids = [row.whole("dossierId") for row in rows]
        repeated = 0 if self._last is None else 1
        self._compare(total, ids, repeated)
        page = OneStopPage(
            rows=[_dossier(row) for row in rows[repeated:]],
            total=total,
            start=len(self._seen),
            raw=answer.body,
        )
        self.pages.append(page)
        self._seen.update(ids[repeated:])
        self._last = ids[-1] if ids else None

    def _compare(self, total: int, ids: list[int], repeated: int) -> None:
        if self.pages and total != self.pages[0].total:
            text = f"tổng số đổi từ {self.pages[0].total} thành {total}"
            raise _MovedError(f"{text} (the total changed)")
        if repeated and ids[:1] != [self._last]:
            raise _MovedError("dòng nối hai trang không khớp (the row between two pages changed)")
        fresh = set(ids[repeated:])
        if len(fresh) < len(ids) - repeated or not fresh.isdisjoint(self._seen):
            raise _MovedError("một hồ sơ xuất hiện hai lần (a dossier came twice)")
        if len(ids) > self._page_size or len(self._seen) + len(fresh) > total:
            raise _MovedError("nhiều dòng hơn đã hỏi (more rows than asked for)")
        if not fresh and len(self._seen) < total:
            raise _MovedError("thiếu dòng so với tổng số (fewer rows than the total says)")


def _list_of(answer: Answer) -> tuple[int, list[Fields]]:
    """Total and rows of a list's envelope `{total, data:[…]}`."""
    envelope = Fields("", answer.data)
    total = envelope.whole("total")
    values = envelope.items("data", optional=total == 0)
    return total, [Fields(f"data[{index}]", value) for index, value in enumerate(values)]


def _dossier(row: Fields) -> OneStopDossier:
    """One row in our vocabulary; the other side's word for the status is kept."""
    raw_status = row.text("dossierStatus", required=True)
    brought = POSTAL if row.flag("fromViaPostal") else DIRECT
    by_post = row.whole("viaPostal", default=0) >= _REGISTERED_FOR_POST
    return OneStopDossier(
        code=row.text("dossierNo", required=True),
        procedure_code=row.text("serviceCode"),
        department_code=row.text("govAgencyCode"),
        status=STATUS.get(raw_status, 0),
        raw_status=raw_status,
        channel=ONLINE if row.flag("online") else brought,
        return_mode=BY_POST if by_post else AT_THE_DESK,
        received_at=row.local_moment("receiveDate"),
        promised_at=row.local_moment("dueDate"),
        resolved_at=row.local_moment("releaseDate"),
        returned_at=row.local_moment("finishDate"),
    )
