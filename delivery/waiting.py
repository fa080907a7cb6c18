"""Why messages wait, as people ask it (vì sao chưa gửi): which limit binds now, of all of them and of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.channel import Capabilities
from delivery.event import EventName, FilingChannel
from delivery.history import CHANNELS, EVENTS, OVER
from delivery.hours import Hours, is_urgent
from delivery.money.meters import NEARLY, agency_of, day_of, month_of
from delivery.money.purse import HELD as OVER_LIMIT
from delivery.policy import POLICIES, RoutingSettings, Settings
from delivery.providers.standings import Provider, providers
from delivery.switch import EVERYTHING, Held, Kind, Scope, held, scope_of
from delivery.switch import HOLD as SWITCHES
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import OutboxMessage, State
from store.outbox.waits import Backlog, Standing
from store.switches import Switch
from vietnam.calendar import moment
from vietnam.money import screen

FILINGS: Mapping[str, str] = {
    FilingChannel.COUNTER: "nộp tại quầy",
    FilingChannel.ONLINE: "nộp trực tuyến",
    FilingChannel.POST: "gửi qua bưu chính",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many messages of a lane and a channel in one state, since when, and why they have not left."""

    lane: int
    channel: str | None
    state: State
    count: int
    since: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that waits, and the limits that bind whatever waits: switches thrown, budgets used up."""

    lines: tuple[Line, ...]
    limits: tuple[str, ...]


class Waiting:
    """`can` are the channels that are switched on, by name."""

    def __init__(
        self,
        store: Store,
        can: Mapping[str, Capabilities],
        *,
        settings: Settings,
        routing: RoutingSettings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._can = can
        self._settings = settings
        self._hours = Hours(settings, routing)
        self._clock = clock

    async def everything(self) -> Sight:
        """What is under way, by lane and channel. Reads the whole queue."""
        now, standing = self._clock(), await providers(self._store, self._can, self._clock)
        async with self._store.database.reading() as tx:
            holding = await held(self._store, tx)
            switches = await self._store.switches.thrown(tx, SWITCHES)
            lines = [
                line for one in await self._store.outbox.backlog(tx, now) for line in _lines(one, holding, standing)
            ]
            lines += [
                Line(lane=one.lane, channel=one.channel, state=one.state, count=one.count, since=None, why="")
                for one in await self._store.outbox.waiting(tx)
                if one.state is not State.WAITING
            ]
            limits = [await self._switched(tx, switch) for switch in switches]
            limits += await self._spent(tx, now)
        return Sight(lines=tuple(lines), limits=tuple(limits))

    async def of(self, message: OutboxMessage) -> str | None:
        """One sentence: what binds this message now; None unless it waits."""
        if message.state is not State.WAITING:
            return None
        now, standing = self._clock(), await providers(self._store, self._can, self._clock)
        async with self._store.database.reading() as tx:
            place = await self._store.outbox.standing(tx, message.joined_into or message.id, now)
            holding = await held(self._store, tx)
        if place is None:
            return None
        return (
            self._held(message, holding)
            or self._later(message, place, now)
            or _behind(place)
            or _channel(place.channel, holding, standing)
            or "Đến lượt: sẽ được gửi trong lần gửi tới."
        )

    def _held(self, message: OutboxMessage, holding: Held) -> str:
        mode = self._settings.mode_of(message.event, message.agency)
        if holding.everything:
            return "Đang dừng gửi mọi tin theo lệnh; gửi tiếp: motcua resume."
        for kind, value in (
            (Kind.EVENT, message.event),
            (Kind.AGENCY, message.agency),
            (Kind.FILING, message.filing_channel),
        ):
            if value in holding.of(kind):
                return f"Đang dừng gửi theo lệnh: {scope_words(Scope(kind=kind, value=value or ''))}."
        return "" if mode == "live" else f"Chế độ gửi đang là {mode}, tin chưa được gửi thật."

    def _later(self, message: OutboxMessage, place: Standing, now: datetime) -> str:
        """Why its hour has not come; "" where it has."""
        if place.due_at <= now:
            return ""
        until = moment(place.due_at)
        if (limit := place.tried.get(OVER_LIMIT)) is not None:
            return f"Chờ vì {OVER.get(limit, 'đã chạm giới hạn')}; xem lại lúc {until}."
        if place.attempt:
            return f"Đã thử {place.attempt} lần, đang nghỉ; thử lại lúc {until}."
        if message.body.get("digest"):
            return f"Chờ bản tin trong ngày, gửi lúc {until}."
        return self._by_itself(message, place, now, until)

    def _by_itself(self, message: OutboxMessage, place: Standing, now: datetime, until: str) -> str:
        event = EventName(message.event)
        settled = max(message.created_at, _happened(message) + self._settle(event))
        if settled > now:
            return f"Chờ để trạng thái ổn định rồi mới báo; đến hạn lúc {until}."
        urgent = is_urgent(event, message.body.get("fields") or {}, now)
        if self._hours.allowed(event, now, place.recipient, urgent=urgent) > now:
            return f"Chưa đến giờ được gửi; gửi lúc {until}."
        if self._hours.allowed(event, settled, place.recipient, urgent=urgent) > settled:
            return f"Được gửi rải để không dồn một lúc; gửi lúc {until}."
        return f"Chờ gửi cùng các tin khác, hoặc được gửi rải; gửi lúc {until}."

    def _settle(self, event: EventName) -> timedelta:
        return POLICIES[event].settle if self._settings.settling else timedelta(0)

    async def _switched(self, tx: Tx, switch: Switch) -> str:
        scope = scope_of(switch.name)
        named = {kind: [scope.value] if scope.kind is kind else [] for kind in Kind}
        about = f"Đang dừng {scope_words(scope)} từ {moment(switch.at)}"
        about += f", lý do: {switch.why}" if switch.why else ""
        if scope.kind in (None, Kind.CHANNEL):
            return f"{about}."
        count = await self._store.outbox.held_by(
            tx, events=named[Kind.EVENT], agencies=named[Kind.AGENCY], filings=named[Kind.FILING]
        )
        return f"{about}: {count} tin đang chờ."

    async def _spent(self, tx: Tx, now: datetime) -> list[str]:
        """The limits of money and of messages that are used up, or nearly."""
        words = []
        for used in await self._store.spending.standing(tx, [day_of(now), month_of(now)]):
            most = used.limit
            if most is not None and used.used * 100 >= most * NEARLY:
                when = "hôm nay" if used.period == day_of(now) else "tháng này"
                agency = agency_of((used.scope, used.period))
                what = "Lượt gửi mẫu tin Zalo" if used.scope.startswith("zalo") else "Ngân sách"
                amount = f"{screen(used.used)} trong {screen(most)}"
                if used.scope.startswith("zalo"):
                    amount = f"{used.used} trong {most} tin"
                words.append(f"{what} {when}{f' của cơ quan {agency}' if agency else ''} đã dùng {amount}.")
        return words


def scope_words(scope: Scope) -> str:
    """What a switch holds, in words."""
    match scope.kind:
        case Kind.CHANNEL:
            return f"kênh {CHANNELS.get(scope.value, scope.value)}"
        case Kind.EVENT:
            return f"loại tin “{EVENTS.get(scope.value, scope.value)}”"
        case Kind.AGENCY:
            return f"tin của cơ quan {scope.value}"
        case Kind.FILING:
            return f"tin của hồ sơ {FILINGS.get(scope.value, scope.value)}"
    return "mọi tin"


def scope(kind: Kind, value: str) -> Scope:
    """A scope that means something.  Raises ValueError, in Vietnamese, for a channel or an event that is not there."""
    known: Mapping[Kind, Sequence[str]] = {
        Kind.CHANNEL: list(CHANNELS),
        Kind.EVENT: [event.value for event in EventName],
        Kind.FILING: [filing.value for filing in FilingChannel],
    }
    if kind in known and value not in known[kind]:
        raise ValueError(f"{value} không có; chọn một trong: {', '.join(known[kind])}")
    if not value.strip() or len(value) > 64:
        raise ValueError("mã cơ quan chưa đúng")
    return Scope(kind=kind, value=value)


def _lines(one: Backlog, holding: Held, standing: Sequence[Provider]) -> list[Line]:
    lines = []
    common: dict[str, Any] = {"lane": one.lane, "channel": one.channel, "state": State.WAITING}
    if ready := one.due - one.behind:
        why = _channel(one.channel, holding, standing) or "Đến lượt: sẽ được gửi trong lần gửi tới."
        lines.append(Line(**common, count=ready, since=one.oldest_due_at, why=why))
    if one.behind:
        why = "Chờ tin trước của cùng người nhận."
        lines.append(Line(**common, count=one.behind, since=one.oldest_due_at, why=why))
    if one.later and one.next_due_at is not None:
        tried = f" {one.tried} tin đã thử và đang nghỉ." if one.tried else ""
        why = f"Chưa đến giờ; sớm nhất lúc {moment(one.next_due_at)}.{tried}"
        lines.append(Line(**common, count=one.later, since=None, why=why))
    return lines


def _behind(place: Standing) -> str:
    return f"Chờ tin trước của cùng người nhận ({place.behind})." if place.behind else ""


def _channel(channel: str | None, holding: Held, standing: Sequence[Provider]) -> str:
    """What holds a whole channel now; "" where nothing does."""
    if holding.everything:
        return f"Đang dừng {scope_words(EVERYTHING)} theo lệnh."
    if channel is None:
        return ""
    if channel in holding.channels:
        return f"Đang dừng {scope_words(Scope(kind=Kind.CHANNEL, value=channel))} theo lệnh."
    provider = next((one for one in standing if one.name == channel), None)
    if provider is None:
        return f"Kênh {CHANNELS.get(channel, channel)} chưa bật."
    return "" if provider.state == "ready" and not provider.rate else f"{CHANNELS[channel]}: {provider.sentence}"


def _happened(message: OutboxMessage) -> datetime:
    at = message.body.get("at")
    return min(datetime.fromisoformat(at), message.created_at) if isinstance(at, str) else message.created_at
