"""Who acts: roles, staff and the actor behind a request."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is trusted with ."""

    CLERK = "clerk"
    COURIER = "courier"
    OFFICER = "officer"
    DEPARTMENT = "department"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


ROLE_NAMES: dict[Role, str] = {
    Role.CLERK: "nhân viên tiếp nhận",
    Role.COURIER: "bưu tá",
    Role.OFFICER: "cán bộ Trung tâm",
    Role.DEPARTMENT: "cán bộ sở, ngành",
    Role.SUPERVISOR: "giám sát bưu điện",
    Role.ADMIN: "quản trị",
}


@dataclass(frozen=True)
class Actor:
    """The person behind a request, with the places where they are assigned today."""

    username: str
    name: str
    role: Role
    places: tuple[str, ...] = ()

    def works_at(self, place: str) -> bool:
        """Whether this person is assigned to the place; supervisors are assigned everywhere."""
        return self.role in {Role.SUPERVISOR, Role.ADMIN} or place in self.places


NIGHT = Actor(username="night", name="Đối soát ban đêm", role=Role.ADMIN)
"""The actor of what nobody did by hand: the nightly job."""

CITIZEN = Actor(username="citizen", name="Người dân", role=Role.CLERK)
"""The actor of what a citizen asked for without an account; assigned nowhere."""

CARRIER = Actor(username="carrier", name="Hãng vận chuyển", role=Role.COURIER)
"""The actor of what a carrier reported, and of what follows from it."""
