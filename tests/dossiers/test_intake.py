"""Rows in, what became of each out: what is stored, what is told, and what never is."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from store.agencies import Agency
from store.keys import ApiKey

of_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what does not depend on the database."""

MORNING = "2026-06-25T08:{:02}:00+07:00"


def _outcomes(results) -> list[str]:
    return [result.outcome.value for result in results]


async def test_a_new_dossier_is_stored_and_its_applicant_is_told_once(desk, row) -> None:
    results = await desk.take(row())

    assert _outcomes(results) == ["created"]
    messages = await desk.messages()
    assert [message.id for message in messages] == list(results[0].messages)
    assert [(message.event, message.channel) for message in messages] == [("received", "sms")]


async def test_the_same_call_twice_changes_and_sends_nothing(desk, row, fee) -> None:
    batch = [row(status=6, fees=[fee()]), row(code="H36.21-260622-0002", status=1, filing_channel="online")]
    await desk.take(*batch)

    again = await desk.take(*batch)

    assert _outcomes(again) == ["unchanged", "unchanged"]
    assert [result.messages for result in again] == [(), ()]
    assert len(await desk.messages()) == 1
    assert await desk.history() == [(6, False)]


async def test_the_same_batch_from_two_callers_at_once_is_taken_once(desk, row) -> None:
    batch = [row(code=f"H36.21-260622-{number:04}") for number in range(1, 21)]

    both = await asyncio.gather(desk.take(*batch), desk.take(*reversed(batch)), desk.take(*batch))

    outcomes = [outcome for results in both for outcome in _outcomes(results)]
    assert (outcomes.count("created"), outcomes.count("unchanged")) == (20, 40)
    assert sum(len(result.messages) for results in both for result in results) == 20


async def test_a_wrong_row_is_reported_while_the_good_ones_go_through(desk, row) -> None:
    results = await desk.take(
        row(), row(code="H36.21-260622-0002", status=12), "no row", row(code="H36.21-260622-0003", extra=1)
    )

    assert _outcomes(results) == ["created", "refused", "refused", "created"]
    assert [error.field for error in results[1].errors] == ["status"]
    assert results[3].unknown_fields == ("extra",)
    assert (await desk.stored("H36.21-260622-0003")).dossier.status == 2


async def test_no_personal_data_stands_readable_in_the_database(desk, row) -> None:
    await desk.take(row(delegate={"name": "Trần Thị Hạnh", "phone": "0987654321"}, public_reason="thiếu giấy kết hôn"))

    async with desk.store.database.reading() as tx:
        cells = [
            str(bytes(cell) if isinstance(cell, bytes | memoryview) else cell)
            for table in ("dossier", "dossier_name", "dossier_phone", "dossier_status")
            for line in await tx.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
            for cell in line
        ]
    secrets = ("912345678", "987654321", "Hạnh", "Nguyễn", "067201000123", "an@example.vn", "kết hôn", "internal")
    assert cells
    assert not [secret for secret in secrets if any(secret in cell for cell in cells)]


async def test_of_several_statuses_that_come_together_the_newest_is_told(desk, row) -> None:
    results = await desk.take(
        row(status=9, status_at=MORNING.format(50)),
        row(status=2, status_at=MORNING.format(10)),
        row(status=4, status_at=MORNING.format(20)),
    )

    assert _outcomes(results) == ["created", "changed", "changed"]
    assert await desk.told() == ["done"]
    assert await desk.history() == [(2, False), (4, False), (9, False)]
    assert (await desk.stored()).dossier.status == 9


async def test_an_unpaid_fee_and_a_request_to_supplement_are_not_swallowed_by_a_newer_status(desk, row, fee) -> None:
    missing = {"items": ["Bản sao căn cước"], "due_at": None}
    await desk.take(
        row(status=5, status_at=MORNING.format(10), supplement=missing),
        row(status=6, status_at=MORNING.format(20), fees=[fee()]),
        row(status=2, status_at=MORNING.format(30), fees=[fee()]),
    )

    assert sorted(await desk.told()) == ["fee_required", "received", "supplement_required"]


@of_sqlite
async def test_a_fee_that_came_and_was_paid_meanwhile_is_not_asked_for(desk, row, fee) -> None:
    await desk.take(
        row(status=6, status_at=MORNING.format(20), fees=[fee()]),
        row(status=9, status_at=MORNING.format(30), fees=[fee(paid_at=MORNING.format(25))]),
    )

    assert sorted(await desk.told()) == ["done", "fee_paid"]


