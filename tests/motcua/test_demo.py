"""The demo: the main job, end to end, as a newcomer runs it; and honest when something does not arrive."""

import pytest
import structlog

from motcua.demo.run import demonstrate
from motcua.demo.world import play


@pytest.fixture(autouse=True)
def own_log():
    yield
    structlog.reset_defaults()


async def test_every_message_of_the_demo_arrives(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    code = await demonstrate(tmp_path / "demo", once=True)

    out = capsys.readouterr().out
    assert code == 0, out
    for word in ("Zalo", "SMS", "Email", "Trả lời trong trò chuyện", "tin đầu tiên tới người dân"):
        assert word in out
    assert "KHÔNG TỚI" not in out


async def test_the_demo_says_so_when_a_message_does_not_arrive(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    world = play()
    world.faults.set("sms", "http_500")

    code = await demonstrate(tmp_path / "demo", once=True, world=world, patience=4)

    out = capsys.readouterr().out
    assert code == 1
    assert "KHÔNG TỚI" in out
