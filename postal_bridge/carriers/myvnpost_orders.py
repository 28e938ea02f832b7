"""What MyVNPost is told: orders and questions for fees, and the codes of places in them.

Wire facts: reference on carriers, section 2.1 (a), and clients in public use. Places have codes of
VNPost's own, in two catalogues side by side since July 2025: province, district and commune, or
province and commune, with a fixed word where the district would stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postal_bridge.carriers.answers import text_of
from postal_bridge.carriers.place_names import bare_name
from postal_bridge.tracking.carrier_values import Order, Party

Row = Mapping[str, object]

TWO_LEVELS = "VNPOST"
"""What stands for the district in an address that has none."""

_COD, _COD_AMOUNT = "GTG021", "PROP0018"
_REAL, _SENT, _DOMESTIC = 1, "GUI", 1
_FETCHED, _BROUGHT = "1", "2"
_BY_ROAD, _NOT_BREAKABLE, _NOT_TO_BE_OPENED = "BO", "0", "1"
_RENAMED = {"thuathienhue": "hue"}


@dataclass(frozen=True, kw_only=True)
class Codes:
    """Where a party lives, in MyVNPost's codes."""

    province: str
    district: str
    commune: str


def order_words(
    order: Order, *, codes: tuple[Codes, Codes], customer: tuple[str, str], service: str, post: str
) -> dict[str, object]:
    """What is sent to `CreateOrder`: a real order, not a draft.

    Args:
        order: what is sent.
        codes: of the sender's place and the receiver's.
        customer: code and contract, the latter may be empty.
        service: which product of VNPost's.
        post: code of the office that fetches or takes it in, where VNPost has named one.
    """
    return {
        "orderCreationStatus": _REAL,
        "type": _SENT,
        "customerCode": customer[0],
        "contractCode": customer[1] or None,
        "informationOrder": {
            **_party_words("sender", order.sender, codes[0]),
            **_party_words("receiver", order.receiver, codes[1]),
            "serviceCode": service,
            "addonService": _addons(order),
            "additionRequest": [],
            "orgCodeCollect": (post or None) if order.collect else None,
            "orgCodeAccept": None if order.collect else post or None,
            "saleOrderCode": order.reference,
            "contentNote": order.contents,
            "weight": str(order.weight_grams),
            "width": None,
            "length": None,
            "height": None,
            "vehicle": _BY_ROAD,
            "sendType": _FETCHED if order.collect else _BROUGHT,
            "isBroken": _NOT_BREAKABLE,
            "deliveryTime": None,
            "deliveryRequire": _NOT_TO_BE_OPENED,
            "deliveryInstruction": order.note or None,
        },
    }


def charge_words(
    order: Order, *, codes: tuple[Codes, Codes], customer: tuple[str, str], service: str
) -> dict[str, object]:
    """What is sent to `ServicesCharge`; the weight is a number here, and text in an order."""
    places = _place_words("sender", codes[0]) | _place_words("receiver", codes[1])
    return {
        "scope": _DOMESTIC,
        "customerCode": customer[0],
        "contractNumber": customer[1] or None,
        "data": {
            **places,
            "receiverNational": "VN",
            "receiverCity": None,
            "receiverPostCode": None,
            "orgCodeAccept": None,
            "weight": order.weight_grams,
            "width": None,
            "length": None,
            "height": None,
            "serviceCode": service,
            "addonService": _addons(order),
            "additionRequest": [],
            "vehicle": _BY_ROAD,
        },
    }


def code_in(rows: Sequence[Row], kind: str, name: str, *, parent: str | None = None) -> str:
    """The code of a place by its name; "" where there is none, or more than one of that name.

    In the list of communes since July 2025 some parents stand where districts stood before.

    Args:
        rows: a catalogue.
        kind: `province`, `district` or `commune`.
        name: as people write it.
        parent: code of what it lies in.
    """
    bare = bare_name(name)
    wanted = {bare, _RENAMED.get(bare, bare)}
    codes = {
        text_of(row.get(f"{kind}Code"))
        for row in rows
        if bare_name(text_of(row.get(f"{kind}Name"))) in wanted
        and (parent is None or parent in _parents(row))
    }
    return codes.pop() if len(codes) == 1 else ""


def _parents(row: Row) -> frozenset[str]:
    return frozenset({text_of(row.get("provinceCode")), text_of(row.get("districtCode"))})


def _party_words(side: str, party: Party, codes: Codes) -> dict[str, object]:
    return {
        f"{side}Name": party.name,
        f"{side}Phone": party.phone,
        f"{side}Email": party.email or None,
        f"{side}Address": party.address,
        **_place_words(side, codes),
    }


def _place_words(side: str, codes: Codes) -> dict[str, object]:
    return {
        f"{side}ProvinceCode": codes.province,
        f"{side}DistrictCode": codes.district,
        f"{side}CommuneCode": codes.commune,
    }


def _addons(order: Order) -> list[dict[str, str]]:
    if not order.cod_dong:
        return []
    return [{"code": _COD, "propValue": f"{_COD_AMOUNT}:{order.cod_dong}"}]
