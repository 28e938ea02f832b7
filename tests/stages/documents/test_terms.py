"""The terms are those of the design where nothing else is decided."""

from postal_bridge.documents.terms import PaperTerms


def test_a_page_of_a_twelve_megapixel_photo_is_kept_below_the_designs_limit() -> None:
    terms = PaperTerms()
    assert terms.page_limit_bytes == 400_000
    assert terms.dots_per_inch == 200
    assert terms.parts_kept < terms.originals_kept
