"""A message's history in sentences that a clerk can follow (vì sao): one table of words, nothing decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.outbox.tables import OutboxMessage, State, Step

STATES: Mapping[State, str] = {
    State.WAITING: "Chờ gửi",
    State.SENDING: "Đang gửi",
    State.ACCEPTED: "Đã chuyển đi, chờ xác nhận",
    State.DELIVERED: "Đã tới người nhận",
    State.FAILED: "Không gửi được",
    State.EXPIRED: "Quá hạn gửi",
    State.UNKNOWN: "Chưa rõ đã tới hay chưa",
    State.CANCELLED: "Đã hủy",
}

EVENTS: Mapping[str, str] = {
    "submitted": "Hồ sơ mới đăng ký",
    "received": "Hồ sơ được tiếp nhận",
    "rejected": "Hồ sơ không được tiếp nhận",
    "processing": "Hồ sơ đang xử lý",
    "supplement_required": "Yêu cầu bổ sung giấy tờ",
    "fee_required": "Yêu cầu nộp phí, lệ phí",
    "withdrawn": "Công dân rút hồ sơ",
    "stopped": "Dừng xử lý hồ sơ",
    "done": "Hồ sơ đã có kết quả",
    "returned": "Đã trả kết quả",
    "fee_reminder": "Nhắc nộp phí, lệ phí",
    "fee_paid": "Đã nhận phí, lệ phí",
    "survey_invite": "Mời đánh giá",
    "verify_code": "Mã liên kết Zalo",
    "notice": "Thông báo hàng loạt",
    "reply": "Trả lời trong trò chuyện",
}

CHANNELS: Mapping[str, str] = {"zalo": "Zalo", "sms": "SMS", "email": "Email", "telegram": "Telegram"}

PATHS: Mapping[str, str] = {
    "zalo/chat": "tin trò chuyện Zalo, miễn phí trong 48 giờ",
    "zalo/template_user": "mẫu tin Zalo theo tài khoản đã kết nối",
    "zalo/template_phone": "mẫu tin Zalo theo số điện thoại",
    "telegram": "Telegram",
    "sms": "SMS",
    "email": "Email",
}

REASONS: Mapping[str, str] = {
    "-108": "số điện thoại không hợp lệ với Zalo",
    "-110": "số điện thoại này không dùng Zalo",
    "-114": "tài khoản Zalo không nhận được tin",
    "-118": "số điện thoại này không dùng Zalo",
    "-119": "tài khoản Zalo không nhận được tin",
    "-139": "người nhận đã từ chối loại tin này trên Zalo",
    "-140": "người nhận không đủ điều kiện nhận tin theo quy định của Zalo",
    "-141": "người nhận đã từ chối tin của trang",
    "-213": "người nhận chưa quan tâm trang Zalo",
    "-217": "người nhận đã chặn trang",
    "-227": "tài khoản Zalo đã bị khóa hoặc lâu không dùng",
    "-230": "người nhận chưa nhắn cho trang trong 7 ngày qua",
    "-232": "người nhận chưa nhắn cho trang trong 7 ngày qua",
    "-244": "người nhận đã từ chối loại tin này trên Zalo",
    "no_text": "kênh này không có mẫu tin phù hợp",
    "no_route": "không có kênh nào tới được người nhận",
    "no_way_left": "đã thử hết các kênh",
    "no_receipt": "quá giờ mà không có xác nhận đã tới",
    "undelivered": "nhà mạng báo không tới được",
    "worker_lost": "máy gửi ngừng giữa chừng",
    "": "không rõ lý do",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One line of the history. `icon`: wait, out, ok, doubt, fail, switch."""

    at: datetime
    text: str
    icon: str


def sentences(message: OutboxMessage) -> list[Sentence]:
    """The whole history, oldest first."""
    return [Sentence(at=step.at, text=_say(step), icon=_ICONS.get(step.step, "wait")) for step in message.history]


