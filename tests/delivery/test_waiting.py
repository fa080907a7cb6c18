"""Whoever asks why a message waits is told the one thing that holds it now."""

from datetime import UTC, datetime

import pytest

from channels.errors import Throttled, Unavailable
from delivery import switch
from delivery.event import EventName, Recipient
from delivery.policy import RoutingSettings
from delivery.switch import Kind, Scope
from delivery.waiting import Waiting
from vietnam.calendar import ZONE


@pytest.fixture
def why(store, clock):
    """Why a message waits, in this house."""

    async def ask(house, message_id: str, quiet_hours: str = "") -> str | None:
        can = {name: channel.can for name, channel in house.channels.items()}
        waiting = Waiting(
            store, can, settings=house.settings, routing=RoutingSettings(quiet_hours=quiet_hours), clock=clock
        )
        return await waiting.of(await house.message(message_id))

    return ask


async def planned(house, name: EventName = EventName.DONE, **changes) -> str:
    (one,) = await house.plan(house.event(await house.person(), name, **changes))
    return one.message_id


async def test_settling(open_house, why) -> None:
    house = open_house(settling=True)

    assert await why(house, await planned(house)) == (
        "Chờ để trạng thái ổn định rồi mới báo; đến hạn lúc 09:30 25/06/2026."
    )


async def test_the_quiet_hours(open_house, why, clock) -> None:
    house = open_house()
    clock.now = datetime(2026, 6, 25, 22, 0, tzinfo=ZONE).astimezone(UTC)
    message_id = await planned(house)
    morning = datetime(2026, 6, 26, 7, 4, tzinfo=ZONE)
    async with house.store.database.transaction() as tx:
        await house.store.outbox.put_off(tx, {message_id: morning})

    assert await why(house, message_id, "21:00-07:00") == "Chưa đến giờ được gửi; gửi lúc 07:04 26/06/2026."


async def test_an_order_to_stop(house, why) -> None:
    message_id = await planned(house)
    await switch.stop(house.store, house.clock, by="test")

    assert "Đang dừng gửi mọi tin theo lệnh" in await why(house, message_id)


async def test_a_part_that_is_held(house, why) -> None:
    message_id = await planned(house)
    await switch.stop(house.store, house.clock, by="test", scope=Scope(kind=Kind.AGENCY, value="H36.21"))

    assert await why(house, message_id) == "Đang dừng gửi theo lệnh: tin của cơ quan H36.21."


async def test_a_mode_that_is_not_live(open_house, why) -> None:
    message_id = await planned(open_house())

    assert "Chế độ gửi đang là shadow" in await why(open_house(mode="shadow"), message_id)


async def test_an_earlier_message_to_the_same_person(house, why) -> None:
    first = await planned(house)
    second = await planned(house, EventName.RECEIVED, about="other", dossier_id="other")

    assert await why(house, second) == f"Chờ tin trước của cùng người nhận ({first})."


async def test_a_pause_after_a_failure(house, why) -> None:
    message_id = await planned(house)
    house.zalo.answers.append(Unavailable("down"))
    await house.dispatcher.drain()

    assert (await why(house, message_id)).startswith("Đã thử 1 lần, đang nghỉ; thử lại lúc 09:00")


async def test_a_provider_that_asked_for_patience(house, why) -> None:
    await planned(house)
    house.zalo.answers.append(Throttled("later", retry_after=300))
    await house.dispatcher.drain()
    stranger = await house.person("84912000002")
    to = Recipient(person_id=stranger, phone="84912000002")
    (other,) = await house.plan(house.event(stranger, about="other", dossier_id="other", recipient=to))
    house.clock.advance(seconds=2)
    await house.dispatcher.drain()

    assert (await why(house, other.message_id)).startswith("Zalo: Nhà cung cấp yêu cầu chờ đến")


async def test_the_digest_of_the_day(open_house, why) -> None:
    house = open_house(spread_minutes=0)
    person = await house.person()
    async with house.store.database.transaction() as tx:
        await house.store.digests.wish(tx, person, True, at=house.clock(), by="test")

    assert await why(house, await planned(house)) == "Chờ bản tin trong ngày, gửi lúc 16:00 25/06/2026."


async def test_nothing_but_its_turn(house, why) -> None:
    assert await why(house, await planned(house)) == "Đến lượt: sẽ được gửi trong lần gửi tới."


async def test_what_has_left_waits_for_nothing(house, why) -> None:
    message_id = await planned(house)
    await house.dispatcher.drain()

    assert await why(house, message_id) is None


async def test_all_that_waits_by_lane_and_channel_with_what_holds_it(house) -> None:
    await planned(house)
    await planned(house, EventName.RECEIVED, about="other", dossier_id="other")
    await switch.stop(house.store, house.clock, by="test", why="thử", scope=Scope(kind=Kind.EVENT, value="done"))
    can = {name: channel.can for name, channel in house.channels.items()}

    seen = await Waiting(
        house.store, can, settings=house.settings, routing=house.routing, clock=house.clock
    ).everything()

    assert [(line.channel, line.count, line.why) for line in seen.lines] == [
        ("sms", 1, "Chờ tin trước của cùng người nhận."),
        ("zalo", 1, "Đến lượt: sẽ được gửi trong lần gửi tới."),
    ]
    assert seen.limits == ("Đang dừng loại tin “Hồ sơ đã có kết quả” từ 09:00 25/06/2026, lý do: thử: 1 tin đang chờ.",)
