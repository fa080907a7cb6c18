"""The refresh token is good for one use: none is lost, none is used twice, whoever asks and whatever fails."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from channels.errors import Rejected, Unavailable
from channels.http import Http
from channels.message import Message, ZaloUser
from channels.zalo.channel import Zalo, appsecret_proof
from channels.zalo.tokens import NAME, StoredTokens, Tokens, seed_of


def renewals(sandbox) -> int:
    return len(sandbox.world.calls_to("/v4/oa/access_token"))


@pytest.fixture
def holder(zalo_settings, http: Http, tokens, clock) -> Tokens:
    return Tokens(zalo_settings, http, tokens, clock)


@pytest.fixture
def message() -> Message:
    return Message(id="01jd", to=ZaloUser(user_id="3000000000000000001"), text="Chào Ông/Bà")


async def test_the_first_use_turns_the_configured_seed_into_a_stored_pair(holder, tokens, sandbox) -> None:
    access = await holder.access()

    kept = tokens.kept[NAME]
    assert kept.access == access
    assert kept.refresh != sandbox.settings.refresh_token
    assert kept.seed == seed_of(sandbox.settings.refresh_token)
    assert renewals(sandbox) == 1


async def test_a_good_token_is_used_without_asking_anybody(holder, sandbox, clock) -> None:
    first = await holder.access()
    clock.pass_(hours=20)

    assert await holder.access() == first
    assert renewals(sandbox) == 1


async def test_a_token_in_its_last_minutes_is_renewed_before_use(holder, sandbox, clock) -> None:
    first = await holder.access()
    clock.pass_(hours=24, minutes=55)

    assert await holder.access() != first
    assert renewals(sandbox) == 2


async def test_upkeep_renews_after_twelve_hours_and_not_before(holder, sandbox, clock) -> None:
    await holder.access()

    clock.pass_(hours=11)
    early = await holder.upkeep()
    count = renewals(sandbox)
    clock.pass_(hours=2)
    late = await holder.upkeep()

    assert (early.endswith("chưa cần đổi."), count, late.startswith("Đã đổi"), renewals(sandbox)) == (True, 1, True, 2)


async def test_a_hundred_callers_at_once_share_one_renewal(holder, tokens, sandbox) -> None:
    got = await asyncio.gather(*(holder.access() for _ in range(100)))

    assert len(set(got)) == 1
    assert tokens.locks == 1
    assert renewals(sandbox) == 1


async def test_two_processes_at_once_renew_once(zalo_settings, http, tokens, clock, sandbox) -> None:
    one, other = (Tokens(zalo_settings, http, tokens, clock) for _ in range(2))
    sandbox.faults.set("zalo_oauth", "slow", seconds=0.1)

    got = await asyncio.gather(one.access(), other.access())

    assert got[0] == got[1]
    assert renewals(sandbox) == 1


async def test_a_process_whose_token_another_one_voided_takes_the_stored_pair(
    zalo_settings, tokens, clock, sandbox, opened, message
) -> None:
    one = await opened(Zalo(zalo_settings, store=tokens, clock=clock))
    other = await opened(Zalo(zalo_settings, store=tokens, clock=clock))
    await one.send(message)
    await other.send(message)
    clock.pass_(hours=13)
    await one.upkeep()

    await other.send(message)

    assert renewals(sandbox) == 2
    assert len(sandbox.world.chat("an")) == 3


async def test_a_changed_seed_replaces_the_stored_chain(zalo_settings, http, tokens, clock, sandbox) -> None:
    await Tokens(zalo_settings, http, tokens, clock).access()
    fresh = sandbox.tokens.pair()["refresh_token"]
    changed = zalo_settings.model_copy(update={"refresh_token": SecretStr(fresh)})

    access = await Tokens(changed, http, tokens, clock).access()

    assert tokens.kept[NAME].access == access
    assert tokens.kept[NAME].seed == seed_of(fresh)


async def test_a_seed_taken_out_of_the_configuration_leaves_the_chain(zalo_settings, http, tokens, clock) -> None:
    first = await Tokens(zalo_settings, http, tokens, clock).access()
    bare = zalo_settings.model_copy(update={"refresh_token": SecretStr("")})

    assert await Tokens(bare, http, tokens, clock).access() == first


async def test_without_any_refresh_token_a_person_is_needed(zalo_settings, http, tokens, clock) -> None:
    bare = zalo_settings.model_copy(update={"refresh_token": SecretStr("")})

    with pytest.raises(Rejected) as refusal:
        await Tokens(bare, http, tokens, clock).access()

    assert (refusal.value.ours, refusal.value.permanent) == (True, False)


async def test_a_refused_refresh_token_is_not_tried_again(holder, sandbox) -> None:
    sandbox.tokens.use_up(sandbox.settings.refresh_token)

    for _ in range(3):
        with pytest.raises(Rejected) as refusal:
            await holder.access()

    assert refusal.value.code == "oauth:-14014"
    assert refusal.value.ours
    assert renewals(sandbox) == 1


async def test_after_a_refusal_a_newly_authorised_pair_is_taken_from_the_store(holder, tokens, clock, sandbox) -> None:
    sandbox.tokens.use_up(sandbox.settings.refresh_token)
    with pytest.raises(Rejected):
        await holder.access()
    given = sandbox.tokens.pair()
    authorised = StoredTokens(
        access=given["access_token"],
        refresh=given["refresh_token"],
        expires_at=clock() + timedelta(hours=25),
        renewed_at=clock(),
        seed=seed_of(sandbox.settings.refresh_token),
    )
    await tokens.save(NAME, authorised)

    assert await holder.access() == given["access_token"]


@pytest.mark.parametrize("fault", ["hang", "reset_before", "half_answer", "garbage", "empty", "http_429", "http_502"])
async def test_a_renewal_that_fails_for_a_while_leaves_the_message_unsent(
    fault: str, zalo, sandbox, message, clock
) -> None:
    sandbox.faults.set("zalo_oauth", fault, times=1)

    with pytest.raises(Unavailable):
        await zalo.send(message)
    with pytest.raises(Unavailable):
        await zalo.send(message)

    assert renewals(sandbox) <= 1
    assert sandbox.world.chat("an") == []


async def test_after_a_failed_renewal_it_is_tried_again_a_moment_later(zalo, sandbox, message, clock) -> None:
    sandbox.faults.set("zalo_oauth", "http_502", times=1)
    with pytest.raises(Unavailable):
        await zalo.send(message)
    clock.pass_(seconds=11)

    await zalo.send(message)

    assert len(sandbox.world.chat("an")) == 1


async def test_a_renewal_that_fails_does_not_stop_the_token_that_still_holds(holder, sandbox, clock) -> None:
    first = await holder.access()
    clock.pass_(hours=24, minutes=55)
    sandbox.faults.set("zalo_oauth", "http_502")

    assert await holder.access() == first


async def test_a_pair_that_could_not_be_stored_is_not_used_and_not_lost(holder, tokens, sandbox, clock) -> None:
    tokens.fails = True
    with pytest.raises(Unavailable):
        await holder.access()
    tokens.fails = False
    clock.pass_(seconds=11)

    access = await holder.access()

    assert tokens.kept[NAME].access == access
    assert renewals(sandbox) == 1


async def test_a_caller_who_leaves_does_not_break_the_renewal(holder, tokens, sandbox) -> None:
    caller = asyncio.create_task(holder.access())
    while not sandbox.tokens.rotations:  # noqa: ASYNC110  # the very turn in which Zalo used the token up
        await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    await holder.close()

    assert await holder.access() == tokens.kept[NAME].access
    assert renewals(sandbox) == 1


@pytest.mark.parametrize("code", [-216, -220, -124])
async def test_an_expired_token_is_renewed_once_and_the_message_goes(code: int, zalo, sandbox, message) -> None:
    await zalo.send(message)
    sandbox.faults.set("zalo", "expired_token", code=code)

    await zalo.send(message)

    assert renewals(sandbox) == 2
    assert len(sandbox.world.chat("an")) == 2


async def test_a_token_refused_twice_is_not_renewed_for_ever(zalo, sandbox, message) -> None:
    sandbox.faults.set("zalo", "error_in_200", code=-216, where="message")

    with pytest.raises(Rejected) as refusal:
        await zalo.send(message)

    assert (refusal.value.ours, refusal.value.permanent) == (True, False)
    assert renewals(sandbox) == 2


async def test_a_wrong_proof_is_no_reason_to_renew(zalo, sandbox, message) -> None:
    await zalo.send(message)
    sandbox.faults.set("zalo", "error_in_200", code=-242, where="message")

    with pytest.raises(Rejected) as refusal:
        await zalo.send(message)

    assert refusal.value.ours
    assert renewals(sandbox) == 1


def test_the_proof_is_zalos_vector() -> None:
    proof = appsecret_proof("sandbox-app-secret", "sandbox-access-token")

    assert proof == "86a92f9a043bb7382b80b01b87dc55b6cf92c737c913abd98ffdb238d0e0a8b6"
