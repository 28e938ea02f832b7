"""The service is killed while papers come in, documents are made and signed: nothing is half there.

The device only remembers which upload it began. After each kill it asks what is missing, and sends
that; in the end every page is there once, and every document can be opened.
"""

import asyncio
import hashlib
import io
import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
from aiohttp import ClientError, ClientSession

from postal_bridge.storage.vault import open_vault
from tests.journey.province import PASSWORD, PREFIX, STAFF, filing
from tests.journey.test_killed_service import PATIENCE, Service, running
from tests.keys import trusted
from tests.photographed import picture

PHOTOS = 4
KILLS = (0.35, 0.9, 1.6, 2.1)
"""Seconds after which it is killed: among the parts, the pages, the documents, the signatures."""


class Device:
    """A telephone that never gives up."""

    def __init__(self, service: Service, session: ClientSession) -> None:
        self.service, self.session = service, session
        self.token = ""
        self.wishes = 0

    async def asks(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Until there is an answer."""
        self.wishes += 1
        key = f"wish-{self.wishes}"
        while True:
            try:
                return await self._once(method, path, body, key=key)
            except (ClientError, ConnectionError, TimeoutError):
                await asyncio.sleep(0.05)

    async def _once(self, method: str, path: str, body: Any, *, key: str) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.service.port}{PREFIX}"
        if not self.token:
            said = {"username": STAFF["clerk"][0], "password": PASSWORD}
            async with self.session.post(f"{url}/sessions", json=said) as got:
                self.token = (await got.json())["token"]
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        async with self.session.request(method, url + path, data=data, headers=headers) as got:
            text = await got.read()
            return got.status, json.loads(text) if "json" in got.content_type else text

    async def captures(self, code: str, number: int) -> None:
        content = picture(number, size=(900, 1200)).jpeg
        base = f"/dossiers/{code}/documents/uploads"
        upload = {
            "id": str(UUID(int=number, version=4)),
            "position": 1,
            "file_name": f"{number}.jpg",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        while True:
            status, told = await self.asks("POST", base, upload)
            assert status == 201, told
            _, told = await self.asks("GET", f"{base}/{upload['id']}")
            for part in told["missing"]:
                size = told["part_bytes"]
                piece = content[(part - 1) * size : part * size]
                status, said = await self.asks("PUT", f"{base}/{upload['id']}/parts/{part}", piece)
                assert status == 200, said
            status, told = await self.asks("POST", f"{base}/{upload['id']}/completion", {})
            if status == 201:
                assert len(told["pages"]) == 1
                return

    async def works(self, code: str) -> None:
        for number in range(PHOTOS):
            await self.captures(code, number)
            status, told = await self.asks(
                "POST", f"/dossiers/{code}/documents/assemble", {"position": 1}
            )
            assert status == 201, told
            path = f"/dossiers/{code}/documents/{told['id']}/signature"
            status, told = await self.asks("POST", path)
            assert status == 201, told


async def test_papers_that_come_in_while_the_service_is_killed(
    tmp_path: Path, sqlite_template: Path
) -> None:
    database = Path(shutil.copyfile(sqlite_template, tmp_path / "killed.db"))
    async with trusted(tmp_path) as trust:
        key = trust.in_a_file()
    signing = {
        "PB_SIGNING__KIND": "file",
        "PB_SIGNING__KEY_FILE": str(key.file),
        "PB_SIGNING__PASSWORD": key.password,
    }
    async with (
        running(database, tmp_path, **signing) as service,
        ClientSession(timeout=PATIENCE) as session,
    ):
        device = Device(service, session)
        _, dossier = await device.asks("POST", "/dossiers", filing())
        code = dossier["code"]
        working = asyncio.create_task(device.works(code))
        for seconds in KILLS:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(working), seconds)
            await service.kill()
            await service.start()
        await working
        _, pages = await device.asks("GET", f"/dossiers/{code}/documents/pages?all=true")
        _, documents = await device.asks("GET", f"/dossiers/{code}/documents")

    (line,) = [one for one in pages["lines"] if one["position"] == 1]
    assert [page["file_name"] for page in line["pages"]] == [f"{n}.jpg" for n in range(PHOTOS)]
    vault = open_vault(f"file://{tmp_path}/vault")
    for document in documents["documents"]:
        content = await vault.fetch(document["sha256"])
        assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == document["page_count"]
    standing = [one for one in documents["documents"] if "superseded_by" not in one]
    assert [(one["page_count"], one["kind"]) for one in standing] == [(PHOTOS, "signed")]
    signed = [one for one in documents["documents"] if one["kind"] == "signed"]
    assert len({one["made_from"] for one in signed}) == len(signed), "signed twice"
