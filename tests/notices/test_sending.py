"""A notice goes out: two persons above the limit, each row once, also through a crash, a pause and a cancellation."""

import asyncio

import pytest

from notices.approval import Empty, NotNow, OwnNotice
from notices.progress import progress
from notices.sending import Hand, NotUnderWay
from store.notices import State


async def planned(office, count: int, by, **changes):
    """A notice of `count` right rows, all planned, none dispatched."""
    await office.dossiers(count)
    notice = await office.upload([office.row(number) for number in range(1, count + 1)], by, **changes)
    await office.approval.submit(notice.id, by)
    await office.sending.finish()
    return notice


async def seen(office, notice):
    async with office.store.database.reading() as tx:
        return await progress(office.store, tx, await office.store.notices.get(tx, notice.id))


async def test_each_right_row_reaches_its_person_with_its_own_facts(office, hanh) -> None:
    await office.dossiers(3)
    rows = [
        office.row(1, so_tien="150000"),
        office.row(2, so_dien_thoai="x"),
        office.row(3, so_dien_thoai="", email="c@example.vn"),
    ]
    notice = await office.upload(rows, hanh)

    await office.approval.submit(notice.id, hanh)
    await office.sending.finish()
    await office.dispatcher.drain()

    [sms] = office.sms.sent
    [mail] = office.email.sent
    assert (sms.to.number, mail.to.address) == ("84912000001", "c@example.vn")
    assert "Ho so H36.21-260601-0001 con 150.000d chua nop, han 30/06/2026" in sms.text
    assert mail.subject == "Khoản phí, lệ phí chưa nộp của hồ sơ H36.21-260601-0003"


async def test_up_to_the_limit_it_goes_at_once_above_it_a_second_person_must_approve(open_office, hanh, bao) -> None:
    office = open_office(approval_above=2)
    small = await planned(office, 2, hanh)
    big = await office.upload([office.row(number) for number in (1, 2, 1)], hanh, again=True)
    big = await office.upload(
        [office.row(1, so_tien="1.000"), office.row(2, so_tien="1.000"), office.row(1, so_tien="2.000")], hanh
    )

    big = await office.approval.submit(big.id, hanh)

    assert (await office.notice(small.id)).state is State.SENDING
    assert big.state is State.SUBMITTED
    with pytest.raises(OwnNotice):
        await office.approval.approve(big.id, hanh)
    assert (await office.approval.approve(big.id, bao)).state is State.SENDING


async def test_two_approvers_at_the_same_moment_let_it_go_once(open_office, hanh, bao) -> None:
    office = open_office(approval_above=0)
    await office.dossiers(5)
    notice = await office.upload([office.row(number) for number in range(1, 6)], hanh)
    await office.approval.submit(notice.id, hanh)
    third = Hand(id="staff-mai", agency=None)

    answers = await asyncio.gather(
        office.approval.approve(notice.id, bao), office.approval.approve(notice.id, third), return_exceptions=True
    )
    await office.sending.finish()
    await office.dispatcher.drain()

    assert sorted(type(answer).__name__ for answer in answers) == ["NotNow", "Notice"]
    assert len(office.sms.sent) == 5


async def test_a_notice_given_back_bears_the_reason_and_can_be_submitted_again(open_office, hanh, bao) -> None:
    office = open_office(approval_above=0)
    await office.dossiers(1)
    notice = await office.upload([office.row(1)], hanh)
    await office.approval.submit(notice.id, hanh)

    back = await office.approval.give_back(notice.id, bao, "Sai hạn nộp")

    assert (back.state, back.words.returned_why) == (State.CHECKED, "Sai hạn nộp")
    assert (await office.approval.submit(notice.id, hanh)).state is State.SUBMITTED
    assert await office.actions(notice) == [
        "notice.uploaded",
        "notice.submitted",
        "notice.returned",
        "notice.submitted",
    ]


async def test_a_notice_without_a_right_row_is_not_sent(office, hanh) -> None:
    notice = await office.upload([office.row(1)], hanh)

    with pytest.raises(Empty):
        await office.approval.submit(notice.id, hanh)


async def test_another_agencys_hand_moves_nothing(office, hanh) -> None:
    await office.dossiers(1)
    notice = await office.upload([office.row(1)], hanh)
    stranger = Hand(id="x", agency="H36.99")

    with pytest.raises(NotNow):
        await office.approval.submit(notice.id, stranger)
    await office.approval.submit(notice.id, hanh)
    await office.sending.finish()
    with pytest.raises(NotUnderWay):
        await office.sending.cancel(notice.id, stranger, "lý do")


