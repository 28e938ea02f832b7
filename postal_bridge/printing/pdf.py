"""A night's report as PDF/A-2b on A4, to be signed by both sides and kept.

The template (`night_report.typ`) gets every text as JSON and shows it as it is: what somebody
wrote into an explanation is never read as markup. Fonts are those that Typst brings, so the page
looks alike on every machine, and the same report gives the same bytes.
"""

import json
from datetime import UTC, datetime, time
from importlib.resources import files

from postal_bridge.printing.facts import page_facts
from postal_bridge.reconciliation.report import NightReport


def night_report_pdf(report: NightReport) -> bytes:
    """The printed report; takes some seconds where there are thousands of cases.

    Nothing in it depends on the machine, the day on which it is printed, or chance.
    """
    import typst  # heavy

    return typst.compile(
        files("postal_bridge.printing").joinpath("night_report.typ").read_bytes(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="a-2b",
        sys_inputs={"report": json.dumps(page_facts(report), ensure_ascii=False)},
        timestamp=datetime.combine(report.day, time.min, UTC),
    )
