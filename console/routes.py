"""Every address of the staff's console, on one page; who may open which stands in `console/roles.py`."""

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from channels.channel import Channels as Voices
from console.assets import Assets
from console.audit import AuditPage
from console.channels import Channels
from console.dashboard import Dashboard
from console.dossiers import Dossiers
from console.errors import Errors
from console.headers import headers
from console.messages import Messages
from console.misses import MissesPage, Nearest, nothing_near
from console.notice_sending import NoticeSending
from console.notices import Notices
from console.pages import Pages, Place, environment
from console.passwords import Passwords
from console.session import Sessions
from console.sign_in import SignIn
from delivery.texts.render import Renderer
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from notices.approval import Approval
from notices.estimate import Estimates
from notices.sending import Sending
from notices.texts import Texts
from notices.upload import Desk
from store.ids import Clock
from store.nouns import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What this door needs; opened and closed by who made it."""

    store: Store
    lookup: Lookup
    naming: Naming
    renderer: Renderer
    desk: Desk
    approval: Approval
    sending: Sending
    texts: Texts
    channels: Voices
    clock: Clock
    place: Place
    estimates: Estimates | None = None
    passwords: Passwords | None = None
    nearest: Nearest = nothing_near


def mount(app: web.Application, deps: Console) -> None:
    """The console under `/console/`, with its own middlewares; `/console` leads there."""
    app.router.add_get("/console", _to_front, name="console")
    app.add_subapp("/console", application(deps))


def application(deps: Console) -> web.Application:
    """The console as an application of its own."""
    assets = Assets()
    pages = Pages(environment(assets), deps.store, deps.channels, deps.place)
    sessions = Sessions(deps.store, clock=deps.clock, https=deps.place.https)
    app = web.Application(middlewares=[headers, Errors(pages).middleware, sessions.middleware])
    for method, path, handler in routes(deps, pages, sessions, assets):
        app.router.add_route(method, path, handler)
    return app


def routes(deps: Console, pages: Pages, sessions: Sessions, assets: Assets) -> list[tuple[str, str, Handler]]:
    """(method, path, handler); a GET answers HEAD too where aiohttp has it so."""
    store, clock = deps.store, deps.clock
    sign_in = SignIn(store, sessions, pages, clock=clock, passwords=deps.passwords)
    dashboard = Dashboard(store, pages, clock=clock)
    dossiers = Dossiers(store, deps.lookup, deps.naming, deps.renderer, pages, clock=clock)
    messages = Messages(store, deps.renderer, pages, clock=clock)
    notices = Notices(store, deps.desk, deps.approval, deps.texts, pages, estimates=deps.estimates, clock=clock)
    sending = NoticeSending(
        store, deps.approval, deps.sending, deps.texts, pages, estimates=deps.estimates, clock=clock
    )
    channels = Channels(store, deps.channels, pages, clock=clock)
    audit = AuditPage(store, pages, clock=clock)
    misses = MissesPage(store, pages, nearest=deps.nearest, clock=clock)
    return [
        ("GET", "/sign-in", sign_in.form),
        ("POST", "/sign-in", sign_in.enter),
        ("GET", "/enter/{token}", sign_in.by_link),
        ("POST", "/sign-out", sign_in.leave),
        ("GET", "/assets/{name:.+}", assets.serve),
        ("GET", "/", dashboard.show),
        ("GET", "/dossiers", dossiers.search),
        ("POST", "/dossiers", dossiers.look),
        ("GET", "/dossiers/{id}", dossiers.show),
        ("POST", "/dossiers/{id}/reveal", dossiers.reveal),
        ("POST", "/dossiers/{id}/unmute", dossiers.unmute),
        ("GET", "/messages/{id}", messages.show),
        ("GET", "/notices", notices.list),
        ("POST", "/notices", notices.upload),
        ("GET", "/notices/new", notices.new),
        ("GET", "/notices/sample.xlsx", notices.sample),
        ("GET", "/notices/{id}", notices.open),
        ("GET", "/notices/{id}/errors", notices.errors),
        ("GET", "/notices/{id}/wrong-rows.xlsx", notices.wrong_rows),
        ("POST", "/notices/{id}/accept", notices.accept),
        ("GET", "/notices/{id}/preview", notices.preview),
        ("POST", "/notices/{id}/submit", sending.submit),
        ("GET", "/notices/{id}/approve", sending.approval),
        ("POST", "/notices/{id}/approve", sending.approve),
        ("POST", "/notices/{id}/return", sending.give_back),
        ("GET", "/notices/{id}/progress", sending.follow),
        ("GET", "/notices/{id}/progress/fragment", sending.fragment),
        ("POST", "/notices/{id}/pause", sending.pause),
        ("POST", "/notices/{id}/resume", sending.resume),
        ("POST", "/notices/{id}/cancel", sending.cancel),
        ("GET", "/misses", misses.show),
        ("GET", "/channels", channels.show),
        ("POST", "/channels/hold", channels.hold),
        ("POST", "/channels/resume", channels.resume),
        ("GET", "/audit", audit.show),
    ]


async def _to_front(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=308, headers={"Location": "/console/"})
