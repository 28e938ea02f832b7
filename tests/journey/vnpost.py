"""VNPost's stand-in beside a town, as a story needs it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.doors.carriers.stand_vnpost_ngsp import NgspTown, opened_vnpost_ngsp

STATUSES = Path(__file__).parents[1] / "data" / "carriers" / "ngsp_statuses.toml"
COLLECTED, IN_TRANSIT, NOT_HOME, DELIVERED = "1", "2", "3", "4"


@dataclass(frozen=True)
class Vnpost:
    """The other side, and the settings that lead to it."""

    stand: NgspTown
    environ: dict[str, str]

    async def reports(self, number: str, code: str, at: datetime) -> None:
        """Something happened to an order of ours."""
        await self.stand.happens(number, code, at)

    async def orders(self) -> list[str]:
        """Our references over there."""
        return list(await self.stand.stored())


@asynccontextmanager
async def vnpost_over_http(folder: Path) -> AsyncIterator[Vnpost]:
    """The stand-in, listening until the end of the block; its settings lie in the folder."""
    async with opened_vnpost_ngsp() as stand:
        settings = stand.settings
        file = folder / "vnpost.toml"
        values = {
            "kind": "vnpost_ngsp",
            "base_url": settings.base_url,
            "token_url": settings.token_url,
            "customer_code": settings.customer_code,
            "username": settings.username,
            "password": settings.password.get_secret_value(),
            "sender_name": "Trung tâm Phục vụ hành chính công",
            "sender_phone": "02053800000",
            "sender_address": "Số 2 đường Hoàng Văn Thụ, Lạng Sơn",
            "sender_province": "20",
            "status_map": str(STATUSES),
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        lines += ["timeout_seconds = 1", "total_seconds = 2"]
        file.write_text("\n".join(["[carriers.vnpost]", *lines]), encoding="utf-8")
        yield Vnpost(stand, {"PB_CONFIG": str(file)})
