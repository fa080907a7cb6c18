"""How a fault of wording is recognised: one pattern a fault, for `delivery.texts.wording`.

Words stand twice, with diacritics and without, for a text is matched as the person will read it: "hợp lý hơn"
in Zalo is not "ly hôn", and in an SMS both are "ly hon".
"""

import re

_ANY = re.IGNORECASE

ACRONYMS = frozenset(
    ["UBND", "HCC", "OTP", "CCCD", "CMND", "TTHC", "PVHCC", "SMS", "HĐND", "HDND", "VNPT", "BHXH", "BHYT", "TP", "QR"]
)

DOSSIER_CODE = re.compile(r"(?<![A-Z0-9.])(?:\d{3}(?:\.\d{2}){2}\.)?[GH]\d{2}(?:\.\d{1,3}){0,4}-\d{6,8}-\d{4,7}(?!\d)")
"""facts/vietnam.md 1.3."""

SPEAKS_OF_A_DOSSIER = re.compile(
    r"\bho so (?:[a-z/ ]{0,20})\b(?:dang|da|bi|con|can|chua|khong|duoc|phai|hop le)\b", _ANY
)

WRONG_ADDRESS = re.compile(
    r"\b(?:bạn|các bạn|quý khách|quy khach|quý vị|quy vi|anh/chị|anh/chi|khách hàng|khach hang)\b", _ANY
)

EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")

EXCLAMATION = re.compile("!")

DOUBLE_SIGN = re.compile(r"[\[\]{}~^\\|€]")

PLACEHOLDER = re.compile(
    r"\{[^{}]*\}|\{\{|\}\}|\{%|%\}|\[[^\]]{1,40}\]|<[a-zA-ZÀ-ỹ_ ]{1,40}>|%\([a-z_]+\)s|%s\b|\bxxx+\b|_{3,}|\.{4,}", _ANY
)

RAW_FIELD = re.compile(
    r"\b(?:None|null|undefined|NaN|True|False)\b|\b[a-z]+_[a-z_]+\b|\b\w+=\S|"
    r"\b(?:[Tt]rạng thái|[Tt]rang thai):? *\d|\b\d{4}-\d{2}-\d{2}"
)

ERROR_CODE = re.compile(
    r"\bERR[A-Z]*[_\- ]?\d*\b|\b[A-Z]{2,}_[A-Z0-9_]+\b|(?i:\b(?:mã lỗi|ma loi|exception|error)\b|\b(?:lỗi|loi) *[:#])"
)

BARE_DATE = re.compile(
    r"(?<![\d/.:-])(?<!số )(?<!so )(?<!nhà )(?<!nha )(?<!hẻm )(?<!hem )(?<!ngõ )(?<!ngo )(?!24/7)"
    r"(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?![\d/])",
    _ANY,
)

BEFORE_DATE = re.compile(r"\b(?:trước|truoc)(?: ngày| ngay)? \d{1,2}/\d{1,2}", _ANY)

BLAME = re.compile(
    r"\b(?:do|vì|vi|tại|lỗi của|loi cua) (?:ông/bà|ong/ba|ông bà|người nộp|nguoi nop|công dân|cong dan|người dân|"
    r"nguoi dan) (?:đã |da )?(?:nộp|nop|khai|ghi|làm|lam|không|khong|chưa|chua|thiếu|thieu|tự|tu)\b|"
    r"\b(?:lỗi|loi) (?:của|cua) (?:ông/bà|ong/ba|người dân|nguoi dan)\b",
    _ANY,
)

WAIT_ONLY = re.compile(
    r"\b(?:(?:vui lòng|xin|mong|hãy)(?: ông/bà)? (?:chờ|đợi)|(?:vui long|xin|mong|hay)(?: ong/ba)? (?:cho|doi))\b"
    r"(?!.*\d{1,2}/\d{1,2}/\d{4})",
    _ANY | re.DOTALL,
)

OBSOLETE = re.compile(r"\b(?:mức độ|muc do) *[34]\b", _ANY)

CITES_LAW = re.compile(
    r"\b(?:khoản|khoan|điểm|diem) (?:\d+|[a-zđ]),? *(?:khoản|khoan|điều|dieu) *\d+|"
    r"\btheo (?:quy định tại|quy dinh tai)\b|"
    r"\b(?:điều|dieu) \d+,? (?:nghị định|nghi dinh|luật|luat|thông tư|thong tu)\b",
    _ANY,
)

ACCOUNT_NUMBER = re.compile(r"\b(?:stk|tk|tài khoản|tai khoan|ngân hàng|ngan hang|momo)\b[^\n]{0,40}?\d{8,}", _ANY)

PRIVATE_ACCOUNT = re.compile(
    r"\b(?:stk|số tk|so tk|số tài khoản|so tai khoan|chuyển khoản|chuyen khoan|chuyển tiền|chuyen tien|"
    r"tài khoản cá nhân|tai khoan ca nhan|ví momo|vi momo)\b",
    _ANY,
)

ONE_TIME_PASSWORD = re.compile(r"\bOTP\b", _ANY)

WARNS = re.compile(r"\b(?:không|khong) (?:yêu cầu|yeu cau|hỏi|hoi|chuyển|chuyen|cung cấp|cung cap|đọc|doc)\b", _ANY)

ASKS_REPLY = re.compile(
    r"\b(?:soan (?!thao|ho so)\w+|reply|phan hoi tin|nhan tin lai|nhan lai tin|tra loi (?:tin|so|theo|co|khong|\d)|"
    r"nhan(?: tin)? [a-z0-9]+ (?:gui|den|toi)|gui (?:tin )?(?:den|toi) \d{3,})\b",
    _ANY,
)

SENSITIVE = re.compile(
    r"\b(?:lý lịch tư pháp|ly lich tu phap|nuôi con nuôi|nuoi con nuoi|nhận con nuôi|nhan con nuoi|ly hôn|"
    r"(?<!hop )ly hon|quốc tịch|quoc tich|hộ nghèo|ho ngheo|cận nghèo|can ngheo|hiv|cai nghiện|cai nghien|"
    r"nhận cha|nhan cha)\b",
    _ANY,
)

ID_NUMBER = re.compile(r"(?<![\d.])(?:\d{12}|\d{9})(?![\d.])(?! ?(?:d|dong|vnd)\b)")

MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w+")

NAME_OF_A_PERSON = re.compile(
    r"(?<!duong )(?<!pho )(?<!truong )"
    r"\b(?:Nguyen|Tran|Le|Pham|Hoang|Huynh|Phan|Vu|Vo|Dang|Bui|Ngo|Duong|Ly|Dinh|Trinh|Mai|Cao|Luong|Nong|Dieu|"
    r"NGUYEN|TRAN|PHAM|HOANG|HUYNH|PHAN|DANG|BUI|DUONG|DINH|TRINH) (?:Van|Thi|VAN|THI)(?: [A-Z][A-Za-z]*)+"
)

LINK = re.compile(
    r"(?:https?://|www\.)(?P<host>[^\s/(),;:]+)[^\s)]*|"
    r"(?<![\w.-])(?P<bare>(?:[a-z0-9-]+\.)+[a-z]{2,})(?P<path>/[^\s)]*)|"
    r"(?<![\w.-])(?P<domain>(?:[a-z0-9-]+\.)+"
    r"(?:vn|com|net|org|info|io|ly|gl|me|app|link|xyz|top|site|online|shop|club))\b",
    _ANY,
)
