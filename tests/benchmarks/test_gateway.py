"""The judge: it must see what is lost and what is doubled, or every speed printed beside it is worthless."""

import aiohttp

from benchmarks.speed.setting import gateway


async def test_the_gateway_counts_each_id_once_and_its_repeats_apart() -> None:
    async with gateway() as judge, aiohttp.ClientSession() as session:
        for name in ("a", "b", "a"):
            async with session.post(f"{judge.url}/sms", json={"id": name, "text": "Chào Ông/Bà"}) as response:
                assert (await response.json())["id"] == f"g-{name}"

        counted = await judge.program.ask(do="wait", distinct=3, quiet=0.1)

    assert counted["distinct"] == 2, "a third never came, and the wait ended by itself"
    assert counted["doubled"] == 1
    assert counted["first"] <= counted["last"]


async def test_the_gateway_tells_when_each_citizen_was_answered_and_forgets_at_a_reset() -> None:
    async with gateway() as judge, aiohttp.ClientSession() as session:
        said = {"recipient": {"user_id": "77"}, "message": {"text": "Dạ"}}
        async with session.post(f"{judge.url}/v3.0/oa/message/cs", json=said) as response:
            assert (await response.json(content_type=None))["error"] == 0

        told = await judge.program.ask(do="arrivals", of="zalo")
        await judge.program.ask(do="reset")
        after = await judge.program.ask(do="count", of="zalo")

    assert list(told["arrived"]) == ["77"]
    assert after["distinct"] == 0
