"""A message's history in sentences that a clerk can follow (vì sao): one table of words, nothing decided here."""

import re
from collections.abc import Mapping, Sequence
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
    "joined": "Tin gộp nhiều hồ sơ",
    "digest": "Bản tin trong ngày",
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
    "-115": "tài khoản Zalo của cơ quan đã hết tiền",
    "-118": "số điện thoại này không dùng Zalo",
    "-119": "tài khoản Zalo không nhận được tin",
    "-124": "quyền gửi qua Zalo đã hết hạn",
    "-131": "mẫu tin chưa được Zalo duyệt",
    "-134": "người nhận chưa đồng ý nhận tin của trang",
    "-139": "người nhận đã từ chối loại tin này trên Zalo",
    "-140": "người nhận không đủ điều kiện nhận tin theo quy định của Zalo",
    "-141": "người nhận đã từ chối tin của trang",
    "-144": "trang đã hết lượt gửi trong ngày",
    "-147": "mẫu tin đã hết lượt gửi trong ngày",
    "-213": "người nhận chưa quan tâm trang Zalo",
    "-216": "quyền gửi qua Zalo đã hết hạn",
    "-217": "người nhận đã chặn trang",
    "-220": "quyền gửi qua Zalo đã hết hạn",
    "-222": "người nhận đã chặn trang hoặc lâu không dùng Zalo",
    "-227": "tài khoản Zalo đã bị khóa hoặc lâu không dùng",
    "-230": "người nhận chưa nhắn cho trang trong 7 ngày qua",
    "-232": "người nhận chưa nhắn cho trang trong 7 ngày qua",
    "-244": "người nhận đã từ chối loại tin này trên Zalo",
    "21211": "số điện thoại không hợp lệ",
    "21610": "người nhận đã từ chối tin nhắn SMS",
    "21614": "số này không phải số di động",
    "30003": "máy của người nhận đang tắt hoặc ngoài vùng phủ sóng",
    "30005": "số điện thoại không còn dùng",
    "30006": "số này không nhận được SMS",
    "telegram:403": "người nhận đã chặn bot Telegram",
    "telegram:400": "Telegram không tìm thấy cuộc trò chuyện",
    "smtp:550": "hộp thư không tồn tại",
    "smtp:552": "hộp thư đã đầy",
    "oauth": "trang Zalo chưa cấp quyền gửi cho hệ thống",
    "ours": "cấu hình hoặc nội dung tin chưa đúng",
    "unforeseen": "hệ thống gặp lỗi khi soạn tin",
    "no_text": "kênh này không có mẫu tin phù hợp",
    "no_route": "không có kênh nào tới được người nhận",
    "no_way_left": "đã thử hết các kênh",
    "no_receipt": "quá giờ mà không có xác nhận đã tới",
    "undelivered": "người nhận không nhận được tin",
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
    match message.state:
        case State.WAITING:
            return _waits(message.history)
        case State.SENDING:
            return f"Đang gửi qua {_name(last)}."
        case State.DELIVERED:
            return _arrived(message.history)
        case State.ACCEPTED:
            return f"{_name(_latest(message.history, 'accepted') or last)} đã nhận tin và chưa báo đã tới."
        case State.UNKNOWN if _latest(message.history, "unknown_again") is not None:
            return "Tin đã được gửi lại nhưng vẫn chưa biết đã tới hay chưa."
        case State.UNKNOWN:
            return "Chưa biết tin đã tới hay chưa. Hệ thống không tự gửi lại để người nhận không bị trùng tin."
        case State.FAILED:
            return f"Không gửi được vì {_cause(_latest(message.history, *_REFUSALS) or last)}."
        case State.EXPIRED:
            return "Đã quá hạn của tin nên không gửi nữa."
        case State.CANCELLED:
            return _cancelled(last.detail)


def reason(code: str) -> str:
    """A provider's code or ours, in words; an unknown number is shown as it is, and prose is not shown at all."""
    bare = code.rpartition(":")[2]
    if found := REASONS.get(code) or REASONS.get(bare):
        return found
    return f"nhà cung cấp báo mã {bare}" if _NUMBER.fullmatch(bare) else "nhà cung cấp không nói rõ lý do"


def _waits(history: Sequence[Step]) -> str:
    last = history[-1]
    match last.step:
        case "retried":
            return "Cán bộ đã cho gửi lại, đang chờ đến lượt."
        case "no_receipt":
            return f"{_name(last)} chưa xác nhận đã tới; sẽ gửi qua kênh khác."
        case "unknown_again":
            return f"Chưa rõ {_name(last)} đã nhận hay chưa; sẽ gửi lại vì người nhận cần biết tin này."
        case "held_up" | "over_limit":
            return _say(last)
        case step if step in _REFUSALS:
            return f"{_name(last)} chưa gửi được vì {_cause(last)}; sẽ gửi tiếp."
        case _:
            return "Đang chờ đến lượt hoặc đến giờ được gửi."


def _arrived(history: Sequence[Step]) -> str:
    by = _latest(history, "delivered", "seen") or history[-1]
    refused = next((step for step in reversed(history) if step.step in _REFUSALS and step.channel != by.channel), None)
    if refused is None:
        return f"Đã tới người nhận qua {_name(by)}."
    return f"{_name(refused)} không gửi được vì {_cause(refused)}; đã tới qua {_name(by)}."


