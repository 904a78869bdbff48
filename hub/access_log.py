"""The access log: one record a request, without what the request said."""

import logging

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger


class AccessLogger(AbstractAccessLogger):
    """One record a request, by route: a path may hold an invitation, a query string a token."""

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        self.logger.info(
            "http.request",
            extra={
                "method": request.method,
                "route": _route(request),
                "status": response.status,
                "duration_ms": round(time * 1_000, 1),
                "sent_bytes": response.body_length,
                "request_id": request.get("request_id"),
            },
        )


def _route(request: web.BaseRequest) -> str:
    """The pattern that matched, such as `/join/{token}`, never what stood in its place."""
    try:
        match = getattr(request, "match_info", None)
    except AssertionError:  # aiohttp's word for bytes that were no request: nothing was matched
        match = None
    resource = None if match is None else match.route.resource
    return "(no route)" if resource is None else str(resource.canonical)
