"""The service as it runs: real processes over real databases, the sandbox outside."""

import asyncio
import re
import signal
import socket
from datetime import UTC, datetime

import aiohttp
import pytest

pytestmark = pytest.mark.kills
DOSSIER = {
    "code": "H36.21-260622-0001",
    "procedure_code": "1.004873",
    "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa"},
    "applicant": {"name": "Nguyễn Văn An", "phone": "0911222333"},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def answering(url: str, *processes: asyncio.subprocess.Process) -> None:
    """Until the service is ready, and as long as its processes live."""
    said = "nothing"
    async with aiohttp.ClientSession() as session:
        for _ in range(300):
            dead = [process for process in processes if process.returncode is not None]
            assert not dead, (await dead[0].communicate())[1].decode()
            try:
                async with session.get(f"{url}/readyz") as response:
                    said = await response.text()
                    if response.status == 200:
                        return
            except aiohttp.ClientError as why:
                said = type(why).__name__
            await asyncio.sleep(0.1)
    raise AssertionError(f"the service never became ready: {said}")


async def push(url: str, key: str, **changes) -> dict:
    row = DOSSIER | {"status_at": datetime.now(UTC).isoformat()} | changes
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session,
        session.post(f"{url}/api/v1/dossiers", json={"dossiers": [row]}) as response,
    ):
        assert response.status == 200, await response.text()
        return (await response.json())["results"][0]


async def texted(shell, sandbox, message_id: str, processes, *, seconds: float) -> None:
    """Until the text has arrived; a test that waits in vain says where the message is and what the processes said."""
    try:
        await sandbox.world.until(lambda: sandbox.world.texts, seconds=seconds)
    except TimeoutError:
        why = await shell.run("outbox", "why", message_id)
        calls = [(call.host, call.path, call.status, call.error) for call in sandbox.world.calls]
        codes = [process.returncode for process in processes]
        for process in processes:
            if process.returncode is None:
                process.kill()
        words = [b"".join(await process.communicate()).decode()[-3_000:] for process in processes]
        said = "\n".join([f"{codes=}", f"{calls=}", why.out, why.err, *words])
        pytest.fail(f"no text arrived within {seconds} s\n{said}")


@pytest.fixture
async def installed(shell, sandbox, database_url):
    """A database with its schema and a key, joined to the sandbox; the address of the web to be."""
    shell.join(sandbox)
    port = free_port()
    shell.extra |= {"MOTCUA__DATABASE__URL": database_url, "MOTCUA__WEB__PORT": str(port)}
    assert (await shell.run("db", "upgrade")).code == 0
    key = (await shell.run("key", "add", "igate")).out.strip()
    url = f"http://127.0.0.1:{port}"
    sandbox.join(webhook_base=url, api_base=url, api_key=key)
    return url, key


async def test_a_status_goes_out_and_its_receipt_comes_back_and_sigterm_ends_it_all(shell, sandbox, installed) -> None:
    url, key = installed
    roles = ["all"] if shell.extra["MOTCUA__DATABASE__URL"].startswith("sqlite") else ["web", "worker", "scheduler"]
    processes = [await shell.start("run", "--role", role) for role in roles]
    await answering(url, *processes)

    (message_id,) = (await push(url, key, status=2))["messages"]
    await texted(shell, sandbox, message_id, processes, seconds=20)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
        for _ in range(100):
            async with session.get(f"{url}/api/v1/messages/{message_id}") as response:
                message = await response.json()
            if message["state"] == "delivered":
                break
            await asyncio.sleep(0.1)
    again = await push(url, key, status=2)
    await sandbox.play.say("an", "xin chao")
    await sandbox.world.until(lambda: [m for m in sandbox.world.chat("an") if m.sender == "oa"], seconds=20)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    errors = [(await asyncio.wait_for(process.communicate(), 12))[1].decode() for process in processes]

    assert message["state"] == "delivered"
    assert again["outcome"] in ("unchanged", "changed")
    assert again["messages"] == []
    assert [process.returncode for process in processes] == [0] * len(processes), errors
    assert not any(re.search(r"911222333|Nguyễn Văn An", text) for text in errors), "the log names nobody"


async def test_another_worker_takes_over_from_one_that_was_killed(shell, sandbox, installed) -> None:
    url, key = installed
    alone = shell.extra["MOTCUA__DATABASE__URL"].startswith("sqlite")
    roles = {"all": 1} if alone else {"web": 1, "worker": 1, "sender": 1}
    processes = {role: [await shell.start("run", "--role", role) for _ in range(n)] for role, n in roles.items()}
    await answering(url, *[one for group in processes.values() for one in group])
    victim = processes.get("worker", processes.get("all"))[0]
    victim.kill()
    await victim.communicate()
    if "all" in roles:
        processes["all"].append(await shell.start("run", "--role", "all"))
        await answering(url)

    (message_id,) = (await push(url, key, status=2))["messages"]

    everybody = [one for group in processes.values() for one in group]
    await texted(shell, sandbox, message_id, everybody, seconds=25)
    for process in [one for one in everybody if one.returncode is None]:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 12)
