"""Rows of a notice as the pages have them: what is right masked, what is wrong shown in full with its reason."""

from collections.abc import Mapping
from typing import Any

from console import words
from console.pages import Place
from delivery.history import CHANNELS
from delivery.texts.render import Form, Rendered, RenderError
from notices import cells
from notices.check import REASONS
from notices.people import EMAIL, NAME, PHONE
from notices.texts import Texts
from store.notices import Notice, NoticeRow
from vietnam.segments import measure


def verdict(notice: Notice, counts: Mapping[str, int]) -> dict[str, int]:
    """What the banner says."""
    return {
        "total": notice.total,
        "good": notice.right,
        "wrong": notice.wrong,
        "wrong_cells": sum(counts.values()),
        "mended": notice.mended,
    }


def reasons(notice: Notice, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Each reason with how many rows have it, the most frequent first."""
    return [
        {
            "key": code,
            "text": REASONS.get(code, code),
            "count": count,
            "href": f"/console/notices/{notice.id}/errors?reason={code}",
        }
        for code, count in counts.items()
    ]


def masked(notice: Notice, row: NoticeRow) -> dict[str, Any]:
    """A wrong row: phones and emails that are right are masked; a wrong cell is shown, to be mended."""
    wrong: dict[str, list[str]] = {}
    for fault in row.faults:
        wrong.setdefault(fault.key, []).append(fault.reason[:1].upper() + fault.reason[1:])
    shown = [
        {"value": value if key in wrong else _masked(key, value), "errors": wrong.get(key, [])}
        for _, key, _ in notice.columns
        for value in [row.cells.get(key, "")]
    ]
    return {"number": row.number, "cells": shown}


def recipient(row: NoticeRow) -> str:
    """Whose row it is, masked: "Đ··· K··· · 0912 ··· 678"."""
    who = [_masked(key, row.cells.get(key, "")) for key in (NAME, PHONE, EMAIL)]
    return " · ".join(part for part in (words.masked_name(who[0]), *who[1:]) if part)


def previews(
    texts: Texts, notice: Notice, row: NoticeRow, around: Mapping[str, str], place: Place
) -> list[dict[str, Any]]:
    """What this person would read, on each channel, with what is wrong with it."""
    try:
        shown = texts.preview(notice.template, row.cells, around)
    except RenderError:
        return []
    faults = texts.objections(notice.template, row.cells, around)
    return [
        {
            "channel": form.value,
            "name": CHANNELS[form.value],
            "sender": place.service_name,
            "subject": rendered.subject or "",
            "text": rendered.text,
            "facts": facts(form, rendered),
            "errors": faults,
        }
        for form, rendered in shown.items()
    ]


def facts(form: Form, rendered: Rendered) -> str:
    """How long the text is, and in how many parts an SMS goes."""
    if form is not Form.SMS:
        return f"{words.number(len(rendered.text))} ký tự"
    size = measure(rendered.text)
    return f"{size.parts} tin · {words.number(size.characters)} ký tự · tin một chiều, không trả lời được"


def first_preview(shown: list[dict[str, Any]], place: Place) -> dict[str, Any]:
    """The one that the approver sees; an empty one where no row can be rendered."""
    blank = {"channel": "zalo", "sender": place.service_name, "subject": "", "text": "", "facts": ""}
    return shown[0] if shown else blank


def pager(notice: Notice, reason: str, page: int, size: int, shown: int, total: int) -> dict[str, Any] | None:
    """Pages of wrong rows."""
    if total <= size:
        return None
    here = f"/console/notices/{notice.id}/errors?" + (f"reason={reason}&" if reason else "") + "page="
    pages = -(-total // size)
    return {
        "shown": shown,
        "total": total,
        "page": page,
        "pages": pages,
        "previous": f"{here}{page - 1}" if page > 1 else None,
        "next": f"{here}{page + 1}" if page < pages else None,
    }


def _masked(key: str, value: str) -> str:
    if key == PHONE and value:
        try:
            return words.masked_phone(cells.phone_of(value))
        except cells.Unfit:
            return value
    return words.masked_email(value) if key == EMAIL else value
