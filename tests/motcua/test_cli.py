"""The command: exit codes, one clear line for an error, data a machine can read."""

import orjson
import pytest


async def test_a_wrong_configuration_stops_check_and_run_with_every_fault_named(shell) -> None:
    shell.extra |= {"MOTCUA__WEB__PORT": "eighty", "MOTCUA__DATABASE__URL": "mysql://x", "MOTCUA__NONSENSE__KEY": "1"}

    for verb in ("check", "run"):
        ended = await shell.run(verb)

        assert ended.code == 2
        assert all(part in ended.err for part in ("web.port", "database.url", "nonsense"))
        assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "arguments", [("fly",), ("lookup", "--jsonk"), ("import", "planets", "x"), ("run", "--role", "boss")]
)
async def test_bad_usage_is_exit_code_2(shell, arguments: tuple[str, ...]) -> None:
    assert (await shell.run(*arguments)).code == 2


async def test_sqlite_is_for_one_process(shell) -> None:
    ended = await shell.run("run", "--role", "worker")

    assert ended.code == 2
    assert "--role all" in ended.err


async def test_a_question_is_answered_without_any_configuration(shell) -> None:
    (shell.folder / "config.toml").unlink()

    ended = await shell.run("lookup", "lam giay khai sinh cho con can gi")

    assert ended.code == 0
    assert "khai sinh" in ended.out.lower()


async def test_lookup_answers_json_lines_in_order(shell) -> None:
    questions = [
        {"id": n, "text": text} for n, text in enumerate(["xin chào", "H36.21-260622-0001 toi dau roi", "dk ket hon"])
    ]

    ended = await shell.run("lookup", "--jsonl", stdin="\n".join(orjson.dumps(q).decode() for q in questions))

    answers = [orjson.loads(line) for line in ended.out.splitlines()]
    assert [answer["id"] for answer in answers] == [0, 1, 2]
    assert [answer["kind"] for answer in answers[:2]] == ["greeting", "dossier"]
    assert answers[1]["dossier_code"] == "H36.21-260622-0001"
    assert "1.000894" in answers[2]["codes"]


async def test_an_installation_from_nothing_to_a_working_database(shell) -> None:
    refused = await shell.run("outbox", "status")
    upgraded = await shell.run("db", "upgrade")
    checked = await shell.run("check")

    assert (refused.code, upgraded.code, checked.code) == (1, 0, 0), checked.out + checked.err
    assert "db upgrade" in refused.err
    assert "LỖI" not in checked.out


async def test_staff_keys_agencies_and_dossiers_come_in_by_command(shell) -> None:
    await shell.run("db", "upgrade")
    agencies = shell.folder / "agencies.csv"
    agencies.write_text(
        "code,name,short name,phone\nH36.21,UBND phường Bắc Gia Nghĩa,phuong Bac Gia Nghia,0261.3544.001\n",
        encoding="utf-8",
    )
    dossier = {
        "code": "H36.21-260622-0001",
        "procedure_code": "1.004873",
        "status": 2,
        "status_at": "2026-06-22T09:00:00+07:00",
        "agency": {"code": "H36.21"},
        "applicant": {"name": "Nguyễn Văn An", "phone": "0912345678"},
    }
    wrong = dossier | {"code": "H36.21-260622-0002", "status": 11}
    (shell.folder / "dossiers.json").write_bytes(orjson.dumps({"dossiers": [dossier, wrong]}))

    weak = await shell.run("user", "add", "hanh", "--role", "clerk", "--password-stdin", stdin="12345678\n")
    user = await shell.run(
        "user", "add", "hanh", "--role", "clerk", "--password-stdin", stdin="một câu dài chỉ mình tôi nhớ\n"
    )
    twice = await shell.run(
        "user", "add", "hanh", "--role", "clerk", "--password-stdin", stdin="một câu dài chỉ mình tôi nhớ\n"
    )
    key = await shell.run("key", "add", "igate", "--scope", "dossiers:write")
    named = await shell.run("import", "agencies", "agencies.csv")
    taken = await shell.run("import", "dossiers", "dossiers.json")

    assert (weak.code, user.code, twice.code) == (2, 0, 1)
    assert key.code == 0
    assert key.out.startswith("mc_")
    assert named.code == 0
    assert taken.code == 1, "a wrong row is told by the exit code too"
    assert "1 hồ sơ mới" in taken.out
    assert "status" in taken.out


async def test_holding_and_resuming_everything(shell) -> None:
    await shell.run("db", "upgrade")

    held, resumed = await shell.run("stop", "--why", "thử"), await shell.run("resume")

    assert (held.code, resumed.code) == (0, 0)
    assert "0 tin quá hạn" in resumed.out


async def test_a_part_of_the_sending_is_held_and_let_go_by_itself(shell) -> None:
    await shell.run("db", "upgrade")

    held = await shell.run("stop", "--channel", "zalo", "--agency", "H36.21")
    everything = await shell.run("resume")
    part = await shell.run("resume", "--channel", "zalo", "--agency", "H36.21")
    wrong = await shell.run("stop", "--event", "xong")

    assert held.out.startswith("Đã dừng kênh Zalo, tin của cơ quan H36.21.")
    assert "Vẫn còn dừng: tin của cơ quan H36.21, kênh Zalo." in everything.out
    assert "Vẫn còn dừng" not in part.out
    assert (wrong.code, "xong không có" in wrong.err) == (2, True)


async def test_the_jobs_are_listed_with_their_last_and_next_run(shell) -> None:
    await shell.run("db", "upgrade")
    ran = await shell.run("schedule", "run", "fee_reminders")
    unknown = await shell.run("schedule", "run", "nothing")

    listed = await shell.run("schedule", "--json")

    jobs = {row["việc"]: row for row in orjson.loads(listed.out)}
    assert (ran.code, unknown.code) == (0, 2)
    assert {"fee_reminders", "survey_invites", "channel_upkeep"} <= jobs.keys()
    assert "Đã nhắc 0" in jobs["fee_reminders"]["kết quả"]


async def test_help_comes_quickly_because_nothing_heavy_is_loaded(shell) -> None:
    ended = await shell.run("--help")

    assert ended.code == 0
    assert "lookup" in ended.out


async def test_a_sheet_is_checked_then_its_right_rows_go_and_the_same_sheet_does_not_go_twice(shell) -> None:
    await shell.run("db", "upgrade")
    sheet = (
        "Họ tên;Số điện thoại;Nội dung\nAn;0912345678;Bộ phận Một cửa nghỉ ngày 02/09/2026.\nBình;091234567;Như trên.\n"
    )
    (shell.folder / "moi.csv").write_bytes(sheet.encode("utf-8-sig"))

    tried = await shell.run("bulk", "moi.csv", "--template", "thong_bao_chung", "--dry-run")
    sent = await shell.run("bulk", "moi.csv", "--template", "thong_bao_chung", "--yes", "--json")
    again = await shell.run("bulk", "moi.csv", "--template", "thong_bao_chung", "--yes")

    assert tried.code == 1
    assert "Dòng 3, cột Số điện thoại" in tried.out
    assert (sent.code, again.code) == (0, 1), sent.err
    assert orjson.loads(sent.out)["notice"]["state"] == "sending"
    assert "đã được gửi" in again.err
