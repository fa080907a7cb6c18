"""What `motcua stop`, `resume` and `outbox …` do: each opens the memory, makes one call, gives plain data back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from delivery import switch
from delivery.history import CHANNELS, EVENTS, STATES, sentences, why
from delivery.hours import Hours
from delivery.policy import Lane
from delivery.switch import EVERYTHING, Kind, Resumed, Scope
from delivery.waiting import Line, Sight, Waiting, scope, scope_words
from motcua.config import Config
from motcua.failures import Refusal
from motcua.rooms import concrete_channels, now, opened_store
from store.nouns import Store
from store.outbox.tables import State
from vietnam.calendar import moment
from vietnam.phone import PhoneError, read

Rows = list[dict[str, Any]]
AGAIN_FOR = timedelta(hours=24)
"""How long a message lives that is sent again by hand."""

_LANES = {Lane.REPLY: "trả lời", Lane.NOTICE: "báo tin", Lane.BULK: "hàng loạt"}


def scopes(**wanted: str | None) -> list[Scope]:
    """What the options of `stop` and `resume` name, by the kind of switch; everything where they name nothing."""
    try:
        named = [scope(Kind(kind), value) for kind, value in wanted.items() if value is not None]
    except ValueError as fault:
        raise Refusal(str(fault), usage=True) from fault
    return named or [EVERYTHING]


async def hold(config: Config, wanted: Sequence[Scope], reason: str) -> str:
    async with opened_store(config) as store:
        for one in wanted:
            await switch.stop(store, now, by="motcua stop", why=reason, scope=one)
    how = "motcua resume" if wanted == [EVERYTHING] else "motcua resume với cùng lựa chọn"
    return f"Đã dừng {', '.join(map(scope_words, wanted))}. Tin vẫn được lập và chờ. Gửi tiếp: {how}"


async def release(config: Config, wanted: Sequence[Scope]) -> str:
    """What was let go and what was dropped, in sentences."""
    hours = Hours(config.delivery, config.routing)
    async with opened_store(config) as store:
        done = [await switch.resume(store, now, by="motcua resume", scope=one, hours=hours) for one in wanted]
        left = [scope_words(each) for each, _ in await switch.thrown(store)]
    still = f" Vẫn còn dừng: {', '.join(left)}." if left else ""
    return f"Đã cho gửi tiếp {', '.join(map(scope_words, wanted))}. {_resumed(done)}{still}"


async def status(config: Config) -> tuple[Rows, Sequence[str]]:
    """What is under way, a row each; and the limits that bind whatever waits."""
    async with opened_store(config) as store:
        seen: Sight = await _waiting(config, store).everything()
    return [_row(line) for line in seen.lines], seen.limits


async def explained(config: Config, message_id: str) -> Rows:
    """One message: where it is and why, what binds it now, and its whole history."""
    async with opened_store(config) as store:
        async with store.database.reading() as tx:
            message = await store.outbox.get(tx, message_id)
            members = await store.outbox.members(tx, message_id)
        if message is None:
            raise Refusal("không có tin nào mang mã này")
        binding = await _waiting(config, store).of(message)
    what = f"{EVENTS.get(message.event, message.event)}: {STATES[message.state]}."
    head = [{"lúc": moment(message.created_at), "việc": f"{what} {binding or why(message)}"}]
    if message.joined_into is not None:
        head.append({"lúc": "", "việc": f"Đi cùng tin gộp {message.joined_into}."})
    if members:
        head.append({"lúc": "", "việc": f"Mang theo {len(members)} tin: {', '.join(m.message_id for m in members)}."})
    return head + [{"lúc": moment(line.at), "việc": line.text} for line in sentences(message)]


async def retry(config: Config, message_ids: Sequence[str]) -> int:
    """A joined message is sent again with the one that carries it."""
    async with opened_store(config) as store:
        async with store.database.transaction() as tx:
            carriers = await store.outbox.carriers(tx, message_ids)
            wanted = list(dict.fromkeys(carriers.get(one, one) for one in message_ids))
            at = now()
            count = await store.outbox.retry(tx, wanted, at, at + AGAIN_FOR, "motcua outbox retry")
        await store.wakeup.wake("outbox")
    return count


async def cancel(config: Config, message_ids: Sequence[str]) -> int:
    """A joined message is taken out of the one that carries it first; the others go on."""
    async with opened_store(config) as store, store.database.transaction() as tx:
        at = now()
        await store.outbox.take_out(tx, message_ids, at)
        return await store.outbox.cancel(tx, at=at, detail="motcua outbox cancel", message_ids=message_ids)


async def digest(config: Config, address: str, daily: bool | None) -> None:
    """Whether whoever has this phone or email hears once a day; None: as the configuration has it."""
    async with opened_store(config) as store, store.database.transaction() as tx:
        kind, value = ("email", address.strip().lower()) if "@" in address else ("phone", _phone(address))
        person = await store.people.find(tx, "email" if kind == "email" else "phone", value)
        if person is None:
            raise Refusal("chưa có hồ sơ nào với số điện thoại hoặc email này")
        await store.digests.wish(tx, person, daily, at=now(), by="motcua outbox digest")


def _waiting(config: Config, store: Store) -> Waiting:
    can = {name: channel.can for name, channel in concrete_channels(config, store, now).items()}
    return Waiting(store, can, settings=config.delivery, routing=config.routing, clock=now)


def _row(line: Line) -> dict[str, Any]:
    return {
        "làn": _LANES[Lane(line.lane)],
        "tình trạng": STATES[line.state],
        "kênh": CHANNELS.get(line.channel or "", "-"),
        "số tin": line.count,
        "đến hạn từ": "" if line.since is None else moment(line.since),
        "vì sao": line.why if line.state is State.WAITING else "",
    }


def _resumed(done: Sequence[Resumed]) -> str:
    stale: dict[str, int] = {}
    for one in done:
        for event, count in one.stale.items():
            stale[event] = stale.get(event, 0) + count
    words = f"Bỏ {sum(stale.values())} tin quá hạn"
    words += (
        f": {', '.join(f'{count} {EVENTS.get(event, event)}' for event, count in stale.items())}." if stale else "."
    )
    going, within = max(one.going for one in done), max(one.within for one in done)
    if going and within:
        words += f" {going} tin báo đang chờ được gửi rải trong {_length(within)}, việc gấp đi trước."
    return words


def _length(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds} giây" if seconds < 90 else f"{round(seconds / 60)} phút"


def _phone(text: str) -> str:
    try:
        return read(text)
    except PhoneError as fault:
        raise Refusal(fault.reason, usage=True) from fault
