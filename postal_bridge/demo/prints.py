"""Papers of the month as they are printed: to be looked at beside the figures."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from postal_bridge.demo.client import Clients
from postal_bridge.demo.score import Score
from postal_bridge.demo.staffing import Staffing


async def print_papers(
    clients: Clients, staffing: Staffing, score: Score, *, at: datetime, folder: Path
) -> Sequence[Path]:
    """The receipt, control sheet and labels of a dossier, and a fee receipt, as files.

    Args:
        clients: the staff, over the web API.
        staffing: who does what.
        score: of whose dossiers one is taken: the first, and the first with a fee.
        at: the moment at which they are printed.
        folder: where they are written.
    """
    first = score.dossiers[0]
    paid = next((one for one in score.dossiers if one.fee and not one.fee.exempt_basis), None)
    wanted = {
        "giay-tiep-nhan.pdf": f"/dossiers/{first.code}/forms/receipt.pdf",
        "phieu-kiem-soat.pdf": f"/dossiers/{first.code}/forms/control.pdf",
        "nhan.pdf": f"/labels.pdf?items={first.code}/H1",
    }
    if paid is not None:
        wanted["bien-lai.pdf"] = f"/dossiers/{paid.code}/forms/fees.pdf"
    printed = []
    for name, path in wanted.items():
        file = folder / name
        file.write_bytes(await clients.fetch(staffing.supervisor, path, at=at))
        printed.append(file)
    return printed
