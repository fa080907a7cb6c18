"""What goes wrong on purpose, as a plain HTTP client meets it; and whether the call took effect."""

import aiohttp
import pytest

from sandbox.faults import Channel, Faults, Kind, drawer

QUICK = aiohttp.ClientTimeout(total=0.2)
CUT = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


@pytest.mark.parametrize(
    ("kind", "options", "error", "took_effect"),
    [
        ("reset_before", {}, CUT, False),
        ("cut_after", {}, CUT, True),
        ("half_answer", {}, aiohttp.ClientPayloadError, True),
        ("hang", {}, TimeoutError, False),
        ("hang", {"stored": True}, TimeoutError, True),
    ],
)
async def test_an_answer_that_never_comes_whole(app, kind, options, error, took_effect) -> None:
    app.sandbox.faults.set("zalo", kind, times=1, **options)

    with pytest.raises(error):
        await app.post(
            "/v3.0/oa/message/cs",
            json={"recipient": {"user_id": "2512523625412515"}, "message": {"text": "một"}},
            timeout=QUICK,
        )

    call = app.sandbox.world.calls[-1]
    assert (call.status, call.error) == (0, kind)
    assert bool(app.sandbox.world.chat("an")) == took_effect
    assert (await app.says("hai"))["error"] == 0


@pytest.mark.parametrize(
    ("kind", "options", "status", "content", "part"),
    [
        ("garbage", {}, 200, "text/html", "<html>"),
        ("empty", {}, 200, "application/json", ""),
        ("http_429", {}, 429, "text/plain", "Too Many"),
        ("http_500", {}, 500, "text/plain", "Internal"),
        ("http_502", {}, 502, "text/html", "502 Bad Gateway"),
        ("error_in_200", {"code": -211}, 200, "application/json", '"error": -211'),
        ("refused", {"code": -227}, 200, "application/json", '"error": -227'),
    ],
)
async def test_an_answer_that_is_not_the_expected_one(app, kind, options, status, content, part) -> None:
    app.sandbox.faults.set("zalo", kind, times=1, **options)

    async with app.session.get(app.sandbox.url + "/v2.0/oa/getoa", headers={"access_token": app.token}) as answer:
        assert (answer.status, answer.content_type) == (status, content)
        assert part in await answer.text()


@pytest.mark.parametrize(
    ("channel", "path", "verb", "said"),
    [
        ("sms", "/sms/send", "POST", {"error": "too many requests"}),
        ("twilio", "/2010-04-01/Accounts/AC1/Messages.json", "POST", {"code": 20429}),
        ("telegram", "/bot1:a/sendMessage", "POST", {"parameters": {"retry_after": 7}, "error_code": 429}),
    ],
)
async def test_429_speaks_each_providers_language_and_has_retry_after(anybody, channel, path, verb, said) -> None:
    anybody.sandbox.faults.set(channel, "http_429", times=1, retry_after=7)

    async with anybody.session.request(verb, anybody.sandbox.url + path) as answer:
        body = await answer.json()

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "7"
    assert said.items() <= body.items()


@pytest.mark.parametrize(
    ("channel", "path", "kind", "status", "said"),
    [
        ("sms", "/sms/send", "expired_token", 401, {"error": "unauthorized"}),
        ("sms", "/sms/send", "blocked", 400, {"error": "refused by the sandbox"}),
        ("twilio", "/2010-04-01/Accounts/AC1/Messages.json", "expired_token", 401, {"code": 20003}),
        ("twilio", "/2010-04-01/Accounts/AC1/Messages.json", "blocked", 400, {"code": 21610}),
        ("telegram", "/bot1:a/sendMessage", "expired_token", 401, {"ok": False, "error_code": 401}),
        ("zalo_oauth", "/v4/oa/access_token", "expired_token", 200, {"error": -14014}),
    ],
)
async def test_wrong_keys_and_blocks_exist_on_every_channel(anybody, channel, path, kind, status, said) -> None:
    anybody.sandbox.faults.set(channel, kind, times=1)

    got, body = await anybody.post(path)

    assert got == status
    assert said.items() <= body.items()


async def test_a_slow_answer_is_late_and_right(app) -> None:
    app.sandbox.faults.set("zalo", "slow", times=1, seconds=0.05)

    with pytest.raises(TimeoutError):
        await app.get("/v2.0/oa/getoa", timeout=aiohttp.ClientTimeout(total=0.02))
    app.sandbox.faults.set("zalo", "slow", times=1, seconds=0.05)

    assert (await app.get("/v2.0/oa/getoa"))[1]["error"] == 0


async def test_an_expired_token_stays_so_until_it_is_renewed(app) -> None:
    app.sandbox.faults.set("zalo", "expired_token")
    _, oa = await app.get("/v2.0/oa/getoa")
    _, business = await app.get("/quality")

    app.token = app.sandbox.tokens.pair()["access_token"]
    _, renewed = await app.get("/v2.0/oa/getoa")

    assert (oa["error"], business["error"], renewed["error"]) == (-220, -124, 0)
    assert app.sandbox.faults.standing("zalo", "expired_token") is None


async def test_a_standing_block_is_met_on_both_hosts(app) -> None:
    app.sandbox.faults.set("zalo", "blocked")

    _, template = await app.post(
        "/message/template",
        json={"phone": "84912345678", "template_id": "100001", "template_data": {"code": "1", "status": "2"}},
    )

    assert (await app.says())["error"] == -217
    assert template["error"] == -141


async def test_a_fault_may_be_kept_to_one_path_or_one_channel(app) -> None:
    app.sandbox.faults.set("zalo", "http_500", where="/message/cs")
    app.sandbox.faults.set("sms", "http_500")

    assert (await app.get("/v2.0/oa/getoa"))[0] == 200


def test_counted_faults_come_first_and_the_newest_standing_one_stays() -> None:
    faults = Faults()
    faults.set("zalo", "slow")
    faults.set("zalo", "http_500")
    faults.set("zalo", "garbage", times=2)
    faults.set("zalo", "empty", times=1)

    taken = [fault.kind for fault in (faults.take("zalo") for _ in range(5)) if fault]

    assert taken == [Kind.GARBAGE, Kind.GARBAGE, Kind.EMPTY, Kind.HTTP_500, Kind.HTTP_500]


def test_a_block_does_not_hide_another_standing_fault() -> None:
    faults = Faults()
    faults.set("zalo", "slow")
    faults.set("zalo", "blocked")

    taken = faults.take("zalo")

    assert taken is not None
    assert taken.kind is Kind.SLOW
    assert faults.standing("zalo", "blocked")


def test_clearing_may_be_of_a_kind_a_channel_or_all() -> None:
    faults = Faults()
    faults.set("zalo", "expired_token")
    faults.set("zalo", "slow")
    faults.set("sms", "slow")

    faults.clear("zalo", "slow")
    assert faults.standing("zalo", "expired_token")
    assert not faults.standing("zalo", "slow")
    faults.clear("zalo")
    assert faults.standing("sms", "slow")
    faults.clear()
    assert not any(faults.standing(channel, kind) for channel in Channel for kind in Kind)


@pytest.mark.parametrize(("channel", "kind"), [("fax", "slow"), ("zalo", "earthquake")])
def test_an_unknown_channel_or_kind_is_an_error(channel, kind) -> None:
    with pytest.raises(ValueError, match="not a valid"):
        Faults().set(channel, kind)


def test_the_drawer_shows_what_is_on() -> None:
    faults = Faults()
    faults.set("zalo", "slow")

    assert [each["key"] for each in drawer(faults) if each["on"]] == ["zalo_slow"]
