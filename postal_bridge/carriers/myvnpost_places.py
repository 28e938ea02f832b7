"""Places in MyVNPost's codes, found by their names in the catalogues that it gives out.

Wire facts: reference on carriers, sections 2.1 (a) and 2.7: there are two catalogues side by side
since July 2025. An address that names a district is looked up in the old one, any other in the new.
"""

from collections.abc import Sequence
from datetime import date

from postal_bridge.carriers.myvnpost_door import Door
from postal_bridge.carriers.myvnpost_orders import TWO_LEVELS, Codes, code_in
from postal_bridge.carriers.myvnpost_words import Row, entries_of
from postal_bridge.carriers.place_names import place_names
from postal_bridge.carriers.provinces import UnknownProvinceError
from postal_bridge.carriers.wire import Request
from postal_bridge.clock import Clock, local_day
from postal_bridge.tracking.carrier_values import Order, Party, Refused


class Places:
    """The codes of places.

    Args:
        door: to MyVNPost.
        clock: catalogues are asked for once a day.
    """

    def __init__(self, door: Door, *, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._lists: dict[str, tuple[date, Sequence[Row]]] = {}

    async def both(self, order: Order) -> tuple[Codes, Codes] | Refused:
        """The sender's and the receiver's; an order to a place without any is not sent.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        found = []
        for side, party in (("sender", order.sender), ("receiver", order.receiver)):
            codes = await self._codes(side, party)
            if isinstance(codes, Refused):
                return codes
            found.append(codes)
        return found[0], found[1]

    async def _codes(self, side: str, party: Party) -> Codes | Refused:
        """The codes of a place: by the new catalogue, unless the address names a district."""
        try:
            place = place_names(party)
        except UnknownProvinceError as trouble:
            return Refused(code="", field=f"{side}ProvinceCode", text=str(trouble))
        if not place.ward:
            text = "địa chỉ không nói phường, xã nào (the address names no ward)"
            return Refused(code="", field=f"{side}CommuneCode", text=text)
        is_new = not place.district
        rows = await self._entries("/getNewProvinceAll" if is_new else "/getAllProvince")
        province = code_in(rows, "province", place.province)
        district = TWO_LEVELS
        if province and not is_new:
            rows = await self._entries("/getAllDistrict")
            district = code_in(rows, "district", place.district, parent=province)
        commune = ""
        if province and district:
            rows = await self._entries("/getNewCommuneAll" if is_new else "/getAllCommune")
            parent = province if is_new else district
            commune = code_in(rows, "commune", place.ward, parent=parent)
        codes = Codes(province=province, district=district, commune=commune)
        return codes if commune else _no_place(side, codes)

    async def _entries(self, path: str) -> Sequence[Row]:
        """A catalogue of places, asked for once a day."""
        today = local_day(self._clock.now())
        if self._lists.get(path, (None, ()))[0] != today:
            request = Request(method="GET", path=path)
            self._lists[path] = today, await self._door.asked("catalogue", request, entries_of)
        return self._lists[path][1]


def _no_place(side: str, codes: Codes) -> Refused:
    level = "Commune" if codes.district else "District"
    level = level if codes.province else "Province"
    text = "không có trong danh mục của VNPost (not in VNPost's catalogue)"
    return Refused(code="", field=f"{side}{level}Code", text=text)
