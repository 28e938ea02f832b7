"""Every trouble with a file has its refusal, which can be written down and read back."""

import pytest

from postal_bridge.documents.page_values import Trouble, Unreadable
from postal_bridge.documents.refusals import noted, read_back, refusal_of


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_is_told_in_words_and_read_back(trouble: Trouble) -> None:
    refusal = refusal_of(Unreadable(trouble, "60000 x 60000"))
    assert len(refusal.sentence("vi")) > 20
    assert refusal.sentence("vi") != refusal.sentence("en")
    assert read_back(*noted(refusal)) == refusal


def test_a_librarys_own_words_are_not_shown_to_people() -> None:
    said = refusal_of(Unreadable(Trouble.BROKEN, "PdfError: /srv/x.pdf")).sentence("en")
    assert "PdfError" not in said
