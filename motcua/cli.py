"""The command `motcua`: one function a verb. It loads the configuration, opens rooms, calls one function, prints.

Exit codes: 0 good, 1 the work failed, 2 bad usage or configuration, 130 interrupted. Data on stdout, else stderr.
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from motcua.shell import CONFIG, AsJson, ConfigPath
from motcua.shell import loaded as _load
from motcua.shell import printed as _print
from motcua.shell import waited as _run
from motcua.verbs import outbox_app, resume, stop

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Một Cửa: báo tin hồ sơ và trợ lý tra cứu thủ tục hành chính.",
)
database_app = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu.")
import_app = typer.Typer(no_args_is_help=True, help="Nạp dữ liệu từ tệp.")
user_app = typer.Typer(no_args_is_help=True, help="Tài khoản cán bộ.")
key_app = typer.Typer(no_args_is_help=True, help="Khóa cho hệ thống khác gọi API.")
zalo_app = typer.Typer(no_args_is_help=True, help="Trang Zalo của tỉnh.")
schedule_app = typer.Typer(help="Việc chạy theo giờ.")
report_app = typer.Typer(no_args_is_help=True, help="Chi phí gửi tin, và tin của một lần chạy song song.")
for name, group in {
    "db": database_app,
    "import": import_app,
    "outbox": outbox_app,
    "user": user_app,
    "key": key_app,
    "zalo": zalo_app,
    "schedule": schedule_app,
    "report": report_app,
}.items():
    app.add_typer(group, name=name)

AsCsv = Annotated[bool, typer.Option("--csv", help="In dạng CSV để mở bằng Excel.")]
FromDay = Annotated[str | None, typer.Option("--from", help="Từ ngày, ví dụ 01/06/2026; mặc định là đầu tháng này.")]
ToDay = Annotated[str | None, typer.Option("--to", help="Đến hết ngày; mặc định là hôm nay.")]


def main() -> None:
    """The entry point: every error becomes one clear line and an exit code, here and nowhere else."""
    try:
        code = app(standalone_mode=False)  # an `Exit` comes back as its code
    except BaseException as why:
        from motcua.failures import explained  # half the house: not loaded where nothing failed

        line, code = explained(why)
        if line:
            sys.stderr.write(f"motcua: {line}\n")
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _root(show_version: Annotated[bool, typer.Option("--version", help="In phiên bản.")] = False) -> None:
    if show_version:
        sys.stdout.write(f"motcua {version('motcua')}, Python {sys.version.split()[0]}\n")


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Chạy một lượt, in bảng rồi thoát.")] = False,
    folder: Annotated[Path, typer.Option(help="Nơi để dữ liệu chạy thử.")] = Path(".motcua-demo"),
) -> None:
    """Chạy thử toàn bộ hệ thống trên máy này, không cần tài khoản nào."""
    from motcua.demo.run import demonstrate

    raise typer.Exit(_run(demonstrate(folder, once=once or bool(os.environ.get("CI")))))


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Tệp sẽ tạo.")] = CONFIG) -> None:
    """Tạo tệp cấu hình với khóa bí mật mới."""
    from motcua.setup import write_config

    write_config(path)
    sys.stdout.write(f"Đã tạo {path}. Xin sửa tệp, rồi chạy: motcua check\n")


@app.command()
def check(
    config: ConfigPath = CONFIG,
    online: Annotated[bool, typer.Option("--online", help="Hỏi cả Zalo, SMS, máy chủ thư.")] = False,
) -> None:
    """Kiểm tra cấu hình, cơ sở dữ liệu và các kênh; nêu mọi lỗi một lần."""
    from motcua.checks import examine
    from motcua.config import load

    findings = _run(examine(load(config), online=online))
    for finding in findings:
        sys.stdout.write(f"{'được ' if finding.good else 'LỖI  '} {finding.what}: {finding.word}\n")
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


@app.command()
def run(
    config: ConfigPath = CONFIG,
    role: Annotated[
        Literal["web", "worker", "sender", "scheduler", "all"], typer.Option(help="Phần việc của tiến trình.")
    ] = "all",
) -> None:
    """Chạy dịch vụ."""
    from motcua.config import load
    from motcua.service import serve

    _run(serve(load(config), role))


app.command()(stop)
app.command()(resume)


@app.command()
def lookup(
    text: Annotated[str, typer.Argument(help="Câu hỏi như người dân vẫn nhắn.")] = "",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Mỗi dòng vào và ra là một JSON.")] = False,
    why: Annotated[bool, typer.Option("--why", help="In cả lý do: từ nào khớp tên nào, điểm, quyết định.")] = False,
) -> None:
    """Trả lời một câu hỏi về thủ tục, không cần cấu hình."""
    from bot.lookup import Lookup
    from motcua.rooms import now

    book = Lookup(now)
    if not jsonl:
        explained = "".join(f"{line}\n" for line in book.why(text)) + "\n" if why else ""
        sys.stdout.write(f"{explained}{book.answer('', text)['text']}\n")
        return
    from motcua.commands import answer_lines

    answer_lines(book, sys.stdin.buffer, sys.stdout.buffer)


@app.command()
def bulk(
    file: Annotated[Path, typer.Argument(help="Tệp CSV hoặc XLSX.")],
    template: Annotated[str, typer.Option(help="Mẫu thông báo.")],
    config: ConfigPath = CONFIG,
    channel: Annotated[str | None, typer.Option(help="Chỉ gửi qua kênh này.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra tệp.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Gửi các dòng đúng, không hỏi lại.")] = False,
    as_json: AsJson = False,
) -> None:
    """Gửi một thông báo hàng loạt; trên mức phải duyệt thì chỉ trình duyệt."""
    from motcua.bulk import send_sheet

    result = _run(send_sheet(_load(config), file, template, channel=channel, dry_run=dry_run, confirmed=yes))
    _print(result.plain(), as_json) if as_json else sys.stdout.write(result.text())
    raise typer.Exit(0 if result.good else 1)


@database_app.command("upgrade")
def db_upgrade(config: ConfigPath = CONFIG) -> None:
    """Đưa cơ sở dữ liệu lên phiên bản mới nhất."""
    from motcua.commands import upgrade

    _run(upgrade(_load(config)))
    sys.stdout.write("Cơ sở dữ liệu đã ở phiên bản mới nhất.\n")


@import_app.command("procedures")
def import_procedures(
    file: Path,
    config: ConfigPath = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Nạp luôn, không hỏi lại.")] = False,
) -> None:
    """Nạp danh mục thủ tục; cho xem thay đổi trước khi nạp."""
    from motcua.imports import compared, procedures

    settings = _load(config)
    brought = _run(compared(settings, file))
    for line in brought.lines:
        sys.stdout.write(f"{line}\n")
    if yes or typer.confirm("Nạp danh mục này?", err=True):
        raise typer.Exit(_report(_run(procedures(settings, brought))))


@import_app.command("dossiers")
def import_dossiers(
    file: Path,
    config: ConfigPath = CONFIG,
    announce: Annotated[bool, typer.Option("--announce", help="Báo tin; mặc định nạp lần đầu thì không.")] = False,
) -> None:
    """Nạp hồ sơ từ JSON, JSONL, CSV hoặc XLSX."""
    from motcua.imports import dossiers

    raise typer.Exit(_report(_run(dossiers(_load(config), file, announce=announce))))


@import_app.command("agencies")
def import_agencies(file: Path, config: ConfigPath = CONFIG) -> None:
    """Nạp danh bạ cơ quan."""
    from motcua.imports import agencies

    raise typer.Exit(_report(_run(agencies(_load(config), file))))


@user_app.command("add")
def user_add(
    login: Annotated[str, typer.Argument(help="Tên đăng nhập.")],
    role: Annotated[str, typer.Option(help="viewer, clerk, approver hoặc admin.")],
    name: Annotated[str, typer.Option(help="Họ tên.")] = "",
    agency: Annotated[str | None, typer.Option(help="Mã cơ quan; bỏ trống là toàn tỉnh.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Đọc mật khẩu từ đầu vào.")] = False,
    config: ConfigPath = CONFIG,
) -> None:
    """Tạo tài khoản cán bộ."""
    from motcua.commands import add_user

    password = sys.stdin.readline().rstrip("\n") if password_stdin else typer.prompt("Mật khẩu", hide_input=True)
    _run(add_user(_load(config), login=login, name=name or login, role=role, agency=agency, password=password))
    sys.stdout.write(f"Đã tạo tài khoản {login}.\n")


@key_app.command("add")
def key_add(
    name: str,
    agency: Annotated[str | None, typer.Option(help="Mã cơ quan; bỏ trống là toàn tỉnh.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Quyền; nêu nhiều lần nếu cần.")] = None,
    config: ConfigPath = CONFIG,
) -> None:
    """Tạo khóa API; khóa chỉ hiện một lần."""
    from motcua.commands import add_key

    sys.stdout.write(f"{_run(add_key(_load(config), name, agency, scope or []))}\n")


@zalo_app.command("authorize")
def zalo_authorize(
    redirect_uri: Annotated[str, typer.Option(help="Callback URL đã khai ở Zalo.")],
    config: ConfigPath = CONFIG,
) -> None:
    """Cấp quyền trang Zalo: in đường dẫn để quản trị trang bấm, rồi nhận mã."""
    from motcua.zalo import authorize

    _run(authorize(_load(config), redirect_uri, ask=lambda question: str(typer.prompt(question, err=True))))


@schedule_app.callback(invoke_without_command=True)
def schedule(context: typer.Context, config: ConfigPath = CONFIG, as_json: AsJson = False) -> None:
    """Các việc chạy theo giờ: lần chạy trước, kết quả, lần tới."""
    if context.invoked_subcommand is None:
        from motcua.schedule import lines

        _print(_run(lines(_load(config))), as_json)


@schedule_app.command("run")
def schedule_run(job: str, config: ConfigPath = CONFIG) -> None:
    """Chạy một việc ngay bây giờ."""
    from motcua.schedule import run_now

    good, word = _run(run_now(_load(config), job))
    sys.stdout.write(f"{word}\n")
    raise typer.Exit(0 if good else 1)


@report_app.command("cost")
def report_cost(
    since: FromDay = None,
    until: ToDay = None,
    by: Annotated[list[str] | None, typer.Option(help="Chia theo event, agency, path; nêu nhiều lần nếu cần.")] = None,
    config: ConfigPath = CONFIG,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Đã chi bao nhiêu đồng, cho việc gì, qua đường nào; mỗi quy tắc tiết kiệm được bao nhiêu."""
    from motcua.report import cost, span

    _page(_run(cost(_load(config), *span(since, until), by or [])), as_csv, as_json)


@report_app.command("shadow")
def report_shadow(
    since: FromDay = None,
    until: ToDay = None,
    config: ConfigPath = CONFIG,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Tin lẽ ra đã gửi khi chạy song song (mode = "shadow"), để đối chiếu với hệ thống đang gửi."""
    from motcua.report import shadow, span

    _page(_run(shadow(_load(config), *span(since, until))), as_csv, as_json)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Cổng HTTP.")] = 8090,
    webhook: Annotated[str, typer.Option(help="Nơi nhận webhook.")] = "http://127.0.0.1:8080",
) -> None:
    """Chạy riêng bản giả lập Zalo, SMS, email trên máy này."""
    from motcua.demo.world import play_alone

    _run(play_alone(port, webhook))


def _page(page: Any, as_csv: bool, as_json: bool) -> None:
    if as_csv:
        sys.stdout.buffer.write(page.csv())
    elif as_json:
        _print(page.plain(), as_json)
    else:
        sys.stdout.write(page.text())


def _report(lines: Any) -> int:
    for line in lines.lines:
        sys.stdout.write(f"{line}\n")
    return 0 if lines.good else 1


if __name__ == "__main__":
    main()
