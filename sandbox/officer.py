"""What an officer writes into a dossier when its status changes, so that the move looks like a real one."""

import re
from datetime import datetime, timedelta

from sandbox.zalo_templates import VIETNAM


def phones_of(dossier: dict[str, object]) -> list[str]:
    """The phones (84…) of a dossier's applicant and delegate."""
    people = [dossier.get("applicant"), dossier.get("delegate")]
    digits = [re.sub(r"\D", "", str(each.get("phone") or "")) for each in people if isinstance(each, dict)]
    return [f"84{each[1:]}" if each.startswith("0") else each for each in digits if each]


def moved_dossier(dossier: dict[str, object], status: int, now: datetime) -> dict[str, object]:
    """The dossier in its new status, with what such a status usually brings: dates, a fee, missing papers, a reason."""
    local = now.astimezone(VIETNAM)
    moved = dossier | {"status": status, "status_at": local.isoformat()}
    if status == 2:
        moved["received_at"] = moved.get("received_at") or moved["status_at"]
        moved["due_at"] = moved.get("due_at") or _afternoon(local, days=7)
    elif status == 5:
        items = ["Bản sao giấy tờ tùy thân của người nộp", "Tờ khai có đủ chữ ký"]
        moved["supplement"] = {"items": items, "due_at": _afternoon(local, days=10)}
    elif status == 6:
        moved["fees"] = _with_a_fee(dossier.get("fees"), local)
    elif status in (3, 8):
        moved["public_reason"] = "Hồ sơ không thuộc thẩm quyền giải quyết của cơ quan tiếp nhận"
    if dossier.get("status") == 6 and status in (4, 9, 10):
        moved["fees"] = _all_paid(dossier.get("fees"), local)
    return moved


def _with_a_fee(fees: object, local: datetime) -> list[dict[str, object]]:
    known = [dict(each) for each in fees if isinstance(each, dict)] if isinstance(fees, list) else []
    if any(not each.get("paid_at") for each in known):
        return known
    fee = {
        "id": f"LP-{len(known) + 1}",
        "kind": "state_fee",
        "name": "Lệ phí",
        "amount": 150_000,
        "due_at": _afternoon(local, days=5),
        "payment_url": None,
        "paid_at": None,
    }
    return [*known, fee]


def _all_paid(fees: object, local: datetime) -> list[dict[str, object]]:
    known = [dict(each) for each in fees if isinstance(each, dict)] if isinstance(fees, list) else []
    return [each | {"paid_at": each.get("paid_at") or local.isoformat()} for each in known]


def _afternoon(local: datetime, *, days: int) -> str:
    """Five in the afternoon some days later, on Monday if that is a weekend."""
    day = local + timedelta(days=days)
    day += timedelta(days=(7 - day.weekday()) if day.weekday() >= 5 else 0)
    return day.replace(hour=17, minute=0, second=0, microsecond=0).isoformat()
