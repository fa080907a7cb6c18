"""One question, one answer, with no database: what `motcua lookup` prints, and the words that a citizen would read."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from bot.understanding import Kind, Understanding, Understood
from procedures import answer
from procedures.book import Book, Shelf, opened
from procedures.catalogue import Catalogue, Procedure
from procedures.explaining import why
from procedures.search import Index
from procedures.settings import Settings

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

PLAIN_ANSWERS = {
    Kind.SURVEY: "Cảm ơn Ông/Bà. Xin cho biết mã hồ sơ đã trả kết quả để gửi phiếu đánh giá (3 câu hỏi).",
    Kind.HUMAN: "Đã ghi nhận. Cán bộ một cửa sẽ trả lời Ông/Bà trong giờ làm việc.",
    Kind.GREETING: "Kính chào Ông/Bà. Đây là trợ lý tự động của Bộ phận Một cửa: "
    "tra cứu thủ tục, tra cứu hồ sơ, đánh giá dịch vụ.",
    Kind.HELP: "Ông/Bà có thể hỏi về một thủ tục (ví dụ: “đăng ký khai sinh”), gửi mã hồ sơ để xem tình trạng, "
    "hoặc nhắn “gặp cán bộ”.",
    Kind.STOP: "Đã ghi nhận: Ông/Bà không muốn nhận thông báo nữa. Nhắn BẬT để nhận lại.",
}
ASK_DOSSIER = "Xin Ông/Bà gửi mã hồ sơ đầy đủ ghi trên giấy hẹn (ví dụ H36.21-260622-0001) để trợ lý tra cứu."
WRONG_DATE = "Mã hồ sơ có thể gõ nhầm phần ngày. Xin Ông/Bà xem lại giấy hẹn và gửi lại mã."
NOT_OURS = (
    "Nội dung này chưa có trong danh mục của trợ lý. Xin Ông/Bà xem https://dichvucong.gov.vn hoặc nhắn “gặp cán bộ”."
)


class Lookup:
    """The catalogue, loaded once, and its answers: the shipped one unless another is given."""

    def __init__(
        self, clock: Callable[[], datetime], catalogue: Catalogue | None = None, settings: Settings | None = None
    ) -> None:
        self._clock = clock
        self.book: Book = opened(settings or Settings(), catalogue)
        self.understanding = Understanding(self.book)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force."""
        return self.book.shelf.catalogue

    @property
    def index(self) -> Index:
        """The index in force."""
        return self.book.shelf.index

    def answer(self, id: object, text: str) -> dict[str, Any]:
        """One answer in the form of `motcua lookup --jsonl`."""
        understood = self.understand(text)
        return {
            "id": id,
            "kind": understood.kind.value,
            "codes": list(understood.codes),
            "needs": [list(need) for need in understood.needs],
            "dossier_code": understood.dossier_code,
            "text": reply(understood, self.book.shelf, self._today()),
        }

    def understand(self, text: str) -> Understood:
        """What a message asks for, today."""
        return self.understanding.understand(text, today=self._today())

    def why(self, text: str) -> list[str]:
        """What was recognised of a message, in lines for staff."""
        understood = self.understand(text)
        head = f"Hiểu là: {understood.kind.value} {', '.join(understood.codes)}".rstrip()
        return [head, f"Vì: {understood.why[0] if understood.why else ''}", *why(text, self.book.shelf)]

    def _today(self) -> date:
        return self._clock().astimezone(VIETNAM).date()


def reply(understood: Understood, shelf: Shelf, today: date) -> str:
    """What the citizen would read, without any dossier's data."""
    match understood.kind:
        case Kind.ANSWER:
            return answer.summary(row(shelf, understood.codes[0], today))
        case Kind.CHOICES:
            return choices(understood, shelf, today)
        case Kind.DOSSIER | Kind.FEE:
            return _about_dossier(understood)
        case Kind.OUT_OF_SCOPE:
            return not_ours(understood)
        case Kind.SURVEY | Kind.HUMAN | Kind.GREETING | Kind.HELP | Kind.STOP:
            return PLAIN_ANSWERS[understood.kind]
        case _:
            assert_never(understood.kind)


def choices(understood: Understood, shelf: Shelf, today: date) -> str:
    """The question and its numbered choices: an officer's own question, or which of the procedures is meant."""
    asked = (
        "Ông/Bà hỏi mấy việc, xin chọn để xem từng việc:" if understood.needs else "Ông/Bà cần thủ tục nào dưới đây?"
    )
    numbered = [f"{number}. {name}" for number, name in enumerate(labels(understood, shelf, today), start=1)]
    return "\n".join(
        [understood.question or asked, *numbered, "Nếu không đúng, xin ghi rõ hơn hoặc nhắn “gặp cán bộ”."]
    )


def labels(understood: Understood, shelf: Shelf, today: date) -> tuple[str, ...]:
    """The words of each choice: an officer's own, or short names that tell the procedures apart."""
    return understood.labels or answer.short_titles([row(shelf, code, today) for code in understood.codes])


def not_ours(understood: Understood) -> str:
    """That it is not in the catalogue, and who serves it where that is known."""
    if understood.absent is None:
        return NOT_OURS
    absent = understood.absent
    return f"{absent.subject}: chưa có trong danh mục của trợ lý. Nơi phục vụ: {absent.who}. Xem thêm: {answer.PAGE}"


def row(shelf: Shelf, code: str, today: date) -> Procedure:
    """The procedure of a code that came out of the index, as it stands today; every one is in the catalogue."""
    found = shelf.get(code, today)
    if found is None:
        raise KeyError(code)
    return found


def _about_dossier(understood: Understood) -> str:
    if understood.problem == "impossible_date":
        return WRONG_DATE
    if understood.dossier_code is None:
        return ASK_DOSSIER
    wanted = "khoản phải nộp" if understood.kind is Kind.FEE else "tình trạng"
    return f"Trợ lý sẽ tra cứu {wanted} của hồ sơ {understood.dossier_code}."
