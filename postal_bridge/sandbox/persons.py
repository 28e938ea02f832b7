"""Invented applicants: random pairs of common names, numbers from blocks that show it.

Identity numbers start with 020 (Lạng Sơn) and their serial with 99, telephone numbers with 090000;
no two persons of one month share a number.
"""

import random
from collections.abc import Iterator

from postal_bridge.sandbox.plans import Applicant
from postal_bridge.sandbox.province import Ward

FAMILY_NAMES = (
    "Hoàng", "Nông", "Lý", "Vi", "Lộc", "Chu", "Triệu", "Hứa", "Nguyễn", "Trần", "Lương", "Đàm",
    "Bế", "Mông", "Dương", "Phạm", "Vũ", "Hà", "Lành", "Phùng",
)  # fmt: skip
MIDDLE_NAMES = (
    ("Văn", "Đức", "Minh", "Quốc", "Thanh"),
    ("Thị", "Thu", "Thị Bích", "Ngọc", "Thị Kim"),
)
GIVEN_NAMES = (
    ("An", "Bình", "Cường", "Dũng", "Hải", "Hùng", "Khánh", "Long", "Nam", "Sơn", "Thắng", "Tùng"),
    ("Ánh", "Chi", "Dung", "Hạnh", "Hoa", "Hương", "Lan", "Mai", "Nga", "Oanh", "Thảo", "Yến"),
)
"""First men's, then women's: the same order as the digit for the sex in an identity number."""

STREETS = ("Hùng Vương", "Trần Phú", "Lê Lợi", "Bà Triệu", "Quang Trung", "Ngô Quyền", "Nguyễn Du")
URBAN = "Phường"
URBAN_SHARE = 0.55
"""How many applicants live in the province's few urban wards."""


def applicants(wards: tuple[Ward, ...], *, count: int, rng: random.Random) -> Iterator[Applicant]:
    """Invent `count` different persons who live in the given wards."""
    serials = rng.sample(range(10_000), count)
    phones = rng.sample(range(10_000), count)
    urban = [ward for ward in wards if ward.name.startswith(URBAN)]
    rural = [ward for ward in wards if not ward.name.startswith(URBAN)]
    for serial, phone in zip(serials, phones, strict=True):
        sex = rng.randrange(2)
        born = rng.randrange(50, 100)
        ward = rng.choice(urban if rng.random() < URBAN_SHARE else rural)
        yield Applicant(
            name=f"{rng.choice(FAMILY_NAMES)} {rng.choice(MIDDLE_NAMES[sex])} {rng.choice(GIVEN_NAMES[sex])}",
            identity_number=f"020{sex}{born:02d}99{serial:04d}",
            phone=f"090000{phone:04d}",
            address=f"{_street(ward, rng=rng)}, {ward.name}, tỉnh Lạng Sơn",
            ward_code=ward.code,
        )


def _street(ward: Ward, *, rng: random.Random) -> str:
    if ward.name.startswith(URBAN):
        return f"Số {rng.randint(1, 240)} đường {rng.choice(STREETS)}"
    return f"Thôn {rng.randint(1, 12)}"
