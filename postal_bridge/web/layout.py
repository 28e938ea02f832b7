"""What all pages share: head, header, footer; and the small pages: sign in, something is wrong."""

from dataclasses import dataclass
from datetime import datetime

from postal_bridge.clock import format_local
from postal_bridge.identity import ROLE_NAMES, Actor
from postal_bridge.web.html import Child, Element, document, el

PARTS = (
    ("bang-thang", "Bảng tháng"),
    ("di-ve", "Đi và về"),
    ("chua-ve", "Chưa về"),
    ("doi-soat", "Đối soát"),
    ("su-co", "Sự cố"),
    ("so", "Sổ"),
)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands around every page.

    Attributes:
        province: its name; centre: the name of its one-stop centre, once it is known.
        style, icon: addresses of the style sheet and of the icon.
        script: address of the page's script, where it has one.
    """

    province: str
    centre: str
    style: str
    icon: str
    now: datetime
    actor: Actor | None = None
    script: str | None = None

    def page(self, title: str, body: Child) -> str:
        """A whole page."""
        return document(
            title=f"{title} · {self.province}",
            head=(
                el("meta", name="viewport", content="width=device-width, initial-scale=1"),
                el("meta", name="color-scheme", content="light"),
                el("meta", name="robots", content="noindex"),
                el("link", rel="icon", type="image/svg+xml", href=self.icon),
                el("link", rel="stylesheet", href=self.style),
            ),
            body=(
                el("a", "Đến nội dung chính", href="#noi-dung", class_="skip"),
                self._header(),
                el("main", body, id="noi-dung"),
                self._footer(),
            ),
            script=self.script,
        )

    def _header(self) -> Element:
        return el(
            "header",
            el(
                "div",
                el("img", src=self.icon, alt="", width=40, height=40),
                el(
                    "p",
                    el("span", f"Tỉnh {self.province} · Bưu chính công ích", class_="province"),
                    el("strong", self.centre),
                ),
                self._signed_in() if self.actor else None,
                class_="inner",
            ),
        )

    def _signed_in(self) -> Element | None:
        if self.actor is None:
            return None
        who = el("span", self.actor.name, el("small", ROLE_NAMES[self.actor.role]))
        button = el("button", "Đăng xuất", class_="quiet")
        return el("form", who, button, action="/dang-xuat", method="post", class_="who")

    def _footer(self) -> Element:
        return el("footer", el("p", f"Lúc {format_local(self.now)}, giờ Việt Nam."))


def board_title(period: str, *, parts: bool = True) -> Element:
    """The board's heading, with the way to its parts where they follow."""
    links = [el("a", name, href=f"#{part}") for part, name in PARTS]
    return el(
        "div",
        el("h1", "Bảng theo dõi hồ sơ"),
        el("p", period, class_="lead"),
        el("nav", links, class_="parts", aria_label="Các phần của bảng") if parts else None,
        class_="title",
    )


def sign_in_form(
    *, onward: str, username: str = "", wrong: str | None = None, told: str | None = None
) -> Element:
    """The form to sign in with; a password is never written back into it."""
    return el(
        "form",
        el("h1", "Đăng nhập"),
        el("p", told, class_="note") if told else None,
        el("p", wrong, class_="wrong", role="alert") if wrong else None,
        el("input", type="hidden", name="tiep", value=onward),
        el(
            "label",
            el("span", "Tên đăng nhập"),
            el(
                "input",
                type="text",
                name="ten",
                value=username,
                autocomplete="username",
                autocapitalize="none",
                spellcheck="false",
                maxlength=60,
                required=True,
                autofocus=not username,
            ),
        ),
        el(
            "label",
            el("span", "Mật khẩu"),
            el(
                "input",
                type="password",
                name="mat_khau",
                autocomplete="current-password",
                maxlength=1000,
                required=True,
                autofocus=bool(username),
            ),
        ),
        el("button", "Đăng nhập"),
        action="/dang-nhap",
        method="post",
        class_="card sign-in",
    )


def trouble(
    title: str, sentence: str, *, to: str = "/bang", way: str = "Về bảng theo dõi"
) -> Element:
    """A page that says what is wrong and where to go from here."""
    return el(
        "section",
        el("h1", title),
        el("p", sentence),
        el("p", el("a", way, href=to, class_="button")),
        class_="card trouble",
        role="alert",
    )
