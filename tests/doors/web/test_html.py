"""Markup is made by `el` alone; everything else stays text, and nothing can run."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from postal_bridge.web.html import document, el


class Reader(HTMLParser):
    """What a browser would see: elements with attributes, and texts."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


visible = st.text(st.characters(exclude_categories=("Cs", "Cc")))


@given(visible)
def test_any_text_comes_out_as_that_text_and_as_nothing_else(text: str) -> None:
    seen = Reader(el("p", text, title=text).markup())
    assert seen.elements == [("p", {"title": text})]
    assert seen.text == text


def test_nested_lists_numbers_and_nothing_are_children() -> None:
    made = el("ul", [el("li", n) for n in range(2)], None, ["x", ["<"]])
    assert made.markup() == "<ul><li>0</li><li>1</li>x&lt;</ul>"


def test_attributes_that_are_not_true_are_left_out() -> None:
    made = el("input", class_="a", aria_label='"', required=True, disabled=False, value=None)
    assert made.markup() == '<input class="a" aria-label="&quot;" required>'


def test_control_characters_are_dropped() -> None:
    assert el("p", "a\x00\x1bb\tc\n").markup() == "<p>ab\tc\n</p>"


def test_a_page_s_script_is_ours() -> None:
    page = document(title="x", head=None, body=None, script="/static/capture.js?v=1")
    assert '<script type="module" src="/static/capture.js?v=1"></script></head>' in page
    with pytest.raises(ValueError, match="leads away"):
        document(title="x", head=None, body=None, script="//elsewhere/x.js")


@pytest.mark.parametrize("tag", ["script", "style", "iframe", "svg", "p onclick", "P", ""])
def test_no_element_that_could_run(tag: str) -> None:
    with pytest.raises(ValueError, match="in our pages"):
        el(tag)


@pytest.mark.parametrize("name", ["onclick", "on_load", "style", "a=b", "x>"])
def test_no_attribute_that_could_run(name: str) -> None:
    with pytest.raises(ValueError, match="in our pages"):
        el("p", **{name: "x"})


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://elsewhere.example", "//elsewhere", "/\\elsewhere", " /x", ""],
)
def test_no_address_that_leads_away(address: str) -> None:
    for name in ("href", "src", "action"):
        with pytest.raises(ValueError, match="leads away"):
            el("a", **{name: address})


def test_our_own_addresses_are_taken() -> None:
    for address in ("/", "/bang?tu=1&den=2#x", "#noi-dung", "?trang=2"):
        assert Reader(el("a", href=address).markup()).elements == [("a", {"href": address})]


def test_a_page_says_that_it_is_vietnamese() -> None:
    page = document(title="<Bảng>", head=(), body="x")
    assert page.startswith('<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">')
    assert "<title>&lt;Bảng&gt;</title>" in page
