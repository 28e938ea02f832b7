"""The same dossier as each side tells it; a test changes what shall differ."""

from datetime import UTC, date, datetime

import msgspec

from postal_bridge.reconciliation.records import OneStopDossier, OurDossier

DAY = date(2019, 1, 10)
RECEIVED = datetime(2019, 1, 10, 1, 30, tzinfo=UTC)
PROMISED = datetime(2019, 1, 15, 9, 0, tzinfo=UTC)
PROCEDURE = "1.003003"
DEPARTMENT = "SNGV"
AGENCY = "000.00.04.H37"
AGENCIES = {DEPARTMENT: AGENCY, "STP": "000.00.01.H37", "PCC1": "000.00.01.H37"}


def number(serial: int) -> str:
    return f"000.00.04.H37-190110-{serial:04d}"


def our(serial: int = 1, **changes: object) -> OurDossier:
    plain = OurDossier(
        code=number(serial),
        procedure_code=PROCEDURE,
        department=DEPARTMENT,
        status=4,
        channel=1,
        return_mode=0,
        received_at=RECEIVED,
        promised_at=PROMISED,
    )
    return msgspec.structs.replace(plain, **changes)


def their(serial: int = 1, **changes: object) -> OneStopDossier:
    plain = OneStopDossier(
        code=number(serial),
        procedure_code=PROCEDURE,
        department_code=AGENCY,
        status=4,
        raw_status="processing",
        channel=1,
        return_mode=0,
        received_at=RECEIVED,
        promised_at=PROMISED,
    )
    return msgspec.structs.replace(plain, **changes)
