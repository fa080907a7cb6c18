"""The log names nobody."""

import pytest
import structlog

from motcua.logs import begin, masked, without_private


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("sent to 0912345678", "912345678"),
        ("to=84912345678 failed", "912345678"),
        ("+84 912 345 678", "912 345 678"),
        ("0912.345.678", "345.678"),
        ("Authorization: Bearer mc_abcdefgh12345678", "mc_abcdefgh"),
        ("POST /bot123456:AAbbCCddEE/sendMessage", "AAbbCCddEE"),
    ],
)
def test_numbers_and_tokens_are_masked_wherever_they_stand(text: str, gone: str) -> None:
    assert gone not in masked(text)


@pytest.mark.parametrize(
    "text", ["01m881jpnpzrn8na25bey9amxw", "H36.21-260622-0001", "port=8080", "2026-11-25T00:00:00Z", "1.004873"]
)
def test_what_is_nobodys_stays_readable(text: str) -> None:
    assert masked(text) == text


def test_private_keys_are_dropped_by_their_name() -> None:
    line = without_private(None, "info", {"event": "x", "phone": "x", "name": "An", "route": "/a"})

    assert line == {"event": "x", "phone": "···", "name": "···", "route": "/a"}


def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    begin()
    try:
        secret = "Nguyễn Văn An 0912345678"
        raise ValueError(secret)
    except ValueError:
        structlog.get_logger("test").exception("failed")
    finally:
        structlog.reset_defaults()

    out = capsys.readouterr().out
    assert "ValueError" in out
    assert "912345678" not in out
