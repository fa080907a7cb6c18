"""XLSX files made to harm the one who opens them."""

import struct
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from sheets.errors import SheetError
from sheets.limits import Limits
from sheets.reading import read


def repacked(data: bytes, changes: dict[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    """The same workbook with some of its parts replaced or added."""
    file = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(file, "w", compression) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, changes.get(entry.filename, old.read(entry)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return file.getvalue()


def sheet_xml(cell: str) -> bytes:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{cell}</sheetData></worksheet>"
    ).encode()


def refusal(data: bytes, limits: Limits = Limits()) -> str:  # noqa: B008 (frozen)
    with pytest.raises(SheetError) as caught:
        read(data, "a.xlsx", limits=limits)
    return caught.value.code


@pytest.fixture
def honest(workbook: Callable[..., bytes]) -> bytes:
    return workbook([["Họ tên", "Số điện thoại"], ["An", "0912345678"]])


def test_a_bomb_is_not_unpacked(honest: bytes) -> None:
    bomb = repacked(honest, {"xl/media/image1.png": b"\x00" * 30_000_000})

    assert refusal(bomb) == "unsafe"


def test_the_sum_of_the_parts_counts(honest: bytes) -> None:
    assert refusal(honest, Limits(unpacked_bytes=2_000)) == "unsafe"


def test_too_many_parts_are_refused(honest: bytes) -> None:
    assert refusal(repacked(honest, {f"xl/{n}": b"" for n in range(20)}), Limits(entries=20)) == "unsafe"


def test_a_part_that_lies_about_its_size_is_refused(honest: bytes) -> None:
    packed = repacked(honest, {"xl/media/image1.png": bytes(range(256)) * 8_000})
    lying = packed.replace(struct.pack("<I", 256 * 8_000), struct.pack("<I", 10))

    assert lying != packed
    assert refusal(lying) == "unsafe"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('<row r="1"><c r="A1"/></row><row r="1048576"><c r="A1048576"/></row>', "rows"),
        ('<row r="1"><c r="XFD1" t="n"><v>1</v></c></row>', "columns"),
        ("<row r='999999999'><c><v>1</v></c></row>", "rows"),
        ('<row r="1"><c  r = "ZZZ1"><v>1</v></c></row>', "columns"),
    ],
)
def test_a_cell_far_away_does_not_make_a_giant_rectangle(honest: bytes, cell: str, code: str) -> None:
    assert refusal(repacked(honest, {"xl/worksheets/sheet1.xml": sheet_xml(cell)})) == code


def test_a_far_cell_is_found_across_two_pieces_of_the_sheet(honest: bytes) -> None:
    for shift in range(0, 40, 3):
        padding = "<!--" + "x" * ((1 << 16) - 150 - shift) + "-->"
        data = repacked(honest, {"xl/worksheets/sheet1.xml": sheet_xml(padding + '<row r="1"><c r="XFD1"/></row>')})

        assert refusal(data) == "columns"


def test_an_entity_does_not_read_a_file(honest: bytes) -> None:
    xml = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
    )

    with pytest.raises(SheetError):
        read(repacked(honest, {"xl/worksheets/sheet1.xml": xml}), "a.xlsx")


def test_other_zips_and_other_packings_are_refused(honest: bytes) -> None:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")

    assert refusal(file.getvalue()) == "kind"
    assert refusal(repacked(honest, {}, ZIP_BZIP2)) == "unsafe"


@pytest.mark.parametrize("cut", [10, 100, 1_000, 3_000])
def test_half_a_file_is_broken_and_nothing_worse(honest: bytes, cut: int) -> None:
    assert refusal(honest[:cut]) == "broken"


def test_a_changed_byte_is_read_or_refused_and_never_fails_otherwise(honest: bytes) -> None:
    for at in range(0, len(honest), 23):
        damaged = bytearray(honest)
        damaged[at] ^= 0xFF
        with suppress(SheetError):
            read(bytes(damaged), "a.xlsx")
