"""Dossiers in the console: found by full code or full phone, masked, every sight in the trail, no phone in a URL."""

import pytest

from store.staff import Role


async def test_a_full_code_in_any_spelling_leads_to_its_dossier(house) -> None:
    dossier = await house.dossier()
    browser = await house.signed_in(Role.VIEWER)

    answer = await browser.post("/dossiers", {"q": " h36.21 - 260601 - 0001 "})

    assert answer.headers["Location"] == f"/console/dossiers/{dossier}"
    assert (await house.trail()) == ["dossier.searched"]


async def test_a_phone_on_several_dossiers_lists_them_and_stands_in_no_address(house) -> None:
    await house.dossier("H36.21-260601-0001")
    await house.dossier("H36.21-260601-0002")
    browser = await house.signed_in(Role.VIEWER)

    answer = await browser.post("/dossiers", {"q": "0912 345 678"})
    page = await browser.client.get(answer.headers["Location"])

    text = await page.text()
    assert "912345678" not in answer.headers["Location"]
    assert "H36.21-260601-0001" in text
    assert "H36.21-260601-0002" in text


async def test_a_search_of_one_member_of_staff_opens_for_no_other_and_not_for_long(house) -> None:
    await house.dossier("H36.21-260601-0001")
    await house.dossier("H36.21-260601-0002")
    browser, other = await house.signed_in(Role.CLERK), await house.signed_in(Role.VIEWER)
    answer = await browser.post("/dossiers", {"q": "0912345678"})
    where = answer.headers["Location"]

    theirs = await (await other.client.get(where)).text()
    house.clock.advance(minutes=16)
    late = await (await browser.client.get(where)).text()

    assert "H36.21-260601-0001" not in theirs
    assert "H36.21-260601-0001" not in late


NOTHING = [
    "H36.21-260601",
    "0912",
    "0912345679",
    "H36.21-260601-9999",
    "Nguyễn Văn An",
    "%",
    "' OR 1=1 --",
    "\0",
    "x" * 300,
]


@pytest.mark.parametrize("query", NOTHING)
async def test_less_than_a_full_code_or_phone_finds_nothing(house, query: str) -> None:
    await house.dossier()
    browser = await house.signed_in(Role.ADMIN)

    answer = await browser.post("/dossiers", {"q": query})
    page = await browser.client.get(answer.headers["Location"]) if answer.status == 303 else answer

    assert "H36.21-260601-0001</a>" not in await page.text()
    assert page.status in (200, 422)


async def test_people_and_money_are_masked_until_asked_for_and_each_sight_is_in_the_trail(house) -> None:
    dossier = await house.dossier()
    await house.message(dossier)
    browser = await house.signed_in(Role.CLERK)

    masked = await (await browser.get(f"/dossiers/{dossier}")).text()
    phone = await (await browser.post(f"/dossiers/{dossier}/reveal", {"what": "phone"})).text()
    name = await (await browser.post(f"/dossiers/{dossier}/reveal", {"what": "name"})).text()
    money = await (await browser.post(f"/dossiers/{dossier}/reveal", {"what": "money"})).text()

    secrets = ("Nguyễn Văn An", "0912 345 678", "an@example.vn", "067201000123", "150.000")
    assert [secret for secret in secrets if secret in masked] == []
    assert "N··· V··· A···" in masked
    assert "0912 ··· 678" in masked
    assert "0912 345 678" in phone
    assert "Nguyễn Văn An" in name
    assert "067201000123" in name
    assert "150.000\u00a0₫" in money
    assert (await house.trail())[-4:] == [
        "dossier.seen",
        "dossier.phone_shown",
        "dossier.name_shown",
        "dossier.money_shown",
    ]
    again = await (await browser.get(f"/dossiers/{dossier}")).text()
    assert "Đã xem số điện thoại gần đây: Cán Bộ Clerk, 9:00 ngày 25/06/2026." in again


async def test_a_viewer_is_offered_no_button_to_unmask_and_cannot_post_it(house) -> None:
    dossier = await house.dossier()
    browser = await house.signed_in(Role.VIEWER)

    page = await (await browser.get(f"/dossiers/{dossier}")).text()
    answer = await browser.post(f"/dossiers/{dossier}/reveal", {"what": "phone"})

    assert "/reveal" not in page
    assert answer.status == 403


@pytest.mark.parametrize("what", ["", "everything", "phone,name", "__class__"])
async def test_only_what_may_be_asked_for_can_be_asked_for(house, what: str) -> None:
    dossier = await house.dossier()
    browser = await house.signed_in(Role.CLERK)

    assert (await browser.post(f"/dossiers/{dossier}/reveal", {"what": what})).status == 400


async def test_another_agencys_dossier_is_as_good_as_none(house) -> None:
    dossier = await house.dossier()
    message = await house.message(dossier)
    stranger = await house.signed_in(Role.CLERK, "H36.99")
    own = await house.signed_in(Role.CLERK, "H36.21")

    found = await stranger.post("/dossiers", {"q": "H36.21-260601-0001"})
    by_phone = await stranger.client.get((await stranger.post("/dossiers", {"q": "0912345678"})).headers["Location"])

    assert dossier not in found.headers["Location"]
    assert "H36.21-260601-0001" not in await by_phone.text()
    paths = [f"/dossiers/{dossier}", f"/messages/{message}"]
    assert [(await stranger.get(path)).status for path in paths] == [404, 404]
    assert [(await own.get(path)).status for path in paths] == [200, 200]


async def test_every_message_is_there_with_its_history_and_why(house) -> None:
    dossier = await house.dossier()
    message = await house.message(dossier)
    browser = await house.signed_in(Role.CLERK)

    page = await (await browser.get(f"/dossiers/{dossier}")).text()
    alone = await (await browser.get(f"/messages/{message}")).text()

    assert "Vì sao" in page
    assert "Yêu cầu nộp phí, lệ phí" in page
    assert "SMS đã nhận tin" in page
    assert "phai nop 150.000d" in alone  # a clerk reads what the citizen read, and that is in the trail
    assert (await house.trail())[-1] == "message.seen"


async def test_what_people_wrote_is_shown_as_text_never_as_a_page(house) -> None:
    evil = "<script>alert(1)</script>"
    dossier = await house.dossier(procedure_name=evil, department=evil, public_reason=evil)
    browser = await house.signed_in(Role.ADMIN)

    page = await (await browser.get(f"/dossiers/{dossier}")).text()
    found = await (await browser.post("/dossiers", {"q": evil})).text()

    assert evil not in page
    assert evil not in found
    assert "&lt;script&gt;" in page
