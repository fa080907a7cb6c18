"""Who may do what: every route and the least role that opens it, in one table. What stands not in it is refused."""

from collections.abc import Mapping

from store.staff import Officer, Role

WORDS: Mapping[Role, str] = {
    Role.VIEWER: "Người xem",
    Role.CLERK: "Người soạn",
    Role.APPROVER: "Người duyệt",
    Role.ADMIN: "Quản trị",
}
"""How a role is called in front of staff."""

_RANK = {role: rank for rank, role in enumerate(Role)}

OPEN = frozenset(
    {
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/enter/{token}"),
        ("GET", "/assets/{name}"),
    }
)
"""Routes without a session."""

TABLE: Mapping[tuple[str, str], Role] = {
    ("POST", "/sign-out"): Role.VIEWER,
    ("GET", "/"): Role.VIEWER,
    ("GET", "/dossiers"): Role.VIEWER,
    ("POST", "/dossiers"): Role.VIEWER,
    ("GET", "/dossiers/{id}"): Role.VIEWER,
    ("POST", "/dossiers/{id}/reveal"): Role.CLERK,
    ("POST", "/dossiers/{id}/unmute"): Role.CLERK,
    ("GET", "/messages/{id}"): Role.VIEWER,
    ("GET", "/notices"): Role.VIEWER,
    ("POST", "/notices"): Role.CLERK,
    ("GET", "/notices/new"): Role.CLERK,
    ("GET", "/notices/sample.xlsx"): Role.CLERK,
    ("GET", "/notices/{id}"): Role.VIEWER,
    ("GET", "/notices/{id}/errors"): Role.CLERK,
    ("GET", "/notices/{id}/wrong-rows.xlsx"): Role.CLERK,
    ("POST", "/notices/{id}/accept"): Role.CLERK,
    ("GET", "/notices/{id}/preview"): Role.CLERK,
    ("POST", "/notices/{id}/submit"): Role.CLERK,
    ("GET", "/notices/{id}/approve"): Role.CLERK,
    ("POST", "/notices/{id}/approve"): Role.APPROVER,
    ("POST", "/notices/{id}/return"): Role.APPROVER,
    ("GET", "/notices/{id}/progress"): Role.VIEWER,
    ("GET", "/notices/{id}/progress/fragment"): Role.VIEWER,
    ("POST", "/notices/{id}/pause"): Role.CLERK,
    ("POST", "/notices/{id}/resume"): Role.CLERK,
    ("POST", "/notices/{id}/cancel"): Role.CLERK,
    ("GET", "/misses"): Role.CLERK,
    ("GET", "/channels"): Role.VIEWER,
    ("POST", "/channels/hold"): Role.APPROVER,
    ("POST", "/channels/resume"): Role.APPROVER,
    ("GET", "/audit"): Role.ADMIN,
}

_MENU = {
    "dashboard": ("GET", "/"),
    "notices": ("GET", "/notices"),
    "dossiers": ("GET", "/dossiers"),
    "misses": ("GET", "/misses"),
    "channels": ("GET", "/channels"),
    "audit": ("GET", "/audit"),
}


def at_least(officer: Officer, role: Role) -> bool:
    """This member of staff has that role, or a higher one."""
    return _RANK[officer.role] >= _RANK[role]


def may(officer: Officer, method: str, path: str) -> bool:
    """Whether this route opens; `path` as in `TABLE`. A HEAD asks what a GET would."""
    least = TABLE.get(("GET" if method == "HEAD" else method, path))
    if least is None or not at_least(officer, least):
        return False
    # The trail, the switch of everything and what citizens wrote are the whole province's.
    return officer.agency is None or not path.startswith(("/audit", "/channels/", "/misses"))


def menu(officer: Officer) -> frozenset[str]:
    """The words of the menu that this member of staff is shown."""
    return frozenset(word for word, (method, path) in _MENU.items() if may(officer, method, path))


def sees(officer: Officer, agency: str | None) -> bool:
    """A matter of this agency is theirs to see: an agency's staff see their own, the others everything."""
    return officer.agency is None or officer.agency == agency
