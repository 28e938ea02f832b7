"""The commands. Exit codes: 0 done, 1 found something wrong, 2 misuse, 3 an outside system failed.

Heavy rooms are imported by the command that needs them, so that `--help` answers at once.
"""

import argparse
import errno
import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY
from postal_bridge.errors import Accident, Misuse

DONE, WRONG, MISUSE, OUTSIDE = 0, 1, 2, 3
INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended before its end."""

HIGHEST_PORT = 65_535

_JSON_HELP = "kết quả cho máy đọc / the result for machines"
_DATE_HELP = "ngày, viết 2026-11-21 / the date, written so"


def run(arguments: Sequence[str], *, environ: Mapping[str, str]) -> int:
    """Parse, run one command, and turn what went wrong into a sentence and an exit code."""
    options = parser().parse_args(arguments)
    room, name = options.command
    try:
        command = getattr(_imported(room), name)
        return int(command(options, environ))
    except Misuse as error:
        print(f"postal-bridge: {error}", file=sys.stderr)
        return MISUSE
    except Accident as error:
        print(f"postal-bridge: {error}", file=sys.stderr)
        return OUTSIDE
    except OSError as error:
        print(f"postal-bridge: {_told(error)}", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return INTERRUPTED


def _told(error: OSError) -> str:
    """What the machine refused: a port that is taken, a folder that may not be written."""
    hints = {
        errno.EADDRINUSE: "cổng đã có chương trình khác dùng, hãy chọn --port khác"
        " / the port is taken, choose another",
        errno.EACCES: "không có quyền / not permitted",
        errno.EROFS: "chỉ đọc / read-only",
        errno.ENOSPC: "hết chỗ trên đĩa / the disk is full",
    }
    hint = hints.get(error.errno or 0)
    return f"{hint}: {error}" if hint else str(error)


def _imported(room: str) -> ModuleType:
    """A room of commands, with all that it imports.

    What is imported stays for good: looking for garbage meanwhile, and ever again among it, costs a
    fifth of the time that a command takes to begin.
    """
    gc.disable()
    try:
        return importlib.import_module(f"postal_bridge.commands.{room}")
    finally:
        gc.freeze()
        gc.enable()


def parser() -> argparse.ArgumentParser:
    """All commands with their options and an example each."""
    top = argparse.ArgumentParser(
        prog="postal-bridge",
        description="Hồ sơ từ tay đến tay, và mỗi đêm một lần đối soát. "
        "Dossiers from hand to hand, and a count every night.",
    )
    commands = top.add_subparsers(required=True, metavar="LỆNH")
    _serving(commands)
    _stand_ins(commands)
    _data(commands)
    _nights(commands)
    _plans(commands)
    _afterwards(commands)
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
    serve.add_argument("--host", help="địa chỉ lắng nghe / address (as [service] says)")
    serve.add_argument("--port", type=_port, help="cổng / port (as [service] says)")
    serve.add_argument(
        "--role",
        choices=("all", "api", "worker"),
        default="all",
        help="trả lời yêu cầu, làm việc theo lịch, hay cả hai / answer requests, do the scheduled"
        " work, or both (all)",
    )
    serve.add_argument(
        "--processes", type=_positive, help="số tiến trình / processes (as [service] says)"
    )
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
    demo.add_argument(
        "--port", type=_port, default=8468, help="cổng / port (8468), next free if taken"
    )
    demo.add_argument(
        "--folder",
        type=Path,
        default=Path("var/demo"),
        help="nơi ghi mọi dữ liệu của bản diễn lại / where everything of it is written (var/demo)",
    )
    demo.add_argument("--json", action="store_true", help="một đối tượng JSON / one JSON object")


def _stand_ins(commands: "Commands") -> None:
    sandbox = _add(
        commands,
        "sandbox",
        ("serving", "sandbox"),
        text="Chạy hệ thống giả lập / run a stand-in of an outside system",
        example="sandbox onestop --profile tandan --port 8500",
    )
    sandbox.add_argument(
        "system",
        choices=("onestop", "portal", "vnpost", "carriers"),
        help="một cửa, Cổng Dịch vụ công quốc gia, VNPost hay hãng khác / which system",
    )
    sandbox.add_argument(
        "--profile",
        metavar="LOẠI",
        help="loại một cửa (opencps, tandan, igate) hay kiểu kết nối của hãng (vnpost_ngsp, ghn, …)"
        " / make of the one-stop system, or kind of the carrier",
    )
    sandbox.add_argument("--port", type=_port, default=8500, help="cổng / port (8500)")


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
    imports.add_argument(
        "what",
        choices=("procedures", "organisations", "staff"),
        help="thủ tục, cơ quan, hay nhân viên / what the file holds",
    )
    imports.add_argument("file", type=Path, help="tệp .csv hoặc .toml, UTF-8 / the file")
    password = _add(
        commands,
        "password",
        ("data", "password"),
        text="Đặt mật khẩu cho nhân viên / set the password of a member of staff",
        example="password tiepnhan1",
    )
    password.add_argument("username", help="tên đăng nhập / who signs in with it")
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
    backup.add_argument("folder", type=Path, help="thư mục mới / a new folder")
    restore = _add(
        commands,
        "restore",
        ("data", "restore"),
        text="Phục hồi từ bản sao lưu / restore from a backup",
        example="restore sao-luu-2026-11-22",
    )
    restore.add_argument("folder", type=Path, help="thư mục sao lưu / a backup's folder")


def _nights(commands: "Commands") -> None:
    reconcile = _add(
        commands,
        "reconcile",
        ("nights", "reconcile"),
        text="Đối soát một ngày / reconcile a date",
        example="reconcile --date 2026-11-21",
    )
    reconcile.add_argument("--date", type=_day, required=True, help=_DATE_HELP)
    reconcile.add_argument(
        "--source",
        default="onestop",
        metavar="onestop|TỆP",
        help="so với hệ thống một cửa, hay với tệp CSV, XLSX, JSON mà nó xuất ra / compared with"
        " the one-stop system, or with a file that it exported (onestop)",
    )
    reconcile.add_argument(
        "--from", dest="first", type=_day, help="ngày tiếp nhận đầu mà tệp phủ / first day covered"
    )
    reconcile.add_argument(
        "--to", dest="last", type=_day, help="ngày tiếp nhận cuối mà tệp phủ / last day covered"
    )
    reconcile.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        help="công cụ so sánh / who compares (as [nightly] engine says)",
    )
    reconcile.add_argument("--json", action="store_true", help=_JSON_HELP)


def _plans(commands: "Commands") -> None:
    plan = _add(
        commands,
        "plan",
        ("plans", "plan"),
        text="Xếp tuyến thu gom, trả kết quả / plan rounds",
        example="plan --date 2026-11-24 --json",
    )
    plan.add_argument("--date", type=_day, required=True, help=_DATE_HELP)
    plan.add_argument("--office", help="mã bưu cục / one office only (every office with shifts)")
    plan.add_argument(
        "--seconds", type=_positive, help="thời gian tìm / how long to look (as [pickup] says)"
    )
    plan.add_argument("--seed", type=int, help="hạt giống / the same seed, the same plan")
    plan.add_argument("--json", action="store_true", help=_JSON_HELP)


def _afterwards(commands: "Commands") -> None:
    _report(commands)
    verify = _add(
        commands,
        "verify-ledger",
        ("nights", "verify_ledger"),
        text="Kiểm tra sổ giao nhận / verify the ledger",
        example="verify-ledger --json",
    )
    verify.add_argument("--json", action="store_true", help=_JSON_HELP)


def _report(commands: "Commands") -> None:
    report = _add(
        commands,
        "report",
        ("reports", "report"),
        text="Báo cáo của một đêm / a night's report",
        example="report --date 2026-11-21 --format pdf",
    )
    report.add_argument("--date", type=_day, required=True, help=_DATE_HELP)
    report.add_argument(
        "--format",
        choices=("pdf", "xlsx", "json"),
        default="json",
        help="định dạng / format (json)",
    )
    report.add_argument(
        "--out",
        type=Path,
        metavar="TỆP",
        help="ghi vào tệp nào, - là đầu ra chuẩn / the file to write, - is standard output"
        " (JSON: standard output; PDF, XLSX: doi-soat-2026-11-21.pdf, in a pipe the pipe)",
    )


def _others(commands: "Commands") -> None:
    doctor = _add(
        commands,
        "doctor",
        ("doctor", "doctor"),
        text="Kiểm tra cài đặt và chỉ cách sửa / check the installation, say how to mend it",
        example="doctor",
    )
    doctor.add_argument("--json", action="store_true", help=_JSON_HELP)


def _positive(text: str) -> int:
    return _number(text, lowest=1, highest=sys.maxsize)


def _port(text: str) -> int:
    return _number(text, lowest=0, highest=HIGHEST_PORT)


def _number(text: str, *, lowest: int, highest: int) -> int:
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        up_to = ", …" if highest == sys.maxsize else f", …, {highest}"
        raise argparse.ArgumentTypeError(
            f"“{text}” phải là số nguyên / must be a whole number: {lowest}, {lowest + 1}{up_to}"
        )
    return int(text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}”: ngày phải viết như 2026-11-21 / a date is written like 2026-11-21"
        ) from None
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        raise argparse.ArgumentTypeError(
            f"“{text}”: phải từ {EARLIEST_DAY} đến {LATEST_DAY} / must lie between them"
        )
    return day
