"""The jobs of this installation: what the clock's table calls, joined to the rooms."""

from datetime import timedelta

from channels.errors import SendError
from dossiers.pull import Pull
from dossiers.reminders import FeeReminders
from motcua.rooms import Rooms
from notices.sending import Sending
from scheduler.jobs import Job, Work, jobs
from scheduler.runner import Runner
from surveys.asking import Asking
from surveys.definition import load


def table(rooms: Rooms, sending: Sending) -> tuple[Job, ...]:
    """Every job; the pull only where a source is configured."""
    pull = rooms.config.dossiers.pull
    return jobs(
        fee_reminders=_reminders(rooms),
        survey_invites=_surveys(rooms),
        channel_upkeep=_upkeep(rooms),
        bulk_notices=sending.carry_on,
        pull_source=_pull(rooms) if pull.enabled else None,
        pull_every=pull.every_seconds,
        forget_misses=_misses(rooms),
        survey_every=rooms.config.surveys.check_every_seconds,
    )


def runner(rooms: Rooms, sending: Sending) -> Runner:
    return Runner(rooms.store, table(rooms, sending), rooms.clock, holder=rooms.store.ids())


def asking(rooms: Rooms) -> Asking:
    """Survey invitations, for the clock and for those who ask to be asked."""
    return Asking(rooms.store, rooms.planner, rooms.router, load(), rooms.config.surveys, rooms.clock)


def _reminders(rooms: Rooms) -> Work:
    reminders = FeeReminders(rooms.store, rooms.planner, rooms.naming, clock=rooms.clock)

    async def work() -> str:
        return f"Đã nhắc {await reminders.remind_due()} khoản sắp đến hạn."

    return work


def _surveys(rooms: Rooms) -> Work:
    invitations = asking(rooms)

    async def work() -> str:
        return f"Đã mời {await invitations.invite_due()} người đánh giá."

    return work


def _upkeep(rooms: Rooms) -> Work:
    async def work() -> str:
        words = []
        for channel in rooms.channels.values():
            try:
                words.append(await channel.upkeep())
            except SendError as why:
                words.append(f"{channel.name}: {why}")
        return " ".join(word for word in words if word) or "Các kênh không cần gì."

    return work


def _misses(rooms: Rooms) -> Work:
    kept = timedelta(days=rooms.config.procedures.misses_kept_days)

    async def work() -> str:
        async with rooms.store.database.transaction() as tx:
            gone = await rooms.store.misses.forget(tx, rooms.clock() - kept)
        return f"Đã xóa {gone} câu chưa hiểu quá {kept.days} ngày."

    return work


def _pull(rooms: Rooms) -> Work:
    async def work() -> str:
        source = Pull(rooms.store, rooms.intake, rooms.config.dossiers.pull, clock=rooms.clock)
        await source.open()
        try:
            return (await source.once()).sentence
        finally:
            await source.close()

    return work
