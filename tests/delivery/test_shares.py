"""Several workers on one database keep one rate together, exactly, whoever comes, dies, idles or stands still."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.channel import Capabilities
from channels.errors import Throttled, Unavailable
from channels.message import Accepted
from delivery.policy import Lane
from delivery.providers.account import Account
from delivery.providers.breaker import FIRST_PROBE, TRIPS_AT
from delivery.providers.limits import Limits
from delivery.providers.shares import Holding, due_to, fair
from delivery.providers.standings import providers
from store.rates import Share

NAMES = st.sampled_from("abcdefgh")


@given(places=st.integers(0, 500), wants=st.dictionaries(NAMES, st.integers(0, 600), min_size=1))
def test_all_is_given_out_and_never_more_and_small_wishes_come_first(places, wants) -> None:
    parts = fair(places, wants)

    assert sum(parts.values()) == places
    even = places // len(wants)
    assert all(parts[name] >= min(wish, even) for name, wish in wants.items())


def test_a_worker_alone_has_everything_whatever_it_asked_for() -> None:
    assert fair(20, {"a": 0}) == {"a": 20}


@given(
    places=st.integers(1, 100),
    wants=st.integers(0, 100),
    others=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 100)), max_size=6),
)
def test_nobody_takes_what_others_hold(places, wants, others) -> None:
    until = datetime(2026, 6, 25, tzinfo=UTC)
    shares = [
        Share(provider="sms", worker=f"w{number}", held=held, wants=wish, until=until)
        for number, (held, wish) in enumerate(others)
    ]

    mine = due_to("me", places, wants, shares)

    assert mine + sum(share.held for share in shares) <= max(places, sum(share.held for share in shares))


@dataclass
class Crew:
    """Workers on one database, one clock, and what they sent."""

    store: object
    clock: object
    rate: float
    workers: list[Limits] = field(default_factory=list)
    sent: list[tuple[datetime, int]] = field(default_factory=list)

    def hire(self) -> int:
        can = Capabilities(addresses=frozenset(), longest=1, rate_per_second=self.rate, connections=1_000_000)
        self.workers.append(Limits({"sms": can}, self.clock, store=self.store))
        return len(self.workers) - 1

    async def work(self, seconds: float, who: list[int] | None = None, *, step: float = 0.05, each: int = 1_000) -> int:
        """These workers send all that they may (`each` a step at most); how many left."""
        before = len(self.sent)
        for _ in range(round(seconds / step)):
            for number in range(len(self.workers)) if who is None else who:
                worker = self.workers[number]
                await worker.sync()
                for _ in range(each):
                    if worker.exhausted() or not worker.take("sms", Lane.BULK):
                        break
                    if not worker.leaves("sms"):
                        worker.heard("sms", Accepted())
                        self.sent.append((self.clock(), number))
            self.clock.advance(seconds=step)
        return len(self.sent) - before

    def worst(self, window: float) -> int:
        moments, most, first = [at for at, _ in self.sent], 0, 0
        for last, moment in enumerate(moments):
            while moment - moments[first] >= timedelta(seconds=window):
                first += 1
            most = max(most, last - first + 1)
        return most

    def of(self, number: int, since: int) -> int:
        return sum(1 for _, worker in self.sent[since:] if worker == number)


@pytest.fixture
def crew(store, clock) -> Crew:
    if store.database.dialect == "sqlite":
        pytest.skip("on SQLite there is one process")
    return Crew(store, clock, 40)


async def test_workers_that_all_send_keep_the_rate_together_and_use_all_of_it(crew) -> None:
    for _ in range(4):
        crew.hire()
    await crew.work(3)

    left = await crew.work(20)

    assert crew.worst(1) <= 40
    assert left >= 20 * 40 / 1.05 * 0.93


async def test_a_worker_alone_has_the_whole_rate(crew) -> None:
    crew.hire()

    assert await crew.work(10) >= 10 * 40 / 1.05 * 0.95
    assert crew.worst(1) <= 40


async def test_a_new_worker_has_its_part_within_two_seconds_and_the_rate_holds_meanwhile(crew) -> None:
    crew.hire()
    await crew.work(5)
    new = crew.hire()
    await crew.work(2)
    mark = len(crew.sent)

    left = await crew.work(5)

    assert crew.of(new, mark) >= left * 0.4
    assert crew.worst(1) <= 40


async def test_the_share_of_a_dead_worker_is_free_within_three_seconds(crew) -> None:
    survivor, _ = crew.hire(), crew.hire()
    await crew.work(5)
    await crew.work(3, [survivor])

    left = await crew.work(5, [survivor])

    assert left >= 5 * 40 / 1.05 * 0.93
    assert crew.worst(1) <= 40


async def test_what_an_idle_worker_does_not_use_goes_to_the_others(crew) -> None:
    busy, idle = crew.hire(), crew.hire()
    for _ in range(60):
        await crew.work(0.05, [busy])
        await crew.workers[idle].sync()
    mark = len(crew.sent)

    for _ in range(60):
        await crew.work(0.05, [busy])
        await crew.workers[idle].sync()

    assert len(crew.sent) - mark >= 3 * 40 / 1.05 * 0.85
    assert crew.worst(1) <= 40


async def test_a_rate_of_one_a_second_is_one_a_second_for_four_workers_too(crew) -> None:
    crew.rate = 1
    for _ in range(4):
        crew.hire()

    left = await crew.work(30)

    assert crew.worst(1) == 1
    assert left >= 24


async def test_a_worker_that_stood_still_sends_nothing_of_its_old_share(crew) -> None:
    frozen, other = crew.hire(), crew.hire()
    await crew.work(4)
    crew.workers[frozen].take("sms", Lane.REPLY)  # claimed, and then the process stands still
    await crew.work(4, [other])

    assert crew.workers[frozen].take("sms", Lane.REPLY) is None
    assert crew.workers[frozen].leaves("sms") > 0
    assert crew.worst(1) <= 40


async def test_a_worker_that_cannot_renew_uses_its_share_to_the_end_and_the_rate_holds(crew) -> None:
    cut, other = crew.hire(), crew.hire()
    await crew.work(4)
    for _ in range(250):
        worker = crew.workers[cut]  # its database is away: it does not renew
        while worker.take("sms", Lane.REPLY) and not worker.leaves("sms"):
            worker.heard("sms", Accepted())
            crew.sent.append((crew.clock(), cut))
        await crew.work(0.02, [other], step=0.02)
    mark = len(crew.sent)

    left = await crew.work(2, [other])

    assert crew.worst(1) <= 40
    assert crew.of(other, mark) == left >= 2 * 40 / 1.05 * 0.9


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_comes_and_goes_no_window_holds_more_than_the_rate(crew, seed: int) -> None:
    chance = random.Random(seed)
    crew.rate = chance.choice([2, 7, 40, 120])
    crew.hire()
    for _ in range(20):
        if chance.random() < 0.2:
            crew.hire()
        who = [number for number in range(len(crew.workers)) if chance.random() < 0.6]
        await crew.work(chance.uniform(0.1, 1.5), who, each=chance.choice([1, 3, 1_000]))

    assert crew.worst(1) <= crew.rate
    assert crew.worst(60) <= 60 * crew.rate


async def test_a_clock_that_is_put_back_an_hour_stops_nobody_for_long(crew) -> None:
    crew.hire(), crew.hire()
    await crew.work(3)
    crew.clock.advance(hours=-1)
    await crew.work(3)

    assert await crew.work(5) >= 5 * 40 / 1.05 * 0.9


async def test_a_complaint_that_one_worker_hears_slows_all(crew) -> None:
    one, other = crew.hire(), crew.hire()
    await crew.work(4)
    crew.workers[one].heard("sms", Throttled("later", retry_after=5))
    await crew.work(0.6, [one])

    during = await crew.work(4, [other])
    after = await crew.work(4)

    assert during <= 20, "no more than what left before the other looked"
    assert after <= 4 * 30


@pytest.fixture
def pair(store, clock) -> tuple[Limits, Limits]:
    can = {"sms": Capabilities(addresses=frozenset(), longest=1)}
    return Limits(can, clock, store=store), Limits(can, clock, store=store)


async def broken_for(first: Limits, second: Limits, clock) -> None:
    await first.sync()
    await second.sync()
    for _ in range(TRIPS_AT):
        first.heard("sms", Unavailable("refused"))
    clock.advance(seconds=1)
    await first.sync()
    clock.advance(seconds=60)
    await second.sync()


async def test_all_processes_together_make_one_try_of_a_broken_provider(pair, store, clock) -> None:
    if store.database.dialect == "sqlite":
        pytest.skip("on SQLite there is one process")
    first, second = pair
    await broken_for(first, second, clock)
    clock.advance(seconds=1)
    await second.sync()
    await first.sync()

    tries = [worker.take("sms") for worker in (first, second, first, second)]

    assert [each for each in tries if each] == ["sms"]


async def test_the_try_of_one_worker_opens_the_way_for_all(pair, store, clock) -> None:
    if store.database.dialect == "sqlite":
        pytest.skip("on SQLite there is one process")
    first, second = pair
    await broken_for(first, second, clock)
    clock.advance(seconds=1)
    await second.sync()
    trying, other = (second, first) if second.take("sms") else (first, second)
    trying.leaves("sms")
    trying.heard("sms", Accepted())
    clock.advance(seconds=1)
    await trying.sync()
    await other.sync()

    assert other.take("sms")


async def test_a_breaker_stays_open_over_a_restart_and_is_told_in_vietnamese(pair, store, clock) -> None:
    first, second = pair
    for _ in range(TRIPS_AT):
        first.heard("sms", Unavailable("refused"))
    await first.sync()

    await second.sync()

    can = {"sms": Capabilities(addresses=frozenset(), longest=1, rate_per_second=20)}
    (provider,) = await providers(store, can, clock)
    assert second.take("sms") is None
    assert (provider.state, provider.until) == ("broken", clock() + FIRST_PROBE)
    assert "Cầu dao đã ngắt lúc 09:00:00 ngày 25/06 vì không kết nối được" in provider.sentence


async def test_a_provider_that_was_slowed_down_is_seen_so(pair, store, clock) -> None:
    can = {"sms": Capabilities(addresses=frozenset(), longest=1, rate_per_second=20)}
    limits = Limits(can, clock, store=store)
    limits.heard("sms", Throttled("later", retry_after=3))
    await limits.sync()
    resting = await providers(store, can, clock)
    clock.advance(seconds=4)

    slowed = await providers(store, can, clock)
    clock.advance(minutes=2)
    ready = await providers(store, can, clock)

    assert [each.state for each in (*resting, *slowed, *ready)] == ["resting", "slowed", "ready"]
    assert 10 <= slowed[0].rate < 11
    assert ready[0].sentence == "Bình thường, nhiều nhất 20 tin một giây."


async def test_a_worker_that_rested_keeps_the_share_that_it_has_just_renewed(house) -> None:
    holding, account = Holding("me"), Account("sms", 1, house.clock())
    for _ in range(2):
        async with house.store.database.transaction() as tx:
            await holding.renew(tx, house.store, [account], house.clock())
        house.clock.advance(seconds=20)

    async with house.store.database.reading() as tx:
        assert [share.worker for share in await house.store.rates.shares(tx)] == ["me"]
