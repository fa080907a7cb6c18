"""Who says that a dossier is not theirs hears nothing more of it; nobody else is silenced by it."""

from typing import Any

import pytest

from channels.message import ZaloUser

RETURNED = "H36.21-260615-0003"  # Bình's, handed over this morning: its notice still waits
BINH = ZaloUser(user_id="2000")
STRANGER = ZaloUser(user_id="9999")


@pytest.fixture
def tell(peopled: Any):
    """The one-stop shop reports another status of Bình's dossier; what planning came to."""

    async def report(status: int, at: str) -> str:
        row = {
            "code": RETURNED,
            "procedure_code": "1.001193",
            "status": status,
            "status_at": at,
            "filing_channel": "counter",
            "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa", "level": "commune"},
            "applicant": {"kind": "citizen", "name": "Trần Thị Bình", "phone": "0987654321"},
        }
        await peopled.intake.take([row], source="igate")
        return peopled.heard.outcomes[-1]

    return report


async def states(town: Any) -> set[str]:
    async with town.store.database.reading() as tx:
        stored = await town.store.dossiers.find(tx, RETURNED)
        return {message.state.value for message in await town.store.outbox.of_dossier(tx, stored.id)}


async def test_what_waits_is_called_off_and_nothing_more_is_planned(peopled, tell) -> None:
    before = await states(peopled)

    (answer,) = await peopled.says(BINH, f"Không phải hồ sơ của tôi {RETURNED}")

    assert before == {"waiting"}
    assert "Hệ thống thôi báo tin của hồ sơ này cho Ông/Bà" in answer.text
    assert await states(peopled) == {"cancelled"}
    assert await tell(9, "2026-06-25T08:50:00+07:00") == "muted"


async def test_pressed_by_mistake_it_is_taken_back(peopled, tell) -> None:
    await peopled.says(BINH, f"Không phải hồ sơ của tôi {RETURNED}")

    (answer,) = await peopled.says(BINH, f"Đúng là hồ sơ của tôi {RETURNED}")

    assert "lại nhận được tin" in answer.text
    assert await tell(9, "2026-06-25T08:50:00+07:00") == "planned"


async def test_a_stranger_silences_nobody_and_learns_nothing(peopled, tell) -> None:
    (known,) = await peopled.says(STRANGER, f"Không phải hồ sơ của tôi {RETURNED}")
    (unknown,) = await peopled.says(STRANGER, "Không phải hồ sơ của tôi H36.21-260101-9999")

    assert known.text.split("Cảm ơn")[1].replace(RETURNED, "") == unknown.text.split("Cảm ơn")[1].replace(
        "H36.21-260101-9999", ""
    )
    assert await states(peopled) == {"waiting"}
    assert await tell(9, "2026-06-25T08:50:00+07:00") == "planned"


async def test_without_a_code_it_is_asked_which_dossier(peopled) -> None:
    (answer,) = await peopled.says(STRANGER, "Không phải hồ sơ của tôi")

    assert "kèm mã hồ sơ" in answer.text


async def test_the_dossier_just_spoken_of_is_meant_where_no_code_is_said(peopled) -> None:
    await peopled.says(BINH, f"Tra cứu hồ sơ {RETURNED}")

    (answer,) = await peopled.says(BINH, "không phải của tôi")

    assert f"hồ sơ {RETURNED}" in answer.text
    assert await states(peopled) == {"cancelled"}


async def test_said_twice_the_first_time_counts(peopled) -> None:
    for _ in range(2):
        (answer,) = await peopled.says(BINH, f"Không phải hồ sơ của tôi {RETURNED}")

    assert "Hệ thống thôi báo tin" in answer.text
