"""Two gateways of one channel: the load goes where messages arrive, then where they are cheap, and says why."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from channels.channel import Capabilities, Offer
from channels.errors import Rejected, Throttled, Unavailable, Unknown
from channels.message import Accepted, Receipt
from delivery.event import EventName
from delivery.outcome import STUCK
from delivery.policy import Lane
from delivery.providers.breaker import FIRST_PROBE, TRIPS_AT
from delivery.providers.gateways import choose
from delivery.providers.limits import Limits
from delivery.providers.standings import providers
from store.outbox.tables import State
from store.rates import Tally

HTTP, TWILIO = Offer(name="http", price=300), Offer(name="twilio", price=900)


def told(http: tuple[int, int] | None = None, twilio: tuple[int, int] | None = None) -> dict[str, Tally]:
    """(taken, arrived) of each."""
    both = {"http": http, "twilio": twilio}
    return {name: Tally(taken=each[0], arrived=each[1]) for name, each in both.items() if each is not None}


@pytest.mark.parametrize(
    ("tallies", "present", "chosen"),
    [
        (told(), None, "http"),  # nothing is known: the cheaper
        (told((200, 190), (200, 198)), "http", "http"),  # both are good: the cheaper
        (told((200, 120), (200, 198)), "http", "twilio"),  # far worse: price does not make up for it
        (told((200, 182), (200, 198)), "http", "http"),  # a little worse than the best: stays
        (told((200, 182), (200, 198)), "twilio", "twilio"),  # and is not gone back to either
        (told((200, 194), (200, 198)), "twilio", "http"),  # as good again: back to the cheaper
        (told((20, 0), (200, 198)), "http", "http"),  # too few to say
        (told((200, 100), (200, 100)), "http", "http"),  # both are bad alike
        (told((200, 180)), "http", "http"),  # nothing to compare with, and not bad
        (told((200, 100)), "http", "twilio"),  # so bad that the unknown one is tried
    ],
)
def test_what_arrives_comes_first_then_the_price_and_small_differences_change_nothing(tallies, present, chosen) -> None:
    assert choose([TWILIO, HTTP], tallies, present)[0] == chosen


def test_without_prices_the_order_of_the_configuration_decides() -> None:
    offers = [Offer(name="http"), Offer(name="twilio", price=1)]

    assert choose(offers, told(), None)[0] == "http"
    assert choose(offers, told((200, 10), (200, 199)), "http")[0] == "twilio"


def test_a_gateway_without_receipts_is_judged_by_its_price_alone() -> None:
    silent = Offer(name="http", price=300, receipts=False)

    assert choose([silent, TWILIO], told((200, 0), (200, 198)), "http")[0] == "http"


def test_a_price_that_differs_by_a_hair_moves_nothing() -> None:
    offers = [Offer(name="http", price=301), Offer(name="twilio", price=300)]

    assert choose(offers, told(), "http")[0] == "http"


def test_the_choice_is_explained_in_a_sentence() -> None:
    dear = choose([HTTP, TWILIO], told((200, 120), (200, 198)), "http")[1]
    cheap = choose([HTTP, TWILIO], told(), None)[1]

    assert dear == "Gửi qua twilio vì đưa tin tới nơi nhiều nhất (http: 60 % đã tới; twilio: 99 % đã tới)."
    assert cheap.startswith("Gửi qua http vì rẻ nhất (300 đ một phần tin) trong các cổng đưa tin tốt")


@dataclass
class Both:
    """The play channel with two gateways: each message is answered by the gateway that it was sent through."""

    house: object
    failing: dict

    async def send(self, message) -> Accepted:
        sms = self.house.sms
        fault = self.failing.get(message.via)
        if fault is not None:
            raise fault
        sms.sent.append(message)
        return Accepted(provider_id=f"{message.via}:{len(sms.sent)}")

    def by(self, gateway: str) -> int:
        return sum(1 for message in self.house.sms.sent if message.via == gateway)


@pytest.fixture
def both(house) -> Both:
    house.sms.can = replace(house.sms.can, gateways=(HTTP, TWILIO), deduplicates=True)
    house.dispatcher, house.receiver = house.worker(), house.follower()
    play = Both(house, {})
    house.sms.send = play.send
    return play


async def planned(house, count: int, start: int = 0, **changes) -> list[str]:
    phones = [("phone", f"8491{number:07d}") for number in range(start, start + count)]
    async with house.store.database.transaction() as tx:
        people = await house.store.people.ensure(tx, phones, house.clock())
    events = [
        house.event(people[phone], about=f"d{phone[1]}", dossier_id=f"d{phone[1]}", channel="sms", **changes)
        for phone in phones
    ]
    return [each.message_id for each in await house.plan(*events)]


async def pass_time(house, minutes: float, *, step: float = 5) -> None:
    for _ in range(round(minutes * 60 / step)):
        await house.dispatcher.drain()
        house.clock.advance(seconds=step)


async def test_when_one_gateway_breaks_the_other_takes_all_within_seconds(house, both) -> None:
    both.failing["http"] = Unavailable("refused")
    ids = await planned(house, 40)

    await pass_time(house, 0.3)

    assert both.by("twilio") == 40
    assert sorted(message.id for message in house.sms.sent) == sorted(ids)


async def test_a_message_in_doubt_at_one_gateway_is_never_sent_by_the_other(house, both) -> None:
    both.failing["http"] = Unknown("read time-out")
    ids = await planned(house, 12)
    await house.dispatcher.drain()
    doubtful = [each for each in ids if (await live(house, each)).tried.get(STUCK) == "sms/http"]

    await pass_time(house, 3)
    by_twilio = {message.id for message in house.sms.sent}
    both.failing.clear()
    await pass_time(house, 30, step=20)

    assert doubtful
    assert not by_twilio & set(doubtful)
    through = {message.id: message.via for message in house.sms.sent}
    assert {through[each] for each in doubtful} == {"http"}
    assert sorted(message.id for message in house.sms.sent) == sorted(ids), "and none twice"


async def test_messages_that_must_wait_for_a_broken_gateway_hold_up_nobody_else(house, both) -> None:
    both.failing["http"] = Unknown("read time-out")
    await planned(house, 4)
    await house.dispatcher.drain()
    for number in range(30):  # in doubt there, and due again before all that follows
        await house.execute("UPDATE queue SET tried = :stuck", stuck='{"stuck": "sms/http"}')
        await planned(house, 1, 100 + number)
    await house.execute("UPDATE queue SET tried = :stuck", stuck='{"stuck": "sms/http"}')
    both.failing["http"] = Unavailable("refused")
    await pass_time(house, 2)

    ids = await planned(house, 5, 500)
    await pass_time(house, 0.5)

    assert {message.id for message in house.sms.sent} >= set(ids)


async def live(house, message_id: str):
    async with house.store.database.transaction() as tx:
        return (await house.store.outbox.open_rows(tx, [message_id]))[message_id]


async def test_what_a_dead_worker_was_sending_stays_with_its_gateway(house, both) -> None:
    (message_id,) = await planned(house, 1)
    await house.dispatcher._limits.sync()
    async with house.store.database.transaction() as tx:  # marked, and then the process dies
        (attempt,), _ = await house.dispatcher._claims.take(tx, house.clock(), [], {})
        await house.store.outbox.mark(tx, [house.dispatcher._sending(attempt)])
    house.clock.advance(seconds=20)
    house.dispatcher = house.worker()
    await house.receiver.once()
    both.failing["http"] = Unavailable("refused")

    await pass_time(house, 2)
    waited = list(house.sms.sent)
    both.failing.clear()
    await pass_time(house, 10)

    assert waited == []
    assert [(message.id, message.via) for message in house.sms.sent] == [(message_id, "http")]


async def test_the_load_moves_to_the_gateway_whose_messages_arrive(house, both) -> None:
    async def hours(start: int, **arrive: int) -> dict[str, int]:
        """Of ten messages by a gateway so many arrive; how many each was given."""
        before = {name: both.by(name) for name in arrive}
        for hour in range(5):
            sent = len(house.sms.sent)
            await planned(house, 40, start + hour * 40)
            await house.dispatcher.drain()
            receipts = [
                Receipt(event_id=message.id, state="delivered", at=house.clock(), provider_id=f"{message.via}:{number}")
                for number, message in enumerate(house.sms.sent[sent:], sent + 1)
                if number % 10 < arrive[message.via]
            ]
            async with house.store.database.transaction() as tx:
                await house.store.receipts.put(tx, "sms", receipts, house.clock())
            await house.receiver.once()
            house.clock.advance(minutes=15)
        return {name: both.by(name) - before[name] for name in arrive}

    good = await hours(0, http=9, twilio=10)
    bad = await hours(1_000, http=3, twilio=10)

    sms, http, _ = await providers(house.store, {"sms": house.sms.can}, house.clock)
    assert good == {"http": 200, "twilio": 0}
    assert bad["twilio"] >= 80
    assert (http.name, sms.choice) == ("sms/http", "twilio")
    assert "Gửi qua twilio vì đưa tin tới nơi nhiều nhất" in sms.sentence


async def test_an_end_is_the_same_whichever_gateway_brought_it(house, both) -> None:
    (message_id,) = await planned(house, 1, name=EventName.DONE)
    await house.dispatcher.drain()

    await house.receipt("sms", provider_id="http:1")

    message = await house.message(message_id)
    assert message.state is State.DELIVERED
    assert house.clock() - message.created_at < timedelta(minutes=1)


def two(clock, *, rate: float = 0) -> Limits:
    """The limits of an SMS channel with both gateways."""
    can = Capabilities(
        addresses=frozenset(), longest=1, rate_per_second=rate, connections=1_000, gateways=(HTTP, TWILIO)
    )
    return Limits({"sms": can}, clock)


def test_of_two_gateways_the_other_takes_over_at_once_when_one_fails(clock) -> None:
    line = two(clock)
    first = line.take("sms")
    line.leaves("sms/http")

    line.heard("sms/http", Unavailable("refused"))

    assert (first, line.take("sms")) == ("sms/http", "sms/twilio")


def test_a_pause_that_one_gateway_asks_for_does_not_rest_the_other(clock) -> None:
    line = two(clock)

    line.heard("sms/http", Throttled("later", retry_after=60))

    assert [line.take("sms") for _ in range(3)] == ["sms/twilio"] * 3
    assert line.down_for("sms") == timedelta(0)


def test_a_message_that_a_gateway_may_have_goes_to_it_or_waits(clock) -> None:
    line = two(clock)
    line.heard("sms/twilio", Throttled("later", retry_after=60))

    assert line.take("sms", by="sms/twilio") is None
    assert line.take("sms", by="sms/gone") is None
    clock.advance(seconds=61)
    assert line.take("sms", by="sms/twilio") == "sms/twilio"


def test_the_rate_of_a_channel_is_kept_over_both_gateways(clock) -> None:
    line = two(clock, rate=10)
    taken = []
    for number in range(40):
        if account := line.take("sms", Lane.REPLY):
            line.leaves(account)
            taken.append(account)
            if number % 2:
                line.heard(account, Unavailable("refused"))

    assert len(taken) == 10
    assert set(taken) == {"sms/http", "sms/twilio"}


async def test_a_broken_gateway_is_tried_with_a_notice_and_not_with_a_reply(clock) -> None:
    line = two(clock)
    for _ in range(TRIPS_AT):
        line.heard("sms/http", Unavailable("refused"))
    clock.advance(seconds=FIRST_PROBE.total_seconds())
    await line.sync()

    assert line.take("sms", Lane.REPLY) == "sms/twilio"
    assert [line.take("sms", Lane.NOTICE), line.take("sms", Lane.NOTICE)] == ["sms/http", "sms/twilio"]


async def test_a_word_of_a_gateway_that_tells_of_no_arrival_is_the_end(house, both) -> None:
    house.sms.can = replace(
        house.sms.can, gateways=(replace(HTTP, receipts=False), TWILIO), deduplicates=False, asks=True
    )
    house.dispatcher, house.receiver = house.worker(), house.follower()
    both.failing["http"] = Unknown("read time-out")
    person = await house.person()
    (plan,) = await house.plan(house.event(person))
    house.zalo.answers.append(Rejected("no", code="c"))
    await house.dispatcher.drain()

    await house.receipt("sms", message_id=plan.message_id, state="accepted", provider_id="http:1")
    house.clock.advance(hours=2)
    await house.receiver.once()
    await house.dispatcher.drain()

    assert (await house.message(plan.message_id)).state is State.ACCEPTED
    assert not house.email.sent
