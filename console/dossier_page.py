"""One dossier as its page has it: where it stands, whose it is, what is owed; masked but for what was asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console import words
from delivery.history import CHANNELS
from dossiers.naming import Naming
from dossiers.statuses import FINAL, WORDS, Status
from store.dossier import Dossier, Fee, Party
from store.dossiers import Moved, Stored
from store.mutes import Mute
from vietnam import money, phone
from vietnam.calendar import day

SHOWABLE = ("phone", "name", "money")
"""What may be asked for, one at a time; "name" brings the ID number too."""

_FILED = {"counter": "nộp tại quầy", "online": "nộp trực tuyến", "post": "gửi qua bưu chính"}
_RETURNED = {"counter": "tại quầy", "post": "qua bưu chính công ích", "online": "bản điện tử"}
_STEPS = ("Tiếp nhận", "Xử lý", "Nộp tiền", "Có kết quả", "Trả kết quả")
_AT_STEP = {
    Status.SUBMITTED: 0,
    Status.RECEIVED: 0,
    Status.REJECTED: 0,
    Status.PROCESSING: 1,
    Status.SUPPLEMENT_REQUIRED: 1,
    Status.FEE_REQUIRED: 2,
    Status.WITHDRAWN: 1,
    Status.STOPPED: 1,
    Status.DONE: 3,
    Status.RETURNED: 4,
}


def page_of(
    stored: Stored, history: Sequence[Moved], naming: Naming, shown: str | None, now: datetime
) -> dict[str, Any]:
    """What `dossier.html` asks for, but for its messages."""
    dossier = stored.dossier
    return {
        "dossier": {
            "id": stored.id,
            "code": dossier.code,
            "procedure_name": naming.of(dossier) or dossier.procedure_name or "",
            "procedure_code": dossier.procedure_code,
            "agency": dossier.agency.name or dossier.agency.code,
            "filed": _FILED.get(dossier.filing_channel or "", "nộp"),
            "seen_at": words.moment(now),
        },
        "status": _status(dossier),
        "steps": _steps(dossier, history),
        "statuses": _statuses(dossier, history),
        "people": _people(dossier, shown),
        "fees": [_fee(fee, shown) for fee in dossier.fees],
        "hidden": [word for word in SHOWABLE if word != shown],
        "facts": _facts(dossier),
    }


def mute_words(mute: Mute) -> str:
    """That somebody said that the dossier is not theirs, and when."""
    way = CHANNELS.get({"phone": "sms"}.get(mute.channel, mute.channel), mute.channel)
    return f"Người nhận báo qua {way} lúc {words.moment(mute.at)}: không phải hồ sơ của mình. Hệ thống đã thôi báo tin."


def _status(dossier: Dossier) -> Mapping[str, str]:
    status = Status(dossier.status)
    kind = "ok" if status in (Status.DONE, Status.RETURNED) else "bad" if status in FINAL else "run"
    note = "Thời hạn giải quyết đang tạm dừng" if status.paused else ""
    return {"name": status.words, "kind": "warn" if status.paused else kind, "note": note}


def _steps(dossier: Dossier, history: Sequence[Moved]) -> list[Mapping[str, Any]]:
    at = _AT_STEP[Status(dossier.status)]
    reached = {_AT_STEP[Status(moved.status)]: moved.status_at for moved in history}
    steps: list[Mapping[str, Any]] = []
    for place, name in enumerate(_STEPS):
        state = "done" if place < at or dossier.status == Status.RETURNED else "now" if place == at else "next"
        lines = [words.moment(reached[place])] if place in reached and place <= at else []
        if place == 2 and state == "now" and dossier.owed_due_at:
            lines.append(f"hạn nộp {day(dossier.owed_due_at)}")
        if place == 3 and state == "next" and dossier.due_at:
            lines.append(f"hẹn {words.moment(dossier.due_at)}")
        steps.append({"name": name, "state": state, "lines": lines})
    return steps


def _statuses(dossier: Dossier, history: Sequence[Moved]) -> list[Mapping[str, Any]]:
    reached = {moved.status: moved.status_at for moved in history}
    return [
        {
            "number": int(status),
            "name": name,
            "at": words.moment(reached[status]) if status in reached else "",
            "state": "now" if status == dossier.status else "done" if status in reached else "next",
        }
        for status, name in WORDS.items()
    ]


def _people(dossier: Dossier, shown: str | None) -> list[Mapping[str, str]]:
    people = [_person("Chủ hồ sơ", dossier.applicant, shown)]
    if dossier.delegate is not None:
        people.append(_person("Người được ủy quyền, được báo tin thay", dossier.delegate, shown))
    return people


def _person(role: str, party: Party, shown: str | None) -> Mapping[str, str]:
    number, id_number = party.phone, party.id_number or party.tax_code
    return {
        "role": role,
        "name": party.name if shown == "name" else words.masked_name(party.name),
        "phone": phone.national(number) if number and shown == "phone" else words.masked_phone(number),
        "email": party.email or "" if shown == "phone" else words.masked_email(party.email),
        "id_number": id_number or "" if shown == "name" else words.masked_id(id_number),
    }


def _fee(fee: Fee, shown: str | None) -> Mapping[str, str]:
    return {
        "name": fee.name,
        "amount": money.screen(fee.amount) if shown == "money" else "······\u00a0₫",
        "due": day(fee.due_at) if fee.due_at else "",
        "paid": f"đã nộp ngày {day(fee.paid_at)}" if fee.paid_at else "chưa nộp" if fee.unpaid else "miễn",
    }


def _facts(dossier: Dossier) -> list[tuple[str, str]]:
    facts = [
        ("Nơi giải quyết", dossier.agency.name or dossier.agency.code),
        ("Đơn vị xử lý", dossier.department or ""),
        ("Nơi tiếp nhận", dossier.reception_place or ""),
        ("Nộp ngày", words.moment(dossier.submitted_at) if dossier.submitted_at else ""),
        ("Tiếp nhận", words.moment(dossier.received_at) if dossier.received_at else ""),
        ("Hẹn trả", words.moment(dossier.due_at) if dossier.due_at else ""),
        ("Nhận kết quả", _RETURNED.get(dossier.return_by or "", "")),
        ("Còn thiếu", "; ".join(dossier.supplement.items)),
        ("Hạn bổ sung", day(dossier.supplement.due_at) if dossier.supplement.due_at else ""),
        ("Nguồn", dossier.source_id),
    ]
    return [(label, value) for label, value in facts if value]
