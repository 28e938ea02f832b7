"""The month's fees: who pays, who is exempt and why, and amounts that add up exactly."""

import random
from collections.abc import Mapping, Sequence

from postal_bridge.sandbox.courses import Course, Fate
from postal_bridge.sandbox.plans import FeePlan
from postal_bridge.sandbox.province import MonthFigures

LEAST_NOTARIAL_VND = 50_000
"""The lowest step for a deed with a value (Circular 257/2016/TT-BTC art. 4)."""

ROUNDING_VND = 1_000
PHI, LE_PHI = "phi", "le_phi"
"""The two kinds that Law 97/2015/QH13 art. 3 tells apart: phí (a service's price), lệ phí."""


def charge(
    courses: Sequence[Course], figures: MonthFigures, *, rng: random.Random
) -> Mapping[int, FeePlan]:
    """Plan the receipts and the exemptions; amounts in đồng.

    Fixed fees are the catalogue's own. At most half of the receipts are for them; notarial fees
    depend on the deed's value and make up the rest of the published sum.

    Returns:
        The plan by position in `courses`; a dossier without one owes nothing at the centre.
    """
    receipts, ours = figures.published.fee_receipts, figures.division
    fixed = [n for n, course in enumerate(courses) if course.procedure.fee_vnd]
    notarial = [n for n, course in enumerate(courses) if course.fate is Fate.NOTARIAL]
    exempt = rng.sample(fixed, ours.exempt)
    owing = [n for n in fixed if n not in exempt]
    payers = rng.sample(owing, min(len(owing), receipts // 2))
    plans = {n: _fixed(courses[n]) for n in payers}
    for n in exempt:
        basis = rng.choice(figures.exemption_bases)
        due = _fixed(courses[n])
        plans[n] = FeePlan(amount_vnd=due.amount_vnd, kind=due.kind, exempt_basis=basis)
    rest_vnd = ours.fees_vnd - sum(plans[n].amount_vnd for n in payers)
    signers = rng.sample(notarial, receipts - len(payers))
    for n, amount_vnd in zip(signers, _split(rest_vnd, len(signers), rng=rng), strict=True):
        plans[n] = FeePlan(amount_vnd=amount_vnd, kind=PHI)
    return plans


def _fixed(course: Course) -> FeePlan:
    procedure = course.procedure
    kind = LE_PHI if "lệ phí" in procedure.fee_note.lower() else PHI
    return FeePlan(amount_vnd=procedure.fee_vnd or 0, kind=kind)


def _split(total_vnd: int, parts: int, *, rng: random.Random) -> list[int]:
    """Divide a sum into uneven round parts; the largest one takes what rounding leaves."""
    spare_vnd = total_vnd - parts * LEAST_NOTARIAL_VND
    if spare_vnd < 0:
        msg = f"{total_vnd} đồng are too few for {parts} notarial fees"
        raise ValueError(msg)
    shares = [rng.lognormvariate(0, 0.7) for _ in range(parts)]
    amounts = [
        LEAST_NOTARIAL_VND + int(spare_vnd * share / sum(shares)) // ROUNDING_VND * ROUNDING_VND
        for share in shares
    ]
    amounts[amounts.index(max(amounts))] += total_vnd - sum(amounts)
    return amounts
