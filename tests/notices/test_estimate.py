"""What a bulk notice is going to cost, before anybody lets it go."""

from delivery.routing import Path
from notices.estimate import SAMPLE, Estimate, Share
from store.spending import Used


async def reckoned(office, notice) -> Estimate:
    async with office.store.database.reading() as tx:
        return await office.estimates.of(tx, notice)


async def test_each_row_is_priced_by_the_way_that_it_would_take(office, hanh) -> None:
    await office.dossiers(3)
    rows = [office.row(1), office.row(2), office.row(3, so_dien_thoai="", email="c@example.vn")]

    estimate = await reckoned(office, await office.upload(rows, hanh))

    shares = {share.path.value: (share.people, share.dong) for share in estimate.shares}
    assert shares == {"sms": (2, 840), "email": (1, None)}
    assert estimate.dong is None
    assert (estimate.unreached, estimate.sampled) == (0, None)


async def test_it_is_what_is_spent_then(office, hanh) -> None:
    await office.dossiers(5)
    notice = await office.upload([office.row(n) for n in range(1, 6)], hanh)
    estimate = await reckoned(office, notice)

    await office.approval.submit(notice.id, hanh)
    await office.sending.finish()
    await office.dispatcher.drain()

    async with office.store.database.reading() as tx:
        assert await office.store.spending.of_notice(tx, notice.id) == {"sms": estimate.dong}


async def test_who_has_opted_out_is_not_reckoned_with(office, hanh) -> None:
    await office.dossiers(2)
    async with office.store.database.transaction() as tx:
        person = (await office.store.people.ensure(tx, [("phone", "84912000001")], office.clock())).popitem()[1]
        await office.store.people.opt(tx, person, office.clock())

    estimate = await reckoned(office, await office.upload([office.row(1), office.row(2)], hanh))

    assert [(share.people, share.dong) for share in estimate.shares] == [(1, 420)]
    assert estimate.unreached == 1


async def test_reckoning_makes_nobody_known(office, hanh) -> None:
    await office.dossiers(1)
    notice = await office.upload([office.row(1)], hanh)

    await reckoned(office, notice)

    async with office.store.database.reading() as tx:
        assert await office.store.people.find(tx, "phone", "84912000001") is None


async def test_a_large_sheet_is_reckoned_by_rows_from_all_of_it(office, hanh) -> None:
    count = SAMPLE + 100
    await office.dossiers(count)
    rows = [
        office.row(n) if n <= count // 2 else office.row(n, so_dien_thoai="", email=f"{n}@example.vn")
        for n in range(1, count + 1)
    ]

    estimate = await reckoned(office, await office.upload(rows, hanh))

    assert estimate.sampled == SAMPLE
    assert {share.path.value: share.people for share in estimate.shares} == {"sms": count // 2, "email": count // 2}


def limit(used: int, most: int) -> Used:
    return Used(scope="all", period="2026-06-25", used=used, most=most)


def test_a_notice_that_does_not_fit_into_what_is_left_says_into_which_limit() -> None:
    shares = (Share(path=Path.SMS, people=10, dong=4_200),)
    tight, wide = limit(7_000, 10_000), limit(0, 100_000)

    assert Estimate(shares=shares, limits=(wide, tight)).over() == tight
    assert Estimate(shares=shares, limits=(wide,)).over() is None
    assert Estimate(shares=shares).over() is None
