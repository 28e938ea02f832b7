"""Commands of the night: reconcile, verify-ledger."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

from postal_bridge.app import House, open_house
from postal_bridge.clock import format_day
from postal_bridge.commands.progress import Progress
from postal_bridge.commands.sources import source_of
from postal_bridge.errors import Misuse, Refusal
from postal_bridge.reconciliation.night_house import Step
from postal_bridge.reconciliation.records import DIFFERENCE_NAMES, Discrepancy, Night
from postal_bridge.settings import load_settings
from postal_bridge.tracking.ledger import Pass, Verification
from postal_bridge.tracking.ledger import verify_ledger as verify

STEPS = {
    Step.OURS: "Ghi lại sổ bưu điện",
    Step.COUNTS: "Hỏi số đếm của một cửa",
    Step.LIST: "Đọc danh sách của một cửa",
    Step.STATISTICS: "Hỏi thống kê của một cửa",
    Step.COMPARE: "So hai bên",
    Step.LOOK_UP: "Tra cứu lại từng hồ sơ khác nhau",
    Step.SETTLE: "Ghi chênh lệch, niêm phong ngày",
    Step.DONE: "Xong",
}
"""What the night is at, as the operator reads it."""

PASSES = {Pass.SEALS: "Dấu niêm phong các ngày", Pass.CHAINS: "Chuỗi sự kiện và vị trí"}
"""What the check is at, as the operator reads it."""


def reconcile(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Reconcile a date now: 0 when nothing is open afterwards, 1 otherwise."""
    progress = Progress(sys.stderr, unit="hồ sơ")

    async def main() -> tuple[Night, list[Discrepancy]]:
        async with open_house(load_settings(environ)) as house:
            await house.storage.ready()
            source = await source_of(house, options)
            night = await house.night(
                options.date,
                onestop=source,
                engine=options.engine,
                progress=lambda step, done, total: progress.step(STEPS[step], done, total),
            )
            if isinstance(night, Refusal):
                raise Misuse(night.sentence())
            return night, await _open_cases(house)

    try:
        night, cases = asyncio.run(main())
    finally:
        progress.close()
    _print_night(night, cases, as_json=options.json)
    return 1 if cases else 0


async def _open_cases(house: House) -> list[Discrepancy]:
    async with house.storage.begin(write=False) as work:
        return list(await work.nights.cases(open_only=True))


def _print_night(night: Night, cases: list[Discrepancy], *, as_json: bool) -> None:
    if as_json:
        shown = {
            "night": night.model_dump(mode="json", exclude_none=True),
            "cases": [case.model_dump(mode="json", exclude_none=True) for case in cases],
        }
        print(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    print(
        f"Đối soát ngày {format_day(night.day)}: bưu điện {night.ours}, một cửa {night.theirs}, "
        f"đang mở {len(cases)} chênh lệch (mới {night.opened}, đóng {night.closed})."
    )
    for case in cases:
        name = DIFFERENCE_NAMES[case.kind][0]
        ours, theirs = case.ours or "–", case.theirs or "–"
        print(f"  {case.dossier_code}  {name}: bưu điện {ours}, một cửa {theirs}")


def verify_ledger(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Walk the whole ledger: 0 when it is whole, 1 when a row lies."""
    progress = Progress(sys.stderr, unit="sự kiện")

    async def main() -> Verification:
        async with open_house(load_settings(environ)) as house:
            await house.storage.ready()
            async with house.storage.begin(write=False) as work:
                await work.ledger.hold_still()
                return await verify(
                    work.ledger,
                    signer=house.signer,
                    progress=lambda step, done, total: progress.step(PASSES[step], done, total),
                )

    try:
        result = asyncio.run(main())
    finally:
        progress.close()
    _print_verification(result, as_json=options.json)
    return 1 if result.findings else 0


def _print_verification(result: Verification, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(result), ensure_ascii=False, indent=2))
        return
    print(
        f"Sổ giao nhận: {result.events} sự kiện của {result.items} bưu gửi, "
        f"{result.days} ngày đã niêm phong, gốc {result.root[:16]}…"
    )
    for finding in result.findings:
        print(f"  SAI {finding.what} {finding.where}: {finding.detail}")
    if result.more:
        print(f"  … và {result.more} chỗ sai nữa.")
    if not result.findings:
        print("Không có dòng nào bị sửa, xóa hay chèn thêm.")