async def test_the_same_status_with_other_papers_or_another_sum_is_news(desk, row, fee) -> None:
    first = {"items": ["Bản sao căn cước"], "due_at": None}
    await desk.take(row(status=5, supplement=first))
    await desk.take(row(status=5, supplement=first | {"items": ["Hợp đồng thuê nhà"]}))
    await desk.take(row(status=6, status_at=MORNING.format(50), fees=[fee()]))
    await desk.take(row(status=6, status_at=MORNING.format(50), fees=[fee(), fee(id="LP-2", amount=8000)]))

    assert await desk.told() == ["supplement_required"] * 2 + ["fee_required"] * 2
    assert (await desk.messages())[-1].body["fields"]["total"] == 23000


@of_sqlite
async def test_the_same_status_said_again_later_with_nothing_new_is_not_told(desk, row) -> None:
    await desk.take(row(status=2))
    results = await desk.take(row(status=2, status_at=MORNING.format(55), department="Phòng Tư pháp"))

    assert _outcomes(results) == ["changed"]
    assert await desk.told() == ["received"]


@of_sqlite
async def test_a_payment_is_confirmed_with_its_sum(desk, row, fee) -> None:
    await desk.take(row(status=6, fees=[fee()]))
    await desk.take(row(status=6, fees=[fee(paid_at=MORNING.format(58))]))

    messages = await desk.messages()
    assert [message.event for message in messages] == ["fee_required", "fee_paid"]
    assert messages[1].body["fields"]["amount"] == 15000


@of_sqlite
async def test_a_waived_fee_asks_for_nothing(desk, row, fee) -> None:
    await desk.take(row(status=6, fees=[fee(amount=0)]))

    assert await desk.told() == []


@of_sqlite
async def test_a_demand_that_is_waived_before_it_was_told_is_not_told(desk, row, fee) -> None:
    await desk.take(row(status=6, fees=[fee()]))

    await desk.take(row(status=6, fees=[fee(amount=0)]))

    assert [message.state.value for message in await desk.messages()] == ["cancelled"]


@of_sqlite
async def test_an_acceptance_that_is_taken_back_at_the_counter_is_not_told(desk, row) -> None:
    await desk.take(row(status=2))

    await desk.take(row(status=1, status_at=MORNING.format(55)))

    assert [message.state.value for message in await desk.messages()] == ["cancelled"]


async def test_what_comes_out_of_order_is_kept_and_never_lowers_nor_tells(desk, row) -> None:
    await desk.take(row(status=9, status_at=MORNING.format(50)))

    late = await desk.take(row(status=4, status_at=MORNING.format(20)))
    again = await desk.take(row(status=4, status_at=MORNING.format(20)))

    assert _outcomes(late) == ["changed"]
    assert _outcomes(again) == ["unchanged"]
    assert (await desk.stored()).dossier.status == 9
    assert await desk.history() == [(4, False), (9, False)]
    assert await desk.told() == ["done"]


@of_sqlite
async def test_statuses_of_one_moment_go_by_their_progress_whatever_their_order(desk, row) -> None:
    moment = MORNING.format(0)
    await desk.take(row(status=9, status_at=moment), row(status=4, status_at=moment))
    await desk.take(row(status=2, status_at=moment))

    assert (await desk.stored()).dossier.status == 9
    assert await desk.told() == ["done"]


@of_sqlite
async def test_an_unusual_transition_is_told_by_the_new_status_and_flagged(desk, row) -> None:
    await desk.take(row(status=10, status_at=MORNING.format(0)))
    await desk.take(row(status=5, status_at=MORNING.format(30)))

    assert await desk.history() == [(10, False), (5, True)]
    assert await desk.told() == ["returned", "supplement_required"]


async def test_a_first_load_and_an_old_status_are_stored_and_never_announced(desk, row, clock) -> None:
    await desk.take(row(), first_load=True)
    clock.advance(hours=30)
    await desk.take(row(code="H36.21-260622-0002"))
    await desk.take(row(status=4))

    assert await desk.told() == []
    assert await desk.told("H36.21-260622-0002") == []


