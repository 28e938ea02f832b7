import pytest

from postal_bridge.documents.money_words import money_in_words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        pytest.param(0, "Không đồng", id="none"),
        pytest.param(5, "Năm đồng", id="one-digit"),
        pytest.param(15, "Mười lăm đồng", id="fifteen"),
        pytest.param(21, "Hai mươi mốt đồng", id="twenty-one"),
        pytest.param(105, "Một trăm linh năm đồng", id="a-gap"),
        pytest.param(1_005, "Một nghìn không trăm linh năm đồng", id="an-empty-hundred"),
        pytest.param(105_000, "Một trăm linh năm nghìn đồng", id="thousands"),
        pytest.param(2_000_000, "Hai triệu đồng", id="millions"),
        pytest.param(10_000_000_000, "Mười tỷ đồng", id="the-most-that-a-receipt-can-hold"),
    ],
)
def test_an_amount_is_read_as_a_cashier_reads_it(amount: int, words: str) -> None:
    assert money_in_words(amount) == words
