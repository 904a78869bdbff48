"""The two cookies of a browser session. Scripts cannot read them."""

from aiohttp import web

from api.auth.principals import ACCESS_COOKIE

REFRESH_COOKIE = "veza_refresh"
REFRESH_PATH = "/api/v1/auth"
"""The refresh token travels to nowhere else."""


def set_access(response: web.StreamResponse, token: str, max_age_s: int, secure: bool) -> None:
    """Keep the access token; `Lax`: a link from elsewhere opens the page signed in."""
    response.set_cookie(
        ACCESS_COOKIE,
        token,
        max_age=max_age_s,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


def set_refresh(response: web.StreamResponse, token: str, max_age_s: int, secure: bool) -> None:
    """Keep the refresh token."""
    response.set_cookie(
        REFRESH_COOKIE,
        token,
        max_age=max_age_s,
        path=REFRESH_PATH,
        httponly=True,
        samesite="Strict",
        secure=secure,
    )


def clear(response: web.StreamResponse) -> None:
    """Take both back."""
    response.del_cookie(ACCESS_COOKIE, path="/", httponly=True, samesite="Lax")
    response.del_cookie(REFRESH_COOKIE, path=REFRESH_PATH, httponly=True, samesite="Strict")
