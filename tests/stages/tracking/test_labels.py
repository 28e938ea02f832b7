"""What stands on a label of ours."""

import pytest

from postal_bridge.tracking.carrier_values import Party
from postal_bridge.tracking.labels import half_hidden, label_facts
from tests.stages.memory import MemoryWork
from tests.stages.tracking.carriers import WAYBILL, a_travelling_result

SENDER = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("0912345678", "0912•••678"),
        ("02053812345", "0205••••345"),
        ("0912345", "•••••••"),
        ("", ""),
    ],
)
def test_half_of_a_telephone_is_hidden(phone: str, shown: str) -> None:
    assert half_hidden(phone) == shown


async def test_a_label_says_where_it_goes_and_under_which_numbers(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    consignment = work.consignments.kept[number]
    order = (await work.carrier_desk.orders([number]))[number]
    facts = label_facts(consignment, order, sender=SENDER)
    assert (facts.number, facts.waybill) == (number, WAYBILL)
    assert facts.receiver_name == consignment.consignee_name
    assert consignment.consignee_phone not in str(facts)
    assert facts.contents == "Kết quả giải quyết thủ tục hành chính"
    consignment.dossier_code = ""
    assert "Túi thư" in label_facts(consignment, order, sender=SENDER).contents