def _latest(history: Sequence[Step], *steps: str) -> Step | None:
    return next((step for step in reversed(history) if step.step in steps), None)


def _cause(step: Step) -> str:
    return _CAUSES.get(step.step) or reason(step.code)


def _cancelled(detail: str) -> str:
    return _CANCELLED.get(detail) or (f"Đã hủy: {detail}." if detail else "Đã hủy.")


def _name(step: Step) -> str:
    return CHANNELS.get(step.channel or "", "kênh gửi")


def _say(step: Step) -> str:
    text = _words(step)
    return text[:1].upper() + text[1:]


def _words(step: Step) -> str:
    name = _name(step)
    match step.step:
        case "planned":
            way = PATHS.get(step.path or "", "")
            return f"Lập tin, dự kiến gửi qua {way}." if way else "Lập tin."
        case "sending":
            return f"Gửi qua {PATHS.get(step.path or '', name)}."
        case "accepted":
            return f"{name} đã nhận tin{f' ({step.parts} tin)' if step.parts else ''}."
        case "rejected":
            return f"{name} từ chối: {reason(step.code)}."
        case "undelivered":
            return f"{name} báo không tới: {reason(step.code)}."
        case "unknown":
            return f"{_DOUBTS.get(step.detail, 'Không nhận được trả lời rõ ràng')}; chưa rõ {name} đã nhận hay chưa."
        case "unknown_again":
            return f"{_DOUBTS.get(step.detail, 'Chưa rõ kết quả')}; sẽ gửi lại qua {name}."
        case "over_limit":
            return f"Chờ vì {OVER.get(step.detail, 'đã chạm giới hạn')}; sẽ gửi khi có thể."
        case "cancelled":
            return _cancelled(step.detail)
        case "failed":
            return f"Không gửi được: {reason(step.code)}."
        case "retried":
            return _RETRIED.get(step.detail) or f"Cán bộ cho gửi lại{': ' + step.detail if step.detail else ''}."
        case other:
            return _PLAIN.get(other, "Ghi nhận một bước của hệ thống.").format(name=name)


_PLAIN: Mapping[str, str] = {
    "delivered": "{name} xác nhận đã tới người nhận.",
    "seen": "{name} báo người nhận đã xem.",
    "no_receipt": "Quá giờ mà {name} chưa xác nhận đã tới.",
    "throttled": "{name} yêu cầu chờ.",
    "unavailable": "Không kết nối được {name}; tin chưa rời hệ thống.",
    "released": "Tin chưa rời hệ thống; xếp lại để gửi qua {name}.",
    "never_known": "Hết hạn theo dõi mà {name} không trả lời.",
    "rerouted": "Chuyển sang gửi qua {name}.",
    "held_up": "Các kênh đều đang vướng lỗi phía hệ thống; chờ xử lý rồi gửi tiếp.",
    "expired": "Đã quá hạn của tin, không gửi nữa.",
    "joined": "Gộp với các tin khác của cùng người nhận thành một tin.",
    "separated": "Tách khỏi tin gộp để gửi riêng.",
}
_DOUBTS: Mapping[str, str] = {
    "worker_lost": "Máy gửi ngừng giữa chừng",
    "stopped": "Hệ thống dừng trong lúc gửi",
}
OVER: Mapping[str, str] = {
    "day": "đã hết ngân sách hôm nay",
    "month": "đã hết ngân sách tháng này",
    "agency_day": "cơ quan đã hết ngân sách hôm nay",
    "agency_month": "cơ quan đã hết ngân sách tháng này",
    "quota": "trang Zalo đã hết lượt gửi trong ngày",
    "no_price": "chưa có giá của đường gửi này mà ngân sách thì có hạn",
}
"""Which limit a message waits for, by `delivery.money.meters.Why`."""

_CANCELLED: Mapping[str, str] = {
    "overtaken": "Không gửi vì hồ sơ đã chuyển sang trạng thái mới hơn.",
    "shadow": "Chạy song song: chỉ lập tin để đối chiếu, không gửi.",
    "opted_out": "Không gửi vì người nhận đã từ chối nhận tin.",
    "erased": "Không gửi vì dữ liệu của người nhận đã được xóa.",
    "separated": "Tin gộp đã được tách ra; từng tin được gửi riêng.",
    "not_mine": "Không gửi vì người nhận báo không phải hồ sơ của mình.",
    "thông báo đã hủy": "Đã hủy cùng với thông báo hàng loạt.",
    "motcua outbox cancel": "Đã hủy bằng lệnh quản trị.",
}
_RETRIED: Mapping[str, str] = {"motcua outbox retry": "Cho gửi lại bằng lệnh quản trị."}
_CAUSES: Mapping[str, str] = {
    "unavailable": "không kết nối được",
    "throttled": "nhà cung cấp yêu cầu chờ",
    "no_receipt": REASONS["no_receipt"],
}
_REFUSALS = ("rejected", "undelivered", "no_receipt", "unavailable", "throttled")
_NUMBER = re.compile(r"-?\d{1,8}")
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
    "joined": "switch",
    "separated": "switch",
}
