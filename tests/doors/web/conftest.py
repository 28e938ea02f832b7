"""The pages under the real roof, asked by a browser that keeps cookies."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from tests.doors.web.world import PASSWORD, World, settings_for, world_on


class Browser:
    """What a browser does: says where a form comes from, keeps cookies, shows redirects."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client
        self.origin = str(client.make_url("/"))[:-1]

    async def get(self, path: str, **more: Any) -> ClientResponse:
        return await self._client.get(path, allow_redirects=False, **more)

    async def post(self, path: str, **more: Any) -> ClientResponse:
        headers = more.pop("headers", {"Origin": self.origin})
        return await self._client.post(path, allow_redirects=False, headers=headers, **more)

    async def sign_in(
        self, username: str = "minh", password: str = PASSWORD, *, onward: str = ""
    ) -> ClientResponse:
        form = {"ten": username, "mat_khau": password, "tiep": onward}
        return await self.post("/dang-nhap", data=form)

    async def page(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.text()


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world_on(settings_for(database_url, tmp_path)) as made:
        yield made


@pytest.fixture
async def browser(world: World, aiohttp_client: Any) -> Browser:
    return Browser(await aiohttp_client(world.house.web_app()))
