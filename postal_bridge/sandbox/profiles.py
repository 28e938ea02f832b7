"""The stand-ins by the names under which somebody starts one, and how to connect with each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from postal_bridge.clock import Clock
from postal_bridge.errors import Misuse

PORTAL = "portal"
"""Besides the makes of one-stop systems."""

_VNPOST = ("vnpost_ngsp", "vnpost_hcc", "vnpost_soap", "myvnpost")
_COURIERS = (
    "ghn",
    "ghtk",
    "jt",
    "viettel_post",
)

OF_SYSTEM: Mapping[str, tuple[str, ...]] = {
    "onestop": ("opencps", "tandan", "igate"),
    PORTAL: (PORTAL,),
    "vnpost": _VNPOST,
    "carriers": (*_VNPOST, *_COURIERS),
}
"""The profiles of each system; the first is taken where nobody names one."""


def profile_of(system: str, named: str | None) -> str:
    """The profile that is meant.

    Raises:
        Misuse: the system has no such profile.
    """
    known = OF_SYSTEM[system]
    if named is not None and named not in known:
        raise Misuse(f"--profile {named}: {system} có / has {', '.join(known)}")
    return named or known[0]


@dataclass(frozen=True)
class Imitated:
    """A stand-in that can be started.

    Attributes:
        name: of what it imitates.
        section: of the settings that connect with it.
        settings: that section's keys and values; `{url}` stands for the address.
    """

    app: web.Application
    name: str
    section: str
    settings: Mapping[str, str]

    def settings_at(self, url: str) -> str:
        """The section as it is written in a settings file."""
        lines = [f'{key} = "{value.replace("{url}", url)}"' for key, value in self.settings.items()]
        return "\n".join([f"[{self.section}]", *lines])


def imitated(profile: str, *, clock: Clock) -> Imitated:
    """The stand-in of this profile, empty; a profile that nobody knows raises `KeyError`."""
    return _PROFILES[profile](clock)


def _opencps(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.onestop import BASE_PATH, STAND, make_onestop

    app = make_onestop(clock=clock)
    login = app[STAND].credentials
    settings = {
        "profile": "opencps",
        "base_url": f"{{url}}{BASE_PATH}",
        "group_id": login.group_id,
        "username": login.username,
        "password": login.password,
    }
    return Imitated(app, "OpenCPS", "onestop", settings)


def _tandan(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.tandan import BASE_PATH, make_tandan
    from postal_bridge.sandbox.tandan_access import TanDanCredentials

    login = TanDanCredentials()
    settings = {
        "profile": "tandan",
        "base_url": f"{{url}}{BASE_PATH}",
        "username": login.username,
        "password": login.password,
    }
    app = make_tandan(clock=clock, credentials=login)
    return Imitated(app, "Tân Dân", "onestop", settings)


def _igate(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.igate import TOKEN_PATH, make_igate
    from postal_bridge.sandbox.igate_access import IGateCredentials

    login = IGateCredentials()
    settings = {
        "profile": "igate",
        "base_url": "{url}",
        "token_url": f"{{url}}{TOKEN_PATH}",
        "client_id": login.client_id,
        "username": login.username,
        "password": login.password,
    }
    return Imitated(make_igate(clock=clock, credentials=login), "iGate", "onestop", settings)


def _portal(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.national_portal import (
        LOGIN_PATH,
        SERVICE_PATH,
        make_national_portal,
    )
    from postal_bridge.sandbox.national_portal_access import PortalCredentials

    login = PortalCredentials()
    settings = {
        "base_url": "{url}",
        "login_path": LOGIN_PATH,
        "service_path": SERVICE_PATH,
        "username": login.username,
        "password": login.password,
        "dstcode": login.dstcode,
        "unit_code": login.unit_code,
    }
    app = make_national_portal(clock=clock, credentials=login)
    return Imitated(app, "Cổng Dịch vụ công quốc gia", "national_portal", settings)


def _vnpost_ngsp(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.vnpost_ngsp import (
        CUSTOMER_CODE,
        NGSP_PATH,
        TOKEN_PATH,
        NgspCredentials,
        make_vnpost_ngsp,
    )

    login = NgspCredentials()
    settings = {
        "kind": "vnpost_ngsp",
        "base_url": f"{{url}}{NGSP_PATH}",
        "token_url": f"{{url}}{TOKEN_PATH}",
        "customer_code": CUSTOMER_CODE,
        "username": login.key,
        "password": login.secret,
        "sender_phone": "02053800000",
        "sender_address": "Lạng Sơn",
        "sender_province": "20",
    }
    app = make_vnpost_ngsp(clock=clock, credentials=login)
    return Imitated(app, "VNPost NGSP", "carriers.vnpost", settings)


def _vnpost_hcc(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.vnpost_hcc import (
        CUSTOMER_CODE,
        PATH,
        TOKEN,
        make_vnpost_hcc,
    )

    settings = {
        "kind": "vnpost_hcc",
        "base_url": f"{{url}}{PATH}",
        "token": TOKEN,
        "customer_code": CUSTOMER_CODE,
        "sender_phone": "02053800000",
        "sender_address": "Lạng Sơn",
        "sender_province": "20",
    }
    app = make_vnpost_hcc(clock=clock)
    return Imitated(app, "VNPost HCC", "carriers.vnpost_hcc", settings)


def _vnpost_soap(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.vnpost_soap import PATH, SoapCredentials, make_vnpost_soap

    login = SoapCredentials()
    settings = {
        "kind": "vnpost_soap",
        "base_url": f"{{url}}{PATH}",
        "username": login.user,
        "password": login.password,
    }
    app = make_vnpost_soap(clock=clock, credentials=login)
    return Imitated(app, "VNPost TrackAndTrace", "carriers.vnpost_soap", settings)


def _ghn(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.ghn import SHOP_ID, TOKEN, make_ghn

    settings = {"kind": "ghn", "base_url": "{url}", "token": TOKEN, "shop": str(SHOP_ID)}
    return Imitated(make_ghn(clock=clock), "Giao Hàng Nhanh", "carriers.ghn", settings)


def _ghtk(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.ghtk import PARTNER, TOKEN, make_ghtk

    settings = {
        "kind": "ghtk",
        "base_url": "{url}",
        "token": TOKEN,
        "username": PARTNER,
        "sender_name": "Trung tâm Phục vụ hành chính công",
        "sender_phone": "02053800000",
        "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
        "sender_province": "20",
    }
    return Imitated(make_ghtk(clock=clock), "Giao Hàng Tiết Kiệm", "carriers.ghtk", settings)


def _jt(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.jt import BASE_PATH, JtCredentials, make_jt

    login = JtCredentials()
    settings = {
        "kind": "jt",
        "base_url": f"{{url}}{BASE_PATH}",
        "username": login.account,
        "token": login.key,
        "customer_code": login.customer,
        "password": login.password,
        "variant": "PP_PM",
        "sender_phone": "02053800000",
        "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
        "sender_province": "20",
    }
    app = make_jt(clock=clock, credentials=login)
    return Imitated(app, "J&T Express", "carriers.jt", settings)


def _viettel_post(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.viettel_post import (
        ViettelPostCredentials,
        make_viettel_post,
    )

    login = ViettelPostCredentials()
    settings = {
        "kind": "viettel_post",
        "base_url": "{url}",
        "username": login.username,
        "password": login.password,
        "variant": "VCN",
        "sender_phone": "02053800000",
        "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
        "sender_province": "20",
    }
    app = make_viettel_post(clock=clock, credentials=login)
    return Imitated(app, "Viettel Post", "carriers.viettel_post", settings)


def _myvnpost(clock: Clock) -> Imitated:
    from postal_bridge.sandbox.carriers.myvnpost import make_myvnpost
    from postal_bridge.sandbox.carriers.myvnpost_stand import CUSTOMER_CODE, MyvnpostCredentials

    login = MyvnpostCredentials()
    settings = {
        "kind": "myvnpost",
        "base_url": "{url}",
        "username": login.username,
        "password": login.password,
        "customer_code": CUSTOMER_CODE,
        "variant": "ETN031",
        "sender_phone": "02053800000",
        "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
        "sender_province": "20",
    }
    app = make_myvnpost(clock=clock, credentials=login)
    return Imitated(app, "MyVNPost", "carriers.myvnpost", settings)


_PROFILES: dict[str, Callable[[Clock], Imitated]] = {
    "opencps": _opencps,
    "tandan": _tandan,
    "igate": _igate,
    PORTAL: _portal,
    "ghn": _ghn,
    "ghtk": _ghtk,
    "jt": _jt,
    "myvnpost": _myvnpost,
    "viettel_post": _viettel_post,
    "vnpost_hcc": _vnpost_hcc,
    "vnpost_ngsp": _vnpost_ngsp,
    "vnpost_soap": _vnpost_soap,
}
