"""How a dossier reads in a chat: its state first, then what to do, until when, and whom to ask."""

from collections.abc import Sequence

from dossiers.lookup import Listing
from dossiers.statuses import Stage, Status
from dossiers.views import Proof, View
from vietnam.calendar import day, moment
from vietnam.money import dong, in_words
from vietnam.text import shorten

MOST_LINES = 10
_SIGNS: dict[Stage, str] = {"done": "✓", "now": "●", "next": "○"}

SAFETY = (
    "Ông/Bà nộp trên Cổng Dịch vụ công quốc gia hoặc tại quầy. Cơ quan nhà nước không yêu cầu chuyển tiền vào "
    "tài khoản cá nhân, không hỏi mật khẩu hay mã OTP."
)
HOW_TO_LINK = "Hoặc liên kết số điện thoại ghi trên hồ sơ để xem mọi hồ sơ của mình."
OWED_UNLINKED = (
    "Để biết còn phải nộp bao nhiêu, Ông/Bà liên kết số điện thoại ghi trên hồ sơ, hoặc nhắn mã hồ sơ trên giấy hẹn."
)
NOTHING_OWED = (
    "Trợ lý chưa thấy khoản nào phải nộp trên các hồ sơ của Ông/Bà. Hệ thống cập nhật chậm hơn ngân hàng; "
    "cần kiểm tra lại, xin gặp cán bộ."
)
TOO_MANY = (
    "Số điện thoại này đứng trên hồ sơ của nhiều người, nên trợ lý không liệt kê hồ sơ theo số. "
    "Xin Ông/Bà nhắn mã từng hồ sơ."
)

_NEXT = {
    Status.SUBMITTED: "Cán bộ sẽ kiểm tra và trả lời trong 8 giờ làm việc.",
    Status.SUPPLEMENT_REQUIRED: "Xin Ông/Bà bổ sung giấy tờ theo Phiếu yêu cầu bổ sung; thời hạn tạm dừng.",
    Status.FEE_REQUIRED: "Ông/Bà cần nộp phí, lệ phí để hồ sơ được giải quyết tiếp.",
    Status.REJECTED: "Lý do ghi tại Phiếu từ chối tiếp nhận.",
    Status.STOPPED: "Lý do ghi tại Thông báo dừng giải quyết.",
    Status.DONE: "Khi đến nhận, xin mang giấy hẹn và thẻ căn cước.",
}
"""What the state asks of the citizen, where it asks something; what this very dossier asks follows after proof."""


def card(view: View, *, drawn: bool = True) -> str:
    """One dossier. `drawn`: with the line of steps, whose signs an SMS cannot carry."""
    lines = [
        f"Hồ sơ {view.code}",
        f"Trạng thái: {view.status.words} ({moment(view.status_at)})",
        _steps(view) if drawn else "",
        f"Thủ tục: {shorten(view.procedure, 150)}" if view.procedure else "",
        _due(view),
        _NEXT.get(view.status, ""),
        *_supplement(view),
        f"Lý do: {shorten(view.reason, 300)}" if view.reason else "",
        *_money(view),
        *_pickup(view),
        f"Cơ quan giải quyết: {view.agency}",
        _proved(view),
    ]
    return "\n".join(line for line in lines if line)


def listing(views: Sequence[View]) -> str:
    """Several dossiers, one line each: codes and states."""
    lines = [f"• {view.code}: {view.status.words}{_owed(view)}" for view in views[:MOST_LINES]]
    more = [f"… và {len(views) - MOST_LINES} hồ sơ khác"] if len(views) > MOST_LINES else []
    return "\n".join([f"Ông/Bà có {len(views)} hồ sơ:", *lines, *more])


def owing(listing: Listing) -> str:
    """What is still to pay, dossier by dossier, and in all."""
    lines = [
        f"• {view.code}: {dong(view.owed or 0)}" + (f", hạn {day(view.owed_due_at)}" if view.owed_due_at else "")
        for view in listing.views[:MOST_LINES]
    ]
    total = f"Tổng cộng: {dong(listing.owed)} ({in_words(listing.owed)})."
    return "\n".join(["Ông/Bà còn phải nộp:", *lines, total, SAFETY])


def _steps(view: View) -> str:
    return "  ".join(f"{_SIGNS[stage]} {name}" for name, stage in view.steps)


def _due(view: View) -> str:
    if view.due_at is None or view.status.final or view.status is Status.DONE:
        return ""
    paused = " (tạm dừng tính thời hạn)" if view.status.paused else ""
    return f"Hẹn trả: {moment(view.due_at)}{paused}"


def _supplement(view: View) -> list[str]:
    if view.status is not Status.SUPPLEMENT_REQUIRED:
        return []
    items = [f"• {shorten(item, 150)}" for item in view.missing_items[:MOST_LINES]]
    due = [f"Hạn bổ sung: {day(view.supplement_due)}"] if view.supplement_due else []
    return [*(["Giấy tờ cần bổ sung:", *items] if items else []), *due]


def _money(view: View) -> list[str]:
    if not view.owed or view.status.final:
        return []
    due = f", hạn {day(view.owed_due_at)}" if view.owed_due_at else ""
    fees = [f"• {shorten(fee.name, 80)}: {dong(fee.amount)}" for fee in view.fees[:MOST_LINES]]
    return [f"Còn phải nộp: {dong(view.owed)}{due}", *(fees if len(fees) > 1 else []), SAFETY]


def _pickup(view: View) -> list[str]:
    if view.status is not Status.DONE or view.proof < Proof.LINKED:
        return []
    return [
        *([f"Nơi nhận: {view.pickup_place}"] if view.pickup_place else []),
        *([f"Giờ làm việc: {view.office_hours}"] if view.office_hours else []),
    ]


def _owed(view: View) -> str:
    return f", còn phải nộp {dong(view.owed)}" if view.owed and not view.status.final else ""


def _proved(view: View) -> str:
    if view.proof is Proof.PROVED and view.procedure is None:
        return "Nội dung của hồ sơ này không hiển thị qua tin nhắn. Xin Ông/Bà hỏi nơi đã nộp hồ sơ."
    return ""
