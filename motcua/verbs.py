"""The verbs around what waits to be sent: hold, let go, and ask of the outbox."""

import sys
from typing import Annotated, Literal

import typer

from motcua.shell import CONFIG, AsJson, ConfigPath, loaded, printed, waited

outbox_app = typer.Typer(no_args_is_help=True, help="Tin chờ gửi và lịch sử của tin.")
OneChannel = Annotated[str | None, typer.Option(help="Chỉ kênh này: zalo, sms, email, telegram.")]
OneEvent = Annotated[str | None, typer.Option(help="Chỉ loại tin này, ví dụ done.")]
OneAgency = Annotated[str | None, typer.Option(help="Chỉ tin của cơ quan mang mã này.")]
OneFiling = Annotated[str | None, typer.Option(help="Chỉ hồ sơ nộp theo cách này: counter, online, post.")]


def stop(
    config: ConfigPath = CONFIG,
    why: Annotated[str, typer.Option(help="Lý do, ghi nhật ký.")] = "",
    channel: OneChannel = None,
    event: OneEvent = None,
    agency: OneAgency = None,
    filing: OneFiling = None,
) -> None:
    """Dừng mọi việc gửi tin, trong vòng 5 giây; hoặc chỉ một kênh, loại tin, cơ quan, cách nộp."""
    from motcua.outbox import hold, scopes

    wanted = scopes(channel=channel, event=event, agency=agency, filing=filing)
    sys.stdout.write(f"{waited(hold(loaded(config), wanted, why))}\n")


def resume(
    config: ConfigPath = CONFIG,
    channel: OneChannel = None,
    event: OneEvent = None,
    agency: OneAgency = None,
    filing: OneFiling = None,
) -> None:
    """Gửi tiếp; tin đã quá hạn thì bỏ, tin đang chờ thì gửi rải."""
    from motcua.outbox import release, scopes

    wanted = scopes(channel=channel, event=event, agency=agency, filing=filing)
    sys.stdout.write(f"{waited(release(loaded(config), wanted))}\n")


@outbox_app.command("status")
def outbox_status(config: ConfigPath = CONFIG, as_json: AsJson = False) -> None:
    """Tin nào đang chờ, từ bao giờ, vì sao; giới hạn nào đang giữ."""
    from motcua.outbox import status

    rows, limits = waited(status(loaded(config)))
    printed(rows, as_json)
    for limit in limits:
        (sys.stderr if as_json else sys.stdout).write(f"{limit}\n")


@outbox_app.command("why")
def outbox_why(message_id: str, config: ConfigPath = CONFIG, as_json: AsJson = False) -> None:
    """Vì sao một tin đang ở tình trạng này, với toàn bộ lịch sử."""
    from motcua.outbox import explained

    printed(waited(explained(loaded(config), message_id)), as_json)


@outbox_app.command("retry")
def outbox_retry(message_ids: list[str], config: ConfigPath = CONFIG) -> None:
    """Gửi lại những tin không gửi được hoặc chưa rõ."""
    from motcua.outbox import retry

    sys.stdout.write(f"Sẽ gửi lại {waited(retry(loaded(config), message_ids))} tin.\n")


@outbox_app.command("cancel")
def outbox_cancel(message_ids: list[str], config: ConfigPath = CONFIG) -> None:
    """Hủy những tin chưa gửi."""
    from motcua.outbox import cancel

    sys.stdout.write(f"Đã hủy {waited(cancel(loaded(config), message_ids))} tin.\n")


@outbox_app.command("digest")
def outbox_digest(
    address: Annotated[str, typer.Argument(help="Số điện thoại hoặc email của người nhận.")],
    how: Annotated[
        Literal["daily", "at-once", "default"], typer.Option(help="Mỗi ngày một tin, báo ngay, hoặc theo cấu hình.")
    ] = "daily",
    config: ConfigPath = CONFIG,
) -> None:
    """Cho một người nhận hoặc tổ chức nhận bản tin mỗi ngày một lần, thay vì từng tin."""
    from motcua.outbox import digest

    waited(digest(loaded(config), address, {"daily": True, "at-once": False, "default": None}[how]))
    sys.stdout.write("Đã ghi. Tin lập từ bây giờ sẽ theo cách này.\n")
