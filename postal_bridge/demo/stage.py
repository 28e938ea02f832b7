"""The demo's stage: its folder, its database with catalogue and staff, its settings."""

import asyncio
import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from postal_bridge.api.doorkeeper import hash_password
from postal_bridge.clock import Clock
from postal_bridge.demo.service import end_leftover
from postal_bridge.errors import Misuse
from postal_bridge.imports import import_organisations, import_procedures, import_staff
from postal_bridge.sandbox.onestop import BASE_PATH, Credentials
from postal_bridge.sections import Settings
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.migrate import upgrade_async

MARKER, LOCK = "demo.json", "demo.lock"
SESSION_HOURS = 24 * 366
"""A month is replayed in one session for each member of staff."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep a folder to one demo at a time; a killed one's claim ends with its process.

    Raises:
        Misuse: another demo works in it, or it holds something that no demo has put there.
    """
    known = (folder / MARKER, folder / LOCK)
    if folder.exists() and not any(file.exists() for file in known) and any(folder.iterdir()):
        raise Misuse(
            f"--folder {folder}: đã có thứ khác trong đó, hãy chọn thư mục khác"
            " / not empty and not of a demo; name another"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misuse(
                f"--folder {folder}: một bản diễn lại khác đang chạy ở đó; hãy dừng nó, hoặc chọn"
                " thư mục khác / another demo works there; stop it, or name another folder"
            ) from None
        yield


@dataclass(frozen=True)
class Stage:
    """The folder in which one replay lives, and which replay that is."""

    folder: Path
    seed: int
    days: int | None

    async def prepare(self, *, fresh: bool) -> bool:
        """Make the claimed folder ready; says whether an unfinished replay is continued.

        A finished one, or one of another month, is started afresh.
        """
        await end_leftover(self.folder)
        said = self._read_marker()
        if said == self._marker(finished=False) and not fresh:
            return True
        for old in self.folder.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
            elif old.name != LOCK:
                old.unlink()
        self._write_marker(finished=False)
        return False

    def finish(self) -> None:
        """Note that the replay has come to its end."""
        self._write_marker(finished=True)

    def environment(
        self, onestop_url: str, credentials: Credentials, *, carriers: Path
    ) -> dict[str, str]:
        """The service's settings as variables; `carriers` is the file of its connections."""
        folder = self.folder.absolute()
        return {
            "PB_SERVICE__REPLAY_CLOCK": "true",
            "PB_SERVICE__LOG_LEVEL": "warning",
            "PB_DATABASE__URL": f"sqlite+aiosqlite:///{folder / 'demo.db'}",
            "PB_VAULT__URL": f"file://{folder / 'vault'}",
            "PB_CONFIG": str(carriers),
            "PB_OUTBOX__LOOK_SECONDS": "1",
            "PB_SHUTTLES__SO_TTTT__PLACE": "",
            "PB_NIGHTLY__ENABLED": "false",
            "PB_SECURITY__SESSION_HOURS": str(SESSION_HOURS),
            "PB_SECURITY__LEDGER_KEY_FILE": str(folder / "ledger.key"),
            "PB_ONESTOP__BASE_URL": f"{onestop_url}{BASE_PATH}",
            "PB_ONESTOP__GROUP_ID": credentials.group_id,
            "PB_ONESTOP__USERNAME": credentials.username,
            "PB_ONESTOP__PASSWORD": credentials.password,
        }

    def _marker(self, *, finished: bool) -> dict[str, object]:
        return {"seed": self.seed, "days": self.days, "finished": finished}

    def _write_marker(self, *, finished: bool) -> None:
        text = json.dumps(self._marker(finished=finished))
        (self.folder / MARKER).write_text(text, encoding="utf-8")

    def _read_marker(self) -> Mapping[str, object] | None:
        try:
            said = json.loads((self.folder / MARKER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            return {}  # cut off while it was written: a demo's folder, but of no known replay
        return said if isinstance(said, dict) else {}


async def furnish(settings: Settings, *, clock: Clock, password: str) -> None:
    """Tables, catalogue and staff; everybody in the demo has the same password.

    Raises:
        Misuse: a row of the province's files is wrong.
    """
    await upgrade_async(settings.database.url)
    folder = settings.config_dir / "province"
    hashed = await asyncio.to_thread(hash_password, password, settings.security)
    storage = Storage(settings.database, province=settings.province.code, clock=clock)
    try:
        await import_organisations(storage, folder / "organisations.toml")
        await import_procedures(storage, folder / "procedures.csv")
        await import_staff(storage, folder / "staff.toml", password_hash=hashed)
    finally:
        await storage.close()