@of_sqlite
async def test_submitted_is_told_to_online_filers_alone(desk, row) -> None:
    await desk.take(row(status=1, filing_channel="online"), row(code="H36.21-260622-0002", status=1))
    await desk.take(row(code="H36.21-260622-0003", status=1, filing_channel=None))

    assert await desk.told() == ["submitted"]
    assert await desk.told("H36.21-260622-0002") == []
    assert await desk.told("H36.21-260622-0003") == []


RECIPIENTS = [
    ({"name": "Trần Thị Hạnh", "phone": "0987654321"}, "84987654321"),
    ({"name": "Trần Thị Hạnh", "phone": None, "email": None}, "84912345678"),  # nobody could be told
    (None, "84912345678"),
]


@of_sqlite
@pytest.mark.parametrize(("delegate", "phone"), RECIPIENTS)
async def test_the_delegate_is_told_instead_of_the_applicant_where_there_is_one(desk, row, delegate, phone) -> None:
    await desk.take(row(delegate=delegate))

    (message,) = await desk.messages()
    assert message.body["phone"] == phone


@of_sqlite
async def test_without_any_address_a_dossier_is_stored_and_nobody_is_told(desk, row) -> None:
    results = await desk.take(row(applicant={"name": "Nguyễn Văn An"}))

    assert _outcomes(results) == ["created"]
    assert results[0].messages == ()


@of_sqlite
async def test_the_fields_speak_of_the_agency_as_the_directory_has_it(desk, row, clock) -> None:
    offices = [
        Agency(code="H36.21", name="UBND phường Bắc Gia Nghĩa", short_name="p. Bắc Gia Nghĩa", successor="H36"),
        Agency(code="H36", name="Lâm Đồng", hotline="0263.3540.616"),
    ]
    async with desk.store.database.transaction() as tx:
        await desk.store.agencies.put(tx, offices)
    await desk.take(row(status=9))

    fields = (await desk.messages())[0].body["fields"]
    assert (fields["agency_short"], fields["hotline"]) == ("p. Bắc Gia Nghĩa", "0263.3540.616")
    assert fields["due_at"] == datetime(2026, 6, 30, 10, 0, tzinfo=UTC)


NAMES = [
    ("1.004873", "anything", "Cấp Giấy xác nhận tình trạng hôn nhân"),
    ("1.999999", "Tên của nguồn", "Tên của nguồn"),  # unknown to the catalogue
    ("3.000333", "Cấp Phiếu lý lịch tư pháp", None),
    ("9.000001", "Tên nào đó", None),  # on the list, though the catalogue lacks it
    ("QT-5", "Đăng ký nuôi con nuôi trong nước", None),  # sounds like one that must not be named
]


@of_sqlite
@pytest.mark.parametrize(("code", "name", "shown"), NAMES)
async def test_the_procedure_is_named_by_the_catalogue_else_the_source_and_never_when_sensitive(
    desk, row, fee, code, name, shown
) -> None:
    await desk.take(row(procedure_code=code, procedure_name=name, status=6, fees=[fee(name="Phí lý lịch tư pháp")]))

    fields = (await desk.messages())[0].body["fields"]
    assert fields["procedure"] == shown
    assert (fields["fee_lines"][0]["name"] == "Phí lý lịch tư pháp") is (shown is not None)


async def test_a_key_of_an_agency_brings_only_its_own_dossiers(desk, row, clock) -> None:
    key = ApiKey(id="k", name="xã", prefix="mc_", scopes=frozenset(), agency="H36.21", created_at=clock())
    other = {"code": "H36.22", "name": "UBND phường khác"}
    await desk.take(row(code="H36.22-260622-0009", agency=other))

    results = await desk.take(
        row(),
        row(code="H36.21-260622-0002", agency={"code": "H36.21.05"}),
        row(code="H36.22-260622-0003", agency=other),
        row(code="H36.22-260622-0009", status=10),  # taken over from another agency by its code
        key=key,
    )

    assert _outcomes(results) == ["created", "created", "refused", "refused"]
    assert [error.field for error in results[3].errors] == ["agency.code"]
    assert (await desk.stored("H36.22-260622-0009")).dossier.status == 2


async def test_a_thousand_rows_are_one_call(desk, row) -> None:
    batch = [row(code=f"H36.21-260622-{number:04}") for number in range(1, 1001)]

    results = await desk.take(*batch, first_load=True)

    assert set(_outcomes(results)) == {"created"}
    assert set(_outcomes(await desk.take(*batch))) == {"unchanged"}
