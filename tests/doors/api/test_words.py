"""Languages and the words for wrong fields."""

from string import Formatter

import pytest

from postal_bridge.api import problem
from postal_bridge.api.language import preferred
from postal_bridge.api.why import WORDS, wrong_fields
from postal_bridge.errors import Kind, Reason, Refusal


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("fr", "vi"),
        ("en", "en"),
        ("EN-us", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en;q=0.3, vi;q=0.7", "vi"),
        ("vi;q=0, en", "en"),
        ("en;q=nonsense", "vi"),
    ],
)
def test_the_reader_s_language_is_spoken(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_who_asks_for_neither_gets_the_operator_s_choice() -> None:
    assert preferred("fr", default="en") == "en"


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_both_languages_tell_the_same_facts(kind: str) -> None:
    vietnamese, english = WORDS[kind]
    assert names_in(vietnamese) == names_in(english)


def test_an_unknown_kind_of_error_still_has_words() -> None:
    (told,) = wrong_fields([("x", "something_new")], language="vi").wrong
    assert told.detail == "giá trị không đúng"


def test_a_thousand_wrong_fields_are_not_all_listed() -> None:
    assert len(wrong_fields([("x", "missing")] * 1000, language="en").wrong) == 100


def test_every_kind_of_refusal_has_a_status_and_a_title() -> None:
    assert set(problem.STATUS) == set(problem.TITLES) == set(Kind)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_reason_can_be_rendered(reason: Reason, language: str) -> None:
    asked = names_in(reason.vietnamese) | names_in(reason.english)
    facts: dict[str, object] = dict.fromkeys(asked, "đây")
    answer = problem.refused(
        Refusal(reason, None, facts), language="en" if language == "en" else "vi", instance="/x"
    )
    assert 400 <= answer.status < 500 or (reason.kind is Kind.OUTSIDE and answer.status == 502)
    assert answer.content_type == "application/problem+json"
