"""The one aiohttp application: request ids, sizes, plain errors; the machines' door and the staff's pages on it."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version

import structlog
from aiohttp import web

from bot.lookup import Lookup as Book
from console.routes import Console, mount
from motcua.doors import nearest, search
from motcua.rooms import Rooms
from web import routes as doors
from web.problems import Problem

LARGEST_BODY = 12 * 1024 * 1024
"""No address takes more; most take far less and say so themselves."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(rooms: Rooms, staff: Console, book: Book) -> web.Application:
    """Everything that this service answers on its port."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_identified, _answered])
    deps = doors.Web(
        store=rooms.store,
        planner=rooms.planner,
        intake=rooms.intake,
        lookup=rooms.lookup,
        channels=rooms.channels,
        search=partial(search, book),
        clock=rooms.clock,
        settings=rooms.config.web,
        version=version("motcua"),
    )
    app.add_routes(doors.routes(deps))
    mount(app, replace(staff, nearest=partial(nearest, book)))
    return app


@web.middleware
async def _identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Each answer carries the id under which the log knows it; a caller's own id is kept if it is a plain one."""
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        response = await handler(request)
    if not response.prepared:
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


@web.middleware
async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An unforeseen fault is a plain 500 without a word of what went wrong inside; the log has the place."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except ConnectionResetError:
        raise
    except Exception as why:
        _log.exception("server.fault", method=request.method, route=_route(request), why=type(why).__name__)
        return Problem(500).response()


def _route(request: web.Request) -> str:
    """The address's pattern: a path itself may hold what must not be logged."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "?"
