"""HTML that cannot be broken from inside: every text and every value is escaped when rendered.

Only elements made by `el` are markup; whatever else is put into a page is text. What could run
or reach somewhere else cannot be made here at all: scripts, event handlers, inline styles, and
addresses that are not our own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TypeAlias, Union

Child: TypeAlias = Union["Element", str, int, Iterable["Child"], None]
Value: TypeAlias = str | int | bool | None

_VOID = frozenset({"br", "hr", "input", "link", "meta", "img", "col"})
_FORBIDDEN = frozenset({"script", "style", "iframe", "object", "embed", "base", "svg"})
_ADDRESSES = frozenset({"href", "src", "action"})
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_OWN_ADDRESS = re.compile(r"#[\w-]*|\?[^\\]*|/(?![/\\])[^\\]*")
_UNSEEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
"""Control characters, which no HTML text may hold; tab and line ends may stay."""


@dataclass(frozen=True)
class Element:
    """One element with its attributes and what it holds."""

    tag: str
    attributes: tuple[tuple[str, Value], ...]
    children: tuple[Child, ...]

    def markup(self) -> str:
        """The element as HTML text."""
        return "".join(_written(self))


def el(tag: str, *children: Child, **attributes: Value) -> Element:
    """Make an element: `el("td", name, class_="n")`.

    Args:
        tag: the element's name.
        children: elements and texts, also nested in lists; None is nothing.
        attributes: a trailing underscore is dropped (`class_`), others become hyphens
            (`aria_label`). None and False leave the attribute out, True writes its name alone.

    Raises:
        ValueError: the element or attribute could run a script, or the address is not our own.
    """
    if tag in _FORBIDDEN or not _NAME.fullmatch(tag):
        raise ValueError(f"no <{tag}> in our pages")
    named = tuple(
        (name.rstrip("_").replace("_", "-"), value)
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    for name, value in named:
        _check(name, value)
    return Element(tag, named, children)


def _check(name: str, value: Value) -> None:
    if not _NAME.fullmatch(name) or name.startswith("on") or name == "style":
        raise ValueError(f"no attribute {name} in our pages")
    if name in _ADDRESSES and not _OWN_ADDRESS.fullmatch(str(value)):
        raise ValueError(f"{name} leads away from our own pages")


def _written(child: Child) -> Iterator[str]:
    if child is None:
        return
    if isinstance(child, Element):
        attributes = "".join(_attribute(name, value) for name, value in child.attributes)
        yield f"<{child.tag}{attributes}>"
        if child.tag not in _VOID:
            for inner in child.children:
                yield from _written(inner)
            yield f"</{child.tag}>"
    elif isinstance(child, str | int):
        yield escape(str(child).translate(_UNSEEN), quote=False)
    else:
        for inner in child:
            yield from _written(inner)


def _attribute(name: str, value: Value) -> str:
    if value is True:
        return f" {name}"
    return f' {name}="{escape(str(value).translate(_UNSEEN))}"'


def document(*, title: str, head: Child, body: Child, script: str | None = None) -> str:
    """A whole page in Vietnamese.

    `script` is the address of the one script of ours that the page may run; it is written here, so
    that nothing within a page can ever add another.

    Raises:
        ValueError: the script is not our own.
    """
    if script is not None:
        _check("src", script)
        module = (("type", "module"), ("src", script))
        head = (head, Element("script", module, ()))
    whole = el(
        "html",
        el("head", el("meta", charset="utf-8"), el("title", title), head),
        el("body", body),
        lang="vi",
    )
    return f"<!doctype html>\n{whole.markup()}\n"
