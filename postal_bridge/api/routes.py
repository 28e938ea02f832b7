"""Every URL of the API, on one page. Paths are below /api/v1."""

from postal_bridge.api import sessions
from postal_bridge.api.call import Route
from postal_bridge.identity import Role

EVERYBODY = frozenset(Role)

SESSION_ROUTES = (
    Route(
        "POST",
        "/sessions",
        sessions.sign_in,
        roles=None,
        body=sessions.Credentials,
        out=sessions.SignedIn,
        status=201,
        own_transactions=True,
        secret=True,
        summary_vi="Đăng nhập",
        summary_en="Sign in",
        tag="sessions",
        example={"username": "lan.nguyen", "password": "…", "device": "HH-07"},
    ),
    Route(
        "DELETE",
        "/sessions/current",
        sessions.sign_out,
        roles=EVERYBODY,
        status=204,
        summary_vi="Đăng xuất",
        summary_en="Sign out",
        tag="sessions",
    ),
    Route(
        "GET",
        "/me",
        sessions.me,
        roles=EVERYBODY,
        out=sessions.Me,
        summary_vi="Tôi là ai",
        summary_en="Who I am",
        tag="sessions",
    ),
)

ROUTES: tuple[Route, ...] = (*SESSION_ROUTES,)