async def test_a_process_that_dies_between_two_batches_loses_and_doubles_nobody(open_office, hanh) -> None:
    first = open_office(batch=4, dies_at=2)
    await first.dossiers(10)
    notice = await first.upload([first.row(number) for number in range(1, 11)], hanh)
    await first.approval.submit(notice.id, hanh)
    await first.sending.finish()
    await first.dispatcher.drain()

    second = open_office(batch=4)
    await second.sending.carry_on()
    await second.sending.carry_on()
    await second.dispatcher.drain()

    numbers = sorted(message.to.number for message in [*first.sms.sent, *second.sms.sent])
    assert numbers == [f"84912{number:06d}" for number in range(1, 11)]


async def test_two_processes_that_carry_on_at_once_plan_each_row_once(open_office, hanh) -> None:
    one, other = open_office(batch=3), open_office(batch=3)
    await one.dossiers(10)
    notice = await one.upload([one.row(number) for number in range(1, 11)], hanh)
    await one.approval.submit(notice.id, hanh)

    await asyncio.gather(one.sending.finish(), other.sending.carry_on(), other.sending.carry_on())
    await one.dispatcher.drain()

    assert len(one.sms.sent) == 10
    assert (await seen(one, notice)).total == 10


async def test_a_pause_holds_what_has_not_left_and_resuming_lets_it_go(office, hanh) -> None:
    notice = await planned(office, 5, hanh)

    await office.sending.pause(notice.id, hanh)
    await office.dispatcher.drain()
    held = len(office.sms.sent)
    await office.sending.resume(notice.id, hanh)
    await office.sending.finish()
    await office.dispatcher.drain()

    assert (held, len(office.sms.sent)) == (0, 5)
    assert (await office.actions(notice))[-2:] == ["notice.paused", "notice.resumed"]


async def test_cancelling_counts_what_did_not_go_and_leaves_nothing_to_send(office, hanh) -> None:
    notice = await planned(office, 4, hanh)

    gone = await office.sending.cancel(notice.id, hanh, "Sai nội dung")
    await office.dispatcher.drain()

    figures = (await seen(office, notice)).figures
    assert (gone, figures.cancelled, figures.gone, office.sms.sent) == (4, 4, 0, [])
    with pytest.raises(NotUnderWay):
        await office.sending.resume(notice.id, hanh)


async def test_a_cancelled_notice_stops_planning_the_rows_that_are_left(open_office, hanh) -> None:
    office = open_office(batch=2)
    await office.dossiers(6)
    notice = await office.upload([office.row(number) for number in range(1, 7)], hanh)
    await office.approval.submit(notice.id, hanh)
    await office.sending.cancel(notice.id, hanh, "Sai nội dung")
    await office.sending.finish()
    await office.sending.carry_on()
    await office.dispatcher.drain()

    figures = (await seen(office, notice)).figures
    assert (figures.cancelled + figures.gone, figures.waiting) == (6, 0)


async def test_the_figures_add_up_and_a_notice_that_is_through_is_done(office, hanh) -> None:
    notice = await planned(office, 6, hanh)
    before = await seen(office, notice)

    await office.dispatcher.drain()
    await office.sending.carry_on()

    after = await seen(office, notice)
    assert (before.total, before.figures.waiting, before.live) == (6, 6, True)
    assert (after.total, after.figures.gone) == (6, 6)
    assert (await office.notice(notice.id)).state is State.DONE


async def test_whoever_refused_messages_is_counted_and_not_told(office, hanh) -> None:
    await office.dossiers(2)
    notice = await office.upload([office.row(1), office.row(2)], hanh)
    async with office.store.database.transaction() as tx:
        person = (await office.store.people.ensure(tx, [("phone", "84912000002")], office.clock())).popitem()[1]
        await office.store.people.opt(tx, person, office.clock())

    await office.approval.submit(notice.id, hanh)
    await office.sending.finish()
    await office.dispatcher.drain()

    progress_ = await seen(office, notice)
    assert (len(office.sms.sent), progress_.skipped, progress_.total) == (1, 1, 2)


async def test_rows_that_were_sent_are_not_sent_again_with_the_mended_sheet(office, hanh) -> None:
    await office.dossiers(2)
    wrong = await office.upload([office.row(1), office.row(2, so_dien_thoai="091200000")], hanh)
    await office.approval.submit(wrong.id, hanh)
    await office.sending.finish()

    mended = await office.upload([office.row(1), office.row(2)], hanh)
    await office.approval.submit(mended.id, hanh)
    await office.sending.finish()
    await office.dispatcher.drain()

    assert mended.right == 1
    assert [message.to.number for message in office.sms.sent] == ["84912000001", "84912000002"]
