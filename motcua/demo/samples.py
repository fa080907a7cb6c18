"""Some dozens of dossiers of real procedures: citizens and organisations, some with a delegate, counter and online.

People, numbers and codes are invented; procedures and communes are real.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from vietnam.calendar import ZONE, Calendar

PROCEDURES: tuple[tuple[str, str, int], ...] = (
    # procedure, agency, days until the due date
    ("1.001193", "H36.21", 1),
    ("1.004873", "H36.21", 3),
    ("1.000894", "H36.23", 1),
    ("2.000635", "H36.22", 1),
    ("1.001612", "H36.21", 3),
    ("1.001570", "H36.22", 3),
    ("1.001266", "H36.24", 3),
    ("1.013978", "H36.23", 20),
    ("1.013831", "H36.09", 10),
    ("1.012783", "H36.09", 10),
    ("1.012784", "H36.09", 15),
    ("1.005280", "H36.24", 3),
    ("2.001583", "H36.05", 3),
    ("2.001199", "H36.05", 3),
    ("1.010038", "H36.22", 7),
    ("1.004859", "H36.23", 3),
)
NAMES = (
    "Trần Thị Hạnh, Lê Quốc Bảo, K' Brịp, H' Bluên Ayun, Lý A Páo, Phạm Quốc Toản, Trần Văn Phúc, Điểu K' Lanh, "
    "Hoàng Thị Mến, Nông Văn Thắng, Cil Múp Ha Klas, Nguyễn Thị Lan, Đinh Thị Mai, Vũ Đức Long, Bùi Thị Hoa, "
    "Đặng Văn Hùng, Phan Thị Tuyết, Y Thương Niê, Hồ Văn Sơn, Võ Thị Ngọc, Lương Văn Tài, Ngô Thị Thu, Trương Văn Bình"
).split(", ")
COMPANIES = (
    "Công ty TNHH Cà phê Đắk Song",
    "Công ty TNHH Một thành viên Hồ tiêu Gia Nghĩa",
    "Hợp tác xã Nông nghiệp Quảng Khê",
    "Công ty TNHH Xây dựng Cư Jút",
)
Wire = dict[str, Any]
"""A dossier as the one-stop-shop system would push it."""

AN, BINH = "84912345678", "84987654321"
AN_MAIL, BINH_MAIL = "an@example.vn", "binh@example.vn"
AN_ID = "067201000123"


def samples(now: datetime, chance: random.Random, count: int = 40) -> list[Wire]:
    """An's and Bình's dossiers first, then those of others. The same seed and day give the same dossiers."""
    made = [_of_an(now, 0), _of_an(now, 4), _of_binh(now)]
    made += [_of_another(now, chance, number) for number in range(len(made), count)]
    return made


def moved(wire: dict[str, Any], status: int, now: datetime) -> dict[str, Any]:
    """The same dossier in another status, with what this status brings."""
    change: dict[str, Any] = {"status": status, "status_at": now.isoformat()}
    if status == 5:
        items = ["Bản sao căn cước của người được ủy quyền", "Tờ khai có chữ ký"]
        change["supplement"] = {"items": items, "due_at": _evening(now + timedelta(days=10)).isoformat()}
        change["public_reason"] = "Tờ khai chưa có chữ ký"
    if status == 6:
        change["fees"] = [
            {
                "id": "LP-1",
                "kind": "state_fee",
                "name": "Lệ phí",
                "amount": 150_000,
                "due_at": _evening(now + timedelta(days=5)).isoformat(),
                "payment_url": None,
                "paid_at": None,
            }
        ]
    if status in (3, 8):
        change["public_reason"] = "Hồ sơ không thuộc thẩm quyền giải quyết"
    return wire | change


def _of_an(now: datetime, procedure: int) -> Wire:
    citizen = {"kind": "citizen", "name": "Nguyễn Văn An", "phone": AN, "email": AN_MAIL, "id_number": AN_ID}
    return _sample(now, PROCEDURES[procedure], procedure + 1, citizen, None, "online" if procedure else "counter")


def _of_binh(now: datetime) -> Wire:
    applicant = {"kind": "household_business", "name": "Hộ kinh doanh Bình Minh", "phone": None, "email": None}
    delegate = {"name": "Lê Thanh Bình", "phone": BINH, "email": BINH_MAIL}
    return _sample(now, PROCEDURES[7], 8, applicant | {"id_number": "067199000456"}, delegate, "counter")


def _of_another(now: datetime, chance: random.Random, number: int) -> Wire:
    phone = f"849{chance.choice('0134678')}{chance.randrange(10**7):07d}"
    if number % 7 == 3:
        applicant: dict[str, Any] = {
            "kind": "organisation",
            "name": chance.choice(COMPANIES),
            "phone": phone,
            "tax_code": "6400123456",
        }
        procedure = PROCEDURES[12 + number % 2]
    else:
        applicant = {"kind": "citizen", "name": NAMES[number % len(NAMES)], "phone": phone}
        applicant["id_number"] = f"067{chance.randrange(10**9):09d}"
        procedure = PROCEDURES[number % len(PROCEDURES)]
    if number % 4 == 1:
        applicant["email"] = f"nguoinop{number}@example.vn"
    if number % 8 == 1:
        applicant["phone"] = None  # reached by email alone
    delegate = None
    if number % 9 == 5:
        delegate = {"name": chance.choice(NAMES), "phone": f"8493{chance.randrange(10**7):07d}", "email": None}
    return _sample(
        now, procedure, number + 100, applicant, delegate, ("counter", "online", "online", "post")[number % 4]
    )


def _sample(
    now: datetime,
    procedure: tuple[str, str, int],
    number: int,
    applicant: dict[str, Any],
    delegate: dict[str, Any] | None,
    filing_channel: str,
) -> Wire:
    code, agency, days = procedure
    local = now.astimezone(ZONE)
    due = Calendar().add_working_days(local.date(), days)
    return {
        "code": f"{agency}-{local:%y%m%d}-{number:04d}",
        "source_id": "igate",
        "procedure_code": code,
        "status": 1 if filing_channel == "online" else 2,
        "status_at": now.isoformat(),
        "filing_channel": filing_channel,
        "agency": {"code": agency, "name": None, "level": "commune" if agency > "H36.2" else "province"},
        "return_by": "post" if filing_channel == "post" else "counter",
        "applicant": applicant,
        "delegate": delegate,
        "submitted_at": (now - timedelta(minutes=10)).isoformat(),
        "received_at": now.isoformat(),
        "due_at": datetime(due.year, due.month, due.day, 17, tzinfo=ZONE).isoformat(),
        "fees": [],
    }


def _evening(moment: datetime) -> datetime:
    return moment.astimezone(ZONE).replace(hour=17, minute=0, second=0, microsecond=0)
