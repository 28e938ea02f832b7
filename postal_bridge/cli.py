"""The commands. Exit codes: 0 done, 1 found something wrong, 2 misuse, 3 an outside system failed.

Heavy rooms are imported by the command that needs them, so that `--help` answers at once.
"""

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from postal_bridge.errors import Accident, Misuse

DONE, WRONG, MISUSE, OUTSIDE = 0, 1, 2, 3


def run(arguments: Sequence[str], *, environ: Mapping[str, str]) -> int:
    """Parse, run one command, and turn what went wrong into a sentence and an exit code."""
    options = parser().parse_args(arguments)
    room, name = options.command
    try:
        command = getattr(importlib.import_module(f"postal_bridge.commands.{room}"), name)
        return int(command(options, environ))
    except Misuse as error:
        print(f"postal-bridge: {error}", file=sys.stderr)
        return MISUSE
    except Accident as error:
        print(f"postal-bridge: {error}", file=sys.stderr)
        return OUTSIDE
    except KeyboardInterrupt:
        return DONE


def parser() -> argparse.ArgumentParser:
    """All commands with their options and an example each."""
    top = argparse.ArgumentParser(
        prog="postal-bridge",
        description="Hồ sơ từ tay đến tay, và mỗi đêm một lần đối soát. "
        "Dossiers from hand to hand, and a count every night.",
    )
    commands = top.add_subparsers(required=True, metavar="LỆNH")
    _serving(commands)
    _data(commands)
    _nights(commands)
    _others(commands)
    return top


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it nowhere else


def _add(
    commands: "Commands", name: str, command: tuple[str, str], *, text: str, example: str
) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, epilog=f"Ví dụ / example: postal-bridge {example}"
    )
    added.set_defaults(command=command)
    return added


def _serving(commands: "Commands") -> None:
    serve = _add(
        commands,
        "serve",
        ("serving", "serve"),
        text="Chạy dịch vụ / run the service",
        example="serve --port 8468 --role all",
    )
    serve.add_argument("--host", help="địa chỉ lắng nghe / address to listen on")
    serve.add_argument("--port", type=int, help="cổng / port (8468)")
    serve.add_argument("--role", choices=("all", "api", "worker"), default="all")
    serve.add_argument("--processes", type=int, help="số tiến trình / processes on this port")
    demo = _add(
        commands,
        "demo",
        ("serving", "demo"),
        text="Diễn lại tháng đầu của Lạng Sơn / replay Lạng Sơn's first month",
        example="demo --once --json",
    )
    demo.add_argument("--once", action="store_true", help="kết thúc sau khi in / end when done")
    demo.add_argument("--days", type=_positive, help="chỉ số ngày đầu / only the first days")
    demo.add_argument("--seed", type=int, help="hạt giống / seed of the generated month")
    demo.add_argument("--port", type=int, default=8468, help="cổng / port, next free if taken")
    demo.add_argument("--folder", type=Path, default=Path("var/demo"))
    demo.add_argument("--json", action="store_true", help="một đối tượng JSON / one JSON object")
    sandbox = _add(
        commands,
        "sandbox",
        ("serving", "sandbox"),
        text="Chạy hệ thống đóng thế / run a stand-in of an outside system",
        example="sandbox onestop --port 8500",
    )
    sandbox.add_argument("system", choices=("onestop",))
    sandbox.add_argument("--port", type=int, default=8500)


def _data(commands: "Commands") -> None:
    _add(
        commands,
        "migrate",
        ("data", "migrate"),
        text="Tạo hoặc nâng cấp bảng / make or renew the tables",
        example="migrate",
    )
    imports = _add(
        commands,
        "import",
        ("data", "import_file"),
        text="Nhập danh mục / import a catalogue",
        example="import procedures config/province/procedures.csv",
    )
    imports.add_argument("what", choices=("procedures", "organisations", "staff"))
    imports.add_argument("file", type=Path)
    password = _add(
        commands,
        "password",
        ("data", "password"),
        text="Đặt mật khẩu cho nhân viên / set the password of a member of staff",
        example="password tiepnhan1",
    )
    password.add_argument("username")
    password.add_argument(
        "--stdin", action="store_true", help="đọc từ đầu vào chuẩn / read it from standard input"
    )
    backup = _add(
        commands,
        "backup",
        ("data", "backup"),
        text="Sao lưu cơ sở dữ liệu và kho tệp / back up database and vault",
        example="backup sao-luu-2026-11-22",
    )
    backup.add_argument("folder", type=Path)
    restore = _add(
        commands,
        "restore",
        ("data", "restore"),
        text="Phục hồi từ bản sao lưu / restore from a backup",
        example="restore sao-luu-2026-11-22",
    )
    restore.add_argument("folder", type=Path)


def _nights(commands: "Commands") -> None:
    reconcile = _add(
        commands,
        "reconcile",
        ("nights", "reconcile"),
        text="Đối soát một ngày / reconcile a date",
        example="reconcile --date 2026-11-21",
    )
    reconcile.add_argument("--date", type=date.fromisoformat, required=True)
    reconcile.add_argument("--source", choices=("onestop",), default="onestop")
    reconcile.add_argument("--json", action="store_true")
    report = _add(
        commands,
        "report",
        ("nights", "report"),
        text="Báo cáo của một đêm / a night's report",
        example="report --date 2026-11-21 --format json",
    )
    report.add_argument("--date", type=date.fromisoformat, required=True)
    report.add_argument("--format", choices=("json",), default="json")
    verify = _add(
        commands,
        "verify-ledger",
        ("nights", "verify_ledger"),
        text="Kiểm tra sổ giao nhận / verify the ledger",
        example="verify-ledger --json",
    )
    verify.add_argument("--json", action="store_true")


def _others(commands: "Commands") -> None:
    doctor = _add(
        commands,
        "doctor",
        ("doctor", "doctor"),
        text="Kiểm tra cài đặt và chỉ cách sửa / check the installation, say how to mend it",
        example="doctor",
    )
    doctor.add_argument("--json", action="store_true")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("phải lớn hơn 0 / must be above 0")
    return value
