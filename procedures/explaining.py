"""Why a message was understood as it was: for `motcua lookup --why` and for staff."""

from procedures.book import Shelf
from procedures.deciding import OURS, SURE, confidence, decide, ours
from procedures.names import ABSENT
from procedures.ranking import WEIGHTS
from procedures.search import Found, Hit
from vietnam.text import shorten

MOST_HITS = 5
_DECISIONS = {
    "Sure": "trả lời ngay một thủ tục",
    "Choices": "đưa ra để chọn",
    "AskBack": "hỏi lại",
    "Absent": "việc không có trong danh mục",
    "Nothing": "không gần thủ tục nào",
}


def why(text: str, shelf: Shelf) -> list[str]:
    """What was read, the nearest procedures with what spoke for them, the margins, and the decision."""
    found = shelf.index.find(text)
    asked = found.asked
    signs = [
        *sorted(asked.actions),
        *(["yếu tố nước ngoài"] if asked.foreign else []),
        *([asked.who] * bool(asked.who)),
    ]
    return [
        f"Đọc là: {' '.join(found.said) or '(không có chữ)'}",
        f"Từ nói lên việc: {' '.join(found.content) or '(không có)'}",
        f"Dấu hiệu: {', '.join(filter(None, signs)) or '(không có)'}",
        *(line for hit in found.hits[:MOST_HITS] for line in _hit(hit, shelf)),
        *_margins(found),
        f"Quyết định: {_DECISIONS[type(decide(found, shelf.index, shelf.questions)).__name__]}",
    ]


def _hit(hit: Hit, shelf: Shelf) -> list[str]:
    procedure = shelf.catalogue.get(hit.code)
    name = procedure.name if procedure else shelf.index.absent[int(hit.code.removeprefix(ABSENT))].subject
    label = hit.code if procedure else "ngoài danh mục"
    parts = [(key, WEIGHTS[key] * value) for key, value in hit.measures.items()]
    shown = ", ".join(f"{key} {part:+.2f}" for key, part in parts if abs(part) >= 0.01)
    return [f"{hit.score:5.2f}  {label} {shorten(name, 70)}: {', '.join(hit.why)}", f"       {shown}"]


def _margins(found: Found) -> list[str]:
    if not found.hits:
        return []
    second = found.hits[1].score if len(found.hits) > 1 else 0.0
    return [
        f"Cách thủ tục thứ hai {found.hits[0].score - second:.2f}; chắc đúng {confidence(found):.2f} (cần {SURE}); "
        f"thuộc danh mục {ours(found):.2f} (cần {OURS})"
    ]
