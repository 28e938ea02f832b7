"""Procedures, bodies and fields that the stand-in of the national portal publishes.

The shape of a procedure is that of section 2.3 of the reference on one-stop systems. Where the
reference names no columns it is [stand-in's choice]: the list of all procedures has MATTHC,
TENTTHC and LINHVUCTHUCHIEN of each, and a procedure's field is written as in the list of fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from postal_bridge.sandbox.refusal import StandInError

Published = dict[str, object]

CHANNELS = ("1", "2", "3")
_COLUMNS = frozenset(
    {
        "MATTHC",
        "TENTTHC",
        "LINHVUCTHUCHIEN",
        "TRINHTUTHUCHIEN",
        "CACHTHUCTHUCHIEN",
        "THANHPHANHOSO",
        "KETQUATHUCHIEN",
        "COQUANTHUCHIEN",
        "DOITUONGTHUCHIEN",
        "MACOQUANCONGBO",
        "YEUCAU",
        "TRANGTHAI",
    }
)


@dataclass(frozen=True, kw_only=True)
class Term:
    """How long a procedure takes by each of some channels, and what it costs.

    Attributes:
        fees_vnd: in đồng.
    """

    time: str
    unit: str = "Ngày làm việc"
    channels: Sequence[str] = CHANNELS
    fees_vnd: Sequence[int] = ()


def published(
    code: str, name: str, *, domain: tuple[str, str], unit: tuple[str, str], terms: Sequence[Term]
) -> Published:
    """A procedure in the portal's shape; every value is a text."""
    return {
        "MATTHC": code,
        "TENTTHC": name,
        "LINHVUCTHUCHIEN": [{"MALINHVUC": domain[0], "TENLINHVUC": domain[1]}],
        "TRINHTUTHUCHIEN": [
            {"TRUONGHOP": "", "TRINHTU": [{"TENTRINHTU": "Nộp, giải quyết, trả kết quả"}]}
        ],
        "CACHTHUCTHUCHIEN": [
            {"KENH": channel, "THOIGIAN": [_time(code, term)]}
            for term in terms
            for channel in term.channels
        ],
        "THANHPHANHOSO": [
            {
                "TRUONGHOP": "",
                "GIAYTO": [
                    {"MAGIAYTO": f"{code}.1", "TENGIAYTO": "Đơn", "TENMAUDON": "", "URL": ""}
                ],
            }
        ],
        "KETQUATHUCHIEN": [{"MAKETQUA": f"KQ.{code}", "TENKETQUA": name}],
        "COQUANTHUCHIEN": [{"MADONVI": unit[0], "TENDONVI": unit[1]}],
        "DOITUONGTHUCHIEN": "Công dân Việt Nam",
        "MACOQUANCONGBO": unit[0],
        "YEUCAU": "",
        "TRANGTHAI": "1",
    }


def _time(code: str, term: Term) -> Published:
    fees = [
        {"MAPHILEPHI": f"PHI.{code}", "SOTIEN": str(fee), "DONVI": "Đồng", "MOTA": ""}
        for fee in term.fees_vnd
    ]
    return {
        "THOIGIANGIAIQUYET": term.time,
        "DONVITINH": term.unit,
        "MOTA": "",
        "PHILEPHI": fees,
    }


_JUSTICE = ("G15", "Bộ Tư pháp")

SAMPLE: tuple[Published, ...] = (
    published(
        "1.013830",
        "Cấp lại Thẻ công chứng viên",
        domain=("G15-CC01", "Công chứng"),
        unit=_JUSTICE,
        terms=[Term(time="5", fees_vnd=(100_000,))],
    ),
    published(
        "2.002139",
        "Đăng ký tham dự kiểm tra kết quả tập sự hành nghề đấu giá tài sản",
        domain=("G15-DG01", "Đấu giá tài sản"),
        unit=_JUSTICE,
        terms=[Term(time="10", unit="Ngày", fees_vnd=(2_700_000,))],
    ),
    published(
        "1.000390",
        "Cấp lại thẻ tư vấn viên pháp luật",
        domain=("G15-TV01", "Tư vấn pháp luật"),
        unit=_JUSTICE,
        terms=[Term(time="5", channels=("1", "3")), Term(time="4", channels=("2",))],
    ),
)
"""A few, so that somebody who asks sees something; tests and the demo add their own."""

BODIES: tuple[Published, ...] = (
    {"MADONVI": "000.00.00.H37", "TENDONVI": "UBND tỉnh Lạng Sơn", "CAPDONVI": "1"},
    {"MADONVI": "000.00.04.H37", "TENDONVI": "Sở Ngoại vụ", "CAPDONVI": "2"},
)


@dataclass
class Catalogue:
    """What is published, by code.

    Attributes:
        bodies: of LayDanhMucCoQuan; CAPDONVI 1 is a province, 2 a department.
    """

    procedures: dict[str, Published] = field(default_factory=dict)
    bodies: Sequence[Published] = BODIES

    def publish(self, given: Iterable[object]) -> list[Published]:
        """Publish procedures in the portal's shape, or renew them; all or none (400)."""
        rows: list[Published] = []
        for row in given:
            if not isinstance(row, Mapping) or not row.get("MATTHC") or row.keys() - _COLUMNS:
                text = f"một thủ tục có MATTHC và chỉ các cột {', '.join(sorted(_COLUMNS))}"
                raise StandInError(HTTPStatus.BAD_REQUEST, text)
            rows.append(dict(row))
        self.procedures |= {str(row["MATTHC"]): row for row in rows}
        return rows

    def listed(self) -> list[Published]:
        """LayDanhSachTTHC, by code."""
        columns = ("MATTHC", "TENTTHC", "LINHVUCTHUCHIEN")
        return [
            {name: row.get(name, "") for name in columns}
            for _, row in sorted(self.procedures.items())
        ]

    def fields(self) -> list[Published]:
        """LayDanhMucLinhVuc: every field that a procedure names, by code."""
        found: dict[str, Published] = {}
        for row in self.procedures.values():
            fields = row.get("LINHVUCTHUCHIEN")
            for one in fields if isinstance(fields, list) else []:
                code = str(one["MALINHVUC"])
                found[code] = {**one, "MANGANH": code.partition("-")[0]}
        return [found[code] for code in sorted(found)]
