"""What the assistant did not understand: shown to the province's staff, masked, and the sight is written down."""

from dataclasses import replace

import pytest

from console import roles, words
from store.staff import Officer, Role


@pytest.fixture
def wrote(house):
    async def put(kind: str, *texts: str) -> None:
        async with house.store.database.transaction() as tx:
            for said in texts:
                await house.store.misses.put(tx, kind, said, said.lower(), house.clock())

    return put


async def test_nothing_missed_is_said_so(house) -> None:
    browser = await house.signed_in(Role.CLERK)

    page = await (await browser.get("/misses")).text()

    assert "Trợ lý tự động hiểu hết câu hỏi" in page


async def test_the_most_written_stands_first_with_the_nearest_procedures(house, wrote) -> None:
    await wrote("unknown", "xin phép thả đèn trời", "bay flycam", "bay flycam")
    await wrote("wrong", "cắt hộ khẩu")
    house.console = replace(house.console, nearest=lambda text: [("1.000894", f"Gần với {text}")])
    browser = await house.signed_in(Role.CLERK)

    page = await (await browser.get("/misses")).text()

    assert page.index("bay flycam") < page.index("xin phép thả đèn trời")
    assert "Trả lời nhầm" in page
    assert "Gần với cắt hộ khẩu (1.000894)" in page


async def test_numbers_and_names_are_masked_and_the_sight_is_in_the_trail(house, wrote) -> None:
    await wrote("unknown", "Tôi là Nguyễn Văn An số 0912 345 678 hỏi <b>việc</b> của anh")
    browser = await house.signed_in(Role.CLERK)

    page = await (await browser.get("/misses")).text()

    assert "345 678" not in page
    assert "Văn An" not in page
    assert "&lt;b&gt;việc&lt;/b&gt; của anh" in page
    assert (await house.trail())[-1] == "misses.seen"


def test_an_agencys_staff_do_not_see_what_the_provinces_citizens_wrote() -> None:
    assert not roles.may(Officer(id="a", login="a", name="A", role=Role.ADMIN, agency="H36.21"), "GET", "/misses")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("gọi 0912.345.678 giùm", "gọi ··· giùm"),
        ("cccd 067201000123 của em", "cccd ··· của em"),
        ("hồ sơ H36.21-260622-0001", "hồ sơ H···"),
        ("mail an@example.vn nhé", "mail ··· nhé"),
        ("mẹ em là Trần Thị Hoa", "mẹ em là T··· T··· H···"),
        ("đất của ông nguyễn văn sáu", "đất của ông ···"),
        ("tách thửa 500 m2 năm 2019", "tách thửa 500 m2 năm 2019"),
        ("Lê phí bao nhiêu", "Lê phí bao nhiêu"),
        ("Hà đông ở đâu", "Hà đông ở đâu"),
    ],
)
def test_what_could_tell_a_person_is_masked(said: str, shown: str) -> None:
    assert words.without_people(said) == shown
