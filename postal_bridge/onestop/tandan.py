"""The one-stop system of Tân Dân: the list, one dossier, the day's figures, the post's report.

Wire facts: reference on one-stop systems, sections 1.4 (registration for the post), 2.3 (states),
3.2 (routes, filters, envelopes) and 8.1 profile B (tokens, refusals). Rows stand in
`tandan_rows`, figures in `tandan_statistics`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from typing import NoReturn
from urllib.parse import quote

import msgspec

from postal_bridge.clock import Clock, SystemClock, local_day, to_local
from postal_bridge.errors import Misuse
from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.reading import Asking, NumberedPage, by_numbers, steady
from postal_bridge.onestop.tandan_rows import numbered, single
from postal_bridge.onestop.tandan_statistics import day_and_post
from postal_bridge.onestop.tandan_tokens import TanDanTokens
from postal_bridge.onestop.tokens import Tokens
from postal_bridge.onestop.wire import Patience, Sleep, Wire
from postal_bridge.reconciliation.desk_ports import PostalReceiver
from postal_bridge.reconciliation.ports import (
    OneStopPage,
    OneStopRefused,
    OneStopStatistics,
    Slice,
    Tape,
)
from postal_bridge.reconciliation.records import OneStopDossier

API_PATH = "/api/v1"
LARGEST_PAGE = 1000
SEARCH = "/HoSos/search"

_RESOLVED, _RETURNED = 9, 10


class TanDan:
    """Asks a Tân Dân one-stop system in a user's name.

    Building it keeps the address and the limits and opens nothing; an address or a page size
    that cannot work is `Misuse`. Its filter for the way home knows HinhThucTra only, and a result
    that a clerk registered with the post later has another mark: so counts do not go by it.

    Args:
        base_url: the server's address, with or without `/api/v1`.
        username: to get tokens with.
        password: to get tokens with.
        page_size: rows on a page; a server that gives fewer says so.
        patience: limits of one question.
        clock: for a `Retry-After` that names a date.
        sleep: how to wait between attempts; tests hand in one that does not.
    """

    name = "tandan"
    tells_fees = True
    countable = frozenset({"days", "status", "agency", "channel"})
    writes = frozenset({"record_returned", "register_return", "withdraw_registration"})

    def __init__(
        self,
        base_url: str,
        *,
        username: str,
        password: str,
        page_size: int = 100,
        patience: Patience | None = None,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            text = f"[onestop] base_url “{base_url}” phải bắt đầu bằng http:// hoặc https://"
            raise Misuse(f"{text} (must begin with http:// or https://)")
        if not 1 <= page_size <= LARGEST_PAGE:
            text = f"[onestop] page_size {page_size} phải từ 1 đến {LARGEST_PAGE}"
            raise Misuse(f"{text} (must be 1..{LARGEST_PAGE})")
        self._page_size = page_size
        self._clock = clock or SystemClock()
        root = base_url.rstrip("/").removesuffix(API_PATH)
        opened = partial(
            Wire,
            headers={},
            patience=patience or Patience(),
            clock=self._clock,
            sleep=sleep,
        )
        self._token_wire = opened(root)
        source = TanDanTokens(self._token_wire, username=username, password=password)
        self._wire = opened(root + API_PATH, tokens=Tokens(source))

    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days, both included.

        Nothing published sorts the list, and its pages have numbers; how a list that moves is
        noticed all the same stands at `by_numbers`. A page with start 0 begins a reading anew.
        There is always at least one page, so an empty night has its evidence too.

        Raises:
            OneStopUnavailable: no answer, or the list moved in each of `READINGS` readings.
            OneStopRefused: the answer cannot be used; the text names the field.
        """
        filters = _days(received_from, received_to)
        async for page in self._list(filters, Asking(self._wire, tape)):
            yield page

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many dossiers this part has: `totalCount` of a page of one row."""
        filters = _days(part.first, part.last)
        if part.status is not None:
            filters["MaTrangThai"] = str(part.status)
        if part.agency is not None:
            filters["GroupCode"] = part.agency
        if part.channel is not None:
            filters["KenhThucHien"] = str(part.channel)
        _, page = await _page(Asking(self._wire, tape), filters, 0, 1)
        return page.total

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code; only an exact match counts."""
        found = await self._named(code)
        return found[1] if found else None

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """Ask for the last day's figures, and for the post's report about all days."""
        asking = Asking(self._wire, tape)
        today = local_day(self._clock.now())
        return await day_and_post(asking, self._list, first=first, last=last, today=today)

    async def record_returned(self, code: str, at: datetime) -> None:
        """Say that the citizen has the result (`TraKetQua`); fine where it is known already."""
        dossier_id, dossier = await self._there(code)
        if dossier.status == _RETURNED:
            return
        if dossier.status != _RESOLVED:
            text = f"{code}: hồ sơ đang ở trạng thái {dossier.raw_status} bên một cửa"
            raise OneStopRefused(f"{text}, chưa thể ghi đã trả (not ready to be returned)")
        moment = f"{to_local(at):%Y-%m-%dT%H:%M:%S}"
        content = {"Id": dossier_id, "NgayTra": moment}
        await self._write("PUT", f"/HoSos/TraKetQua/{dossier_id}", content)

    async def register_return(self, code: str, receiver: PostalReceiver) -> None:
        """Say that the result goes to this receiver by post (`DangKyNhanKqQuaBCCI`).

        Registering again overwrites who the receiver is, so nothing is looked at first.
        """
        dossier_id, _ = await self._there(code)
        told = asdict(receiver)
        block = {theirs: told[ours] for ours, theirs in _RECEIVER.items()}
        content = {"Id": dossier_id, "DangKyNhanHoSoQuaBCCIData": block}
        await self._write("PUT", f"/HoSos/DangKyNhanKqQuaBCCI/{dossier_id}", content)

    async def withdraw_registration(self, code: str) -> None:
        """Take a registration back (`ThuHoiDangKyNhanKqQuaBCCI`); fine where there is none."""
        dossier_id, dossier = await self._there(code)
        if dossier.return_mode == 0:
            return
        await self._write("POST", "/HoSos/ThuHoiDangKyNhanKqQuaBCCI", {"Id": dossier_id})

    async def check(self) -> None:
        """Return when address, credentials and shape of the list are right; raise otherwise."""
        await _page(Asking(self._wire, None), {}, 0, 1)

    async def close(self) -> None:
        """Give connections back."""
        await self._wire.close()
        await self._token_wire.close()

    async def _list(
        self, filters: Mapping[str, object], asking: Asking
    ) -> AsyncIterator[OneStopPage]:
        ask = partial(_page, asking, filters)
        read = partial(by_numbers, ask, size=self._page_size)
        async for page in steady(SEARCH, read, asking):
            yield page

    async def _there(self, code: str) -> tuple[str, OneStopDossier]:
        found = await self._named(code)
        if found is None:
            raise OneStopRefused(f"{code}: một cửa không có hồ sơ này (no such dossier)")
        return found

    async def _named(self, code: str) -> tuple[str, OneStopDossier] | None:
        """A dossier with its Id; an unknown one is a failed result."""
        wanted = code.strip()
        if not wanted or "/" in wanted:
            return None
        _, result = await self._wire.ask(
            Question(path=f"/HoSos/GetByMa/{quote(wanted, safe='')}"), _object
        )
        value = result.value("data")
        if not value:
            return None
        dossier_id, dossier = single(value)
        return (dossier_id, dossier) if dossier.code == wanted else None

    async def _write(self, method: str, path: str, content: object) -> None:
        result = await self._wire.send(Question(method=method, path=path, content=content), _object)
        if result.value("succeeded") is not True:
            _refused(path, result)


_RECEIVER = {
    "name": "hoVaTen",
    "address": "diaChi",
    "email": "email",
    "phone": "soDienThoai",
    "province": "tinhThanh",
    "district": "quanHuyen",
    "ward": "xaPhuong",
}
"""Names of `DangKyNhanHoSoQuaBCCIData` (section 1.4)."""


def _days(first: date, last: date) -> dict[str, object]:
    """Both ends are said to the second: a mere day would end at its midnight."""
    return {
        "TiepNhanFrom": f"{first.isoformat()}T00:00:00",
        "TiepNhanTo": f"{last.isoformat()}T23:59:59",
    }


async def _page(
    asking: Asking, filters: Mapping[str, object], number: int, size: int
) -> tuple[bytes, NumberedPage]:
    content = {**filters, "PageNumber": number + 1, "PageSize": size}
    return await asking(Question(method="POST", path=SEARCH, content=content), numbered)


def _object(body: bytes) -> Fields:
    return Fields("", msgspec.json.decode(body))


def _refused(path: str, result: Fields) -> NoReturn:
    text = f"{path}: một cửa từ chối: {result.text('message')}"
    raise OneStopRefused(f"{text} (the one-stop system said no)")
