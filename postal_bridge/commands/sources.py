"""What a night is compared with: the configured one-stop system, or a file that it exported."""

import argparse
from datetime import timedelta
from pathlib import Path

from postal_bridge.app import House
from postal_bridge.clock import format_day
from postal_bridge.errors import Misuse
from postal_bridge.onestop.files import FileOneStop

ONESTOP = "onestop"


async def source_of(house: House, options: argparse.Namespace) -> FileOneStop | None:
    """The file that `--source` names; None for the configured one-stop system.

    Raises:
        Misuse: the file cannot be read surely, or covers no day that the night compares.
    """
    if options.source == ONESTOP:
        if options.first or options.last:
            raise Misuse("--from và --to chỉ dùng với --source TỆP (only with a file)")
        return None
    async with house.storage.begin(write=False) as work:
        places = await work.catalogue.places()
    file = FileOneStop(
        Path(options.source),
        columns=house.settings.onestop_file,
        places=places,
        first=options.first,
        last=options.last,
    )
    lookback = house.settings.nightly.lookback_days
    begin, end = options.date - timedelta(days=lookback - 1), options.date
    first, last = file.covered
    if first > end or last < begin:
        raise Misuse(
            f"{options.source}: tệp phủ {format_day(first)} – {format_day(last)}, đêm so"
            f" {format_day(begin)} – {format_day(end)}: không có ngày nào chung (no day in common);"
            " hãy chọn --date khác"
        )
    return file
