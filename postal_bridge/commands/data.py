"""Commands on data: migrate, import, backup, restore."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping

from postal_bridge.api.doorkeeper import hash_password
from postal_bridge.app import open_house
from postal_bridge.clock import SystemClock
from postal_bridge.errors import Misuse
from postal_bridge.imports import import_organisations, import_procedures, import_staff
from postal_bridge.settings import load_settings
from postal_bridge.storage.migrate import upgrade

SHORTEST_PASSWORD = 10


def migrate(_options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Make or renew the tables."""
    settings = load_settings(environ)
    upgrade(settings.database.url)
    print("Cơ sở dữ liệu đã ở phiên bản mới nhất / the database is up to date")
    return 0


def import_file(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Import a catalogue; all of the file or nothing."""
    importers = {
        "procedures": import_procedures,
        "organisations": import_organisations,
        "staff": import_staff,
    }

    async def main() -> int:
        async with open_house(load_settings(environ)) as house:
            await house.storage.ready()
            return await importers[options.what](house.storage, options.file)

    count = asyncio.run(main())
    print(f"Đã nhập {count} dòng / imported {count} rows: {options.file}")
    return 0


def password(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Set the password of a member of staff; it is asked for twice, or read from a pipe."""
    settings = load_settings(environ)
    word = sys.stdin.readline().rstrip("\n") if options.stdin else _asked_twice()
    if len(word) < SHORTEST_PASSWORD:
        msg = f"mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự / at least that many characters"
        raise Misuse(msg)
    hashed = hash_password(word, settings.security)

    async def main() -> None:
        async with open_house(settings) as house, house.storage.begin() as work:
            staff = await work.inbound.staff(options.username)
            if staff is None:
                msg = f"không có nhân viên “{options.username}” / no such member of staff"
                raise Misuse(msg)
            staff.password_hash = hashed
            await work.inbound.save_staff(staff)

    asyncio.run(main())
    print(f"Đã đặt mật khẩu cho / password set for: {options.username}")
    return 0


def _asked_twice() -> str:
    first = getpass.getpass("Mật khẩu mới / new password: ")
    if getpass.getpass("Nhập lại / again: ") != first:
        msg = "hai lần nhập không giống nhau / the two do not match"
        raise Misuse(msg)
    return first


def backup(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write database and vault into a folder."""
    from postal_bridge.capturing import make_cipher
    from postal_bridge.storage import backup as backups

    settings = load_settings(environ)
    now, cipher = SystemClock().now(), make_cipher(settings)
    url, vault = settings.database.url, settings.vault.url
    asyncio.run(backups.backup(url, vault, options.folder, now=now, cipher=cipher))
    print(f"Đã sao lưu vào / backed up to: {options.folder}")
    return 0


def restore(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Read database and vault from a folder; the target must be empty."""
    from postal_bridge.capturing import make_cipher
    from postal_bridge.storage import backup as backups

    settings = load_settings(environ)
    url, vault = settings.database.url, settings.vault.url
    asyncio.run(backups.restore(url, vault, options.folder, cipher=make_cipher(settings)))
    print(f"Đã phục hồi từ / restored from: {options.folder}")
    return 0
