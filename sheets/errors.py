"""Why a table that people made cannot be read."""

REASONS = {
    "empty": "Tệp không có dòng dữ liệu nào",
    "too_large": "Tệp lớn hơn {megabytes} MB, xin chia thành nhiều tệp",
    "kind": "Chỉ nhận tệp Excel (.xlsx) hoặc CSV",
    "old_excel": "Tệp Excel kiểu cũ (.xls) hoặc có mật khẩu; xin lưu lại thành .xlsx không mật khẩu",
    "broken": "Không mở được tệp, có thể tệp bị hỏng; xin lưu lại rồi tải lên lần nữa",
    "unsafe": "Tệp nén bất thường nên không được mở, để bảo đảm an toàn",
    "rows": "Tệp có nhiều hơn {limit} dòng, xin chia thành nhiều tệp",
    "columns": "Bảng có nhiều hơn {limit} cột",
    "cell": "Ô {cell} dài quá {limit} ký tự",
    "missing": "Thiếu cột: {titles}",
    "twice": "Cột “{title}” có hai lần ({first} và {second})",
}
"""What staff read, by code."""


class SheetError(Exception):
    """The file cannot be read as a table; `reason_vi` tells whoever sent it what to do."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.reason_vi = REASONS[code].format(**details)
        super().__init__(self.reason_vi)
