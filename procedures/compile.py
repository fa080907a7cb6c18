"""Makes the shipped catalogue: `python -m procedures.compile FOLDER OUT`, run by a developer when a snapshot is taken.

FOLDER holds procedures.jsonl, more-procedures.jsonl and misread.jsonl in the portal's keys.  The first line of OUT
names the sources.
"""

import lzma
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from procedures import cleaning
from procedures.catalogue import Procedure
from procedures.reading import PORTAL, BadRow, procedure

SOURCES: list[dict[str, str]] = [
    {
        "name": PORTAL,
        "as_of": "2026-07-20",
        "file": "procedures.jsonl",
        "repository": "chatbot-tthc/chatbot_tthc",
        "folder": "scripts/crawler/data/raw",
        "commit": "53229487610b07e0d7127f529b87c333f19aeb1e",
    },
    {
        "name": PORTAL,
        "as_of": "2026-01-02",
        "file": "more-procedures.jsonl",
        "repository": "nhdandz/ThuTucHanhChinh",
        "folder": "data/extracted",
        "commit": "936e184ef5b6afd7debfecf42e66888c4d6174ba",
    },
]


def main(argv: list[str]) -> int:
    """Reads FOLDER, writes OUT, says on stderr what was dropped; 2 for bad usage."""
    if len(argv) != 2:
        sys.stderr.write("usage: python -m procedures.compile FOLDER OUT\n")
        return 2
    folder, out = Path(argv[0]), Path(argv[1])
    misread = {row["ma_thu_tuc"]: row for row in _rows(folder / "misread.jsonl")}
    packed = [orjson.dumps({"format": 1, "sources": SOURCES})]
    for number, source in enumerate(SOURCES):
        for row in _rows(folder / source["file"]):
            try:
                packed.append(orjson.dumps(_packed(_read(row, misread, source), number)))
            except BadRow as refused:
                sys.stderr.write(f"dropped {row.get('ma_thu_tuc')}: {refused.field}: {refused}\n")
    out.write_bytes(lzma.compress(b"\n".join(packed), preset=9 | lzma.PRESET_EXTREME))
    sys.stderr.write(f"{len(packed) - 1} procedures, {out.stat().st_size:,} bytes\n")
    return 0


def _rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _read(row: dict[str, Any], misread: dict[str, Any], source: dict[str, str]) -> Procedure:
    as_of = date.fromisoformat(source["as_of"])
    true = misread.get(row["ma_thu_tuc"])
    if true is None:
        return procedure(row, as_of=as_of, source=source["name"])
    return Procedure(
        code=true["ma_thu_tuc"],
        name=cleaning.line(true["ten_thu_tuc"]),
        field=cleaning.line(true["linh_vuc"]),
        agency=cleaning.line(true["co_quan_thuc_hien"]).strip("· "),
        url=row.get("detail_url", ""),
        ministry=cleaning.line(row.get("bo_nganh")),
        source=source["name"],
        as_of=as_of,
        trusted=False,
    )


def _packed(found: Procedure, source: int) -> dict[str, Any]:
    row = {name: value for name, value in asdict(found).items() if value not in ("", (), False) or name == "trusted"}
    ways = [{name: value for name, value in way.items() if value} for way in row.pop("ways", ())]
    for name in ("as_of", "short", "standing"):
        row.pop(name, None)
    if found.trusted:
        row.pop("trusted")
    return {**row, "ways": ways, "source": source}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
