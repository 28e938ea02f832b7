"""The command that hands a night's report out."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from postal_bridge.app import open_house
from postal_bridge.errors import Misuse, Refusal
from postal_bridge.printing.forms import FORMS
from postal_bridge.reconciliation.report import NightReport
from postal_bridge.reconciliation.report_archive import report_of_day
from postal_bridge.reconciliation.summary import file_name
from postal_bridge.settings import load_settings

STANDARD_OUTPUT = Path("-")


def report(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Hand out the report of a night, in the form that is asked for.

    JSON goes to the terminal; PDF and XLSX go into a file, or into the pipe where there is one.
    """

    async def main() -> NightReport:
        async with open_house(load_settings(environ)) as house:
            await house.storage.ready()
            found = await report_of_day(house.storage, house.vault, options.date)
            if isinstance(found, Refusal):
                raise Misuse(found.sentence())
            return found

    found = asyncio.run(main())
    form = FORMS[options.format]
    content = form.make(found)
    path = options.out or _usual(file_name(found, form.suffix), options.format)
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        if options.format == "json":
            sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()
        return 0
    path.write_bytes(content)
    print(f"đã ghi / written: {path}", file=sys.stderr)
    return 0


def _usual(name: str, form: str) -> Path:
    """Where it goes when nobody says: a terminal cannot show a PDF."""
    return Path(name) if form != "json" and sys.stdout.isatty() else STANDARD_OUTPUT