def why(message: OutboxMessage) -> str:
    """One sentence: why the message is where it is."""
    last = message.history[-1]
    refused = next((step for step in reversed(message.history) if step.step in _REFUSALS), None)
    match message.state:
        case State.DELIVERED if refused is not None:
            return f"{_name(refused)} không gửi được vì {reason(refused.code)}; đã tới qua {_name(last)}."
        case State.DELIVERED:
            return f"Đã tới người nhận qua {_name(last)}."
        case State.WAITING if refused is not None:
            return f"{_name(refused)} chưa gửi được vì {reason(refused.code)}; sẽ gửi tiếp."
        case State.WAITING:
            return "Đang chờ đến lượt hoặc đến giờ được gửi."
        case State.FAILED:
            cause = refused if refused is not None else last
            return f"Không gửi được vì {reason(cause.code or cause.detail)}."
        case State.CANCELLED:
            return _CANCELLED.get(last.detail, f"Đã hủy: {last.detail}." if last.detail else "Đã hủy.")
        case State.UNKNOWN:
            return "Tin đã rời hệ thống nhưng chưa biết đã tới hay chưa. Hệ thống không đoán và không tự gửi lại."
        case State.ACCEPTED:
            return f"{_name(last)} đã nhận tin và chưa báo đã tới."
        case State.EXPIRED:
            return "Đã quá hạn của tin nên không gửi nữa."
        case State.SENDING:
            return f"Đang gửi qua {_name(last)}."


def reason(code: str) -> str:
    """A provider's code or ours, in words; an unknown code is shown as it is."""
    return REASONS.get(code, f"nhà cung cấp báo mã {code}")


def _name(step: Step) -> str:
    return CHANNELS.get(step.channel or "", "kênh gửi")


def _say(step: Step) -> str:
    name = _name(step)
    match step.step:
        case "planned":
            way = PATHS.get(step.path or "", "")
            return f"Lập tin, dự kiến gửi qua {way}." if way else "Lập tin."
        case "sending":
            return f"Gửi qua {PATHS.get(step.path or '', name)}."
        case "accepted":
            parts = f" ({step.parts} tin)" if step.parts else ""
            return f"{name} đã nhận tin{parts}."
        case "delivered":
            return f"{name} xác nhận đã tới người nhận."
        case "seen":
            return f"{name} báo người nhận đã xem."
        case "rejected":
            return f"{name} từ chối: {reason(step.code)}."
        case "undelivered":
            return f"{name} báo không tới: {reason(step.code)}."
        case "no_receipt":
            return f"Quá giờ mà {name} chưa xác nhận đã tới."
        case "cancelled":
            return _CANCELLED.get(step.detail, f"Đã hủy: {step.detail}." if step.detail else "Đã hủy.")
        case "failed":
            return f"Không gửi được: {reason(step.code or step.detail)}."
        case "retried":
            return f"Cán bộ cho gửi lại{': ' + step.detail if step.detail else ''}."
        case other:
            return _PLAIN.get(other, "").format(name=name) or f"Ghi nhận: {other}."


_PLAIN: Mapping[str, str] = {
    "throttled": "{name} yêu cầu chờ, sẽ gửi lại sau.",
    "unavailable": "Không kết nối được {name}; tin chưa rời hệ thống, sẽ gửi lại.",
    "unknown": "Kết nối đứt sau khi tin rời hệ thống; chưa rõ {name} đã nhận hay chưa.",
    "unknown_again": "Chưa rõ {name} đã nhận hay chưa; gửi lại với cùng mã tin.",
    "never_known": "Hết hạn theo dõi mà {name} không trả lời.",
    "rerouted": "Chuyển sang gửi qua {name}.",
    "held_up": "Các kênh đều đang vướng lỗi phía hệ thống; chờ xử lý rồi gửi tiếp.",
    "expired": "Đã quá hạn của tin, không gửi nữa.",
}
_CANCELLED: Mapping[str, str] = {
    "overtaken": "Không gửi vì hồ sơ đã chuyển sang trạng thái mới hơn.",
    "shadow": "Chạy song song: chỉ lập tin để đối chiếu, không gửi.",
}
_REFUSALS = frozenset({"rejected", "undelivered", "no_receipt", "unavailable", "throttled"})
_ICONS: Mapping[str, str] = {
    "planned": "wait",
    "sending": "out",
    "accepted": "out",
    "delivered": "ok",
    "seen": "ok",
    "rejected": "fail",
    "undelivered": "fail",
    "failed": "fail",
    "expired": "fail",
    "cancelled": "fail",
    "no_receipt": "doubt",
    "unknown": "doubt",
    "unknown_again": "doubt",
    "never_known": "doubt",
    "rerouted": "switch",
}
