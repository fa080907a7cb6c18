"""What everybody sends in these measurements: one dossier's notice a person, made from its number alone.

Plain Python without imports, so that the peers' programs, which have no house, say the same words.
"""

from typing import Any

SENDER = "MotCua"
TOKEN = "benchmark"  # noqa: S105  (the counting gateway asks for none)

TEMPLATE = (
    "HCC: Ho so {{ code }} da co ket qua{% if agency_short %} tai {{ agency_short }}{% endif %}. "
    "Khi den nhan xin {% if total %}nop {{ total }} dong, {% endif %}mang giay hen va the can cuoc. "
    "{% if hotline %}Ho tro: {{ hotline }}{% endif %}"
)
"""The words of `templates/messages/vi/done.j2` for an SMS, as a peer's plain Jinja2 template."""


def phone(number: int) -> str:
    """A mobile number of the form that carriers give out; up to ten million of them."""
    return f"8491{number:07d}"


def code(number: int) -> str:
    return f"000.00.53.H48-260622-{number:07d}"


def fields(number: int) -> dict[str, Any]:
    """What the dossier's event brings along."""
    return {
        "code": code(number),
        "agency": "UBND phường Bắc Gia Nghĩa",
        "agency_short": "phường Bắc Gia Nghĩa",
        "hotline": "0263.3540.616",
        "pickup_place": "Bộ phận Một cửa phường Bắc Gia Nghĩa",
        "office_hours": "07:30–11:30 và 13:30–17:00",
    }


def plain_fields(number: int) -> dict[str, Any]:
    """The same for a peer, who is spared the folding of diacritics."""
    return {"code": code(number), "agency_short": "phuong Bac Gia Nghia", "hotline": "0263.3540.616"}
