"""Who does what in the demo: the clerk whose turn it is, an office's officer, its courier."""

from functools import cached_property
from typing import ClassVar

from postal_bridge.identity import Role
from postal_bridge.sandbox.province import ProvinceData, StaffMember


class Staffing:
    """Finds the member of staff for a deed; always the same one for the same question."""

    intake_desk: ClassVar[str] = "HCC-TN"
    return_desk: ClassVar[str] = "HCC-TKQ"

    def __init__(self, province: ProvinceData) -> None:
        self._province = province

    @cached_property
    def _clerks(self) -> tuple[str, ...]:
        return tuple(member.username for member in self._of(Role.CLERK))

    @cached_property
    def couriers(self) -> tuple[str, ...]:
        """All couriers, in the order of the file."""
        return tuple(member.username for member in self._of(Role.COURIER))

    @cached_property
    def supervisor(self) -> str:
        """The postal supervisor, who runs the night."""
        return self._of(Role.SUPERVISOR)[0].username

    def clerk(self, number: int) -> str:
        """The clerks take turns."""
        return self._clerks[number % len(self._clerks)]

    def officer(self, office: str) -> str:
        """The officer of a department or body."""
        return self._at(Role.DEPARTMENT, office)

    def courier(self, office: str) -> str:
        """The courier on whose round an office lies."""
        return self._at(Role.COURIER, office)

    def round_of(self, ward_code: str) -> str:
        """The courier who delivers to a ward."""
        return self.couriers[int(ward_code) % len(self.couriers)]

    def centre_desk(self, office: str) -> str:
        """The desk at the centre where an office's seconded officer sits."""
        for place in self._province.places.values():
            if place.kind == "desk" and place.department == office:
                return place.code
        msg = f"{office} has no desk at the centre"
        raise LookupError(msg)

    def _of(self, role: Role) -> list[StaffMember]:
        return [member for member in self._province.staff if member.role is role]

    def _at(self, role: Role, office: str) -> str:
        for member in self._of(role):
            if office in member.places:
                return member.username
        msg = f"nobody with the role {role.value} works at {office}"
        raise LookupError(msg)
