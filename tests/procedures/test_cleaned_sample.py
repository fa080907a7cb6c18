"""A hundred pages read by hand: what was judged right of them stays as it was.

tests/data/pages-100.jsonl.xz are pages of the portal, drawn by chance (seed 100); tests/data/cleaned-100.csv has the
verdict on each part, at the first reading and after the importer was mended, and a digest of the part as it was read.
"""

import csv
import hashlib
import json
import lzma
from datetime import date
from pathlib import Path

import pytest

from procedures.catalogue import Catalogue
from procedures.reading import procedure

DATA = Path(__file__).parents[1] / "data"
AIM = 0.98


@pytest.fixture(scope="module")
def verdicts() -> list[dict[str, str]]:
    with (DATA / "cleaned-100.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def digests() -> dict[tuple[str, str], str]:
    """The parts that the importer makes of the pages today."""
    found = {}
    for line in lzma.decompress((DATA / "pages-100.jsonl.xz").read_bytes()).splitlines():
        read = procedure(json.loads(line), as_of=date(2026, 7, 20), source="x")
        parts = {
            "documents": list(read.documents),
            "steps": list(read.steps),
            "result": list(read.result),
            "time": [[way.channel, way.time] for way in read.ways],
            "fee": [[way.channel, way.fee] for way in read.ways],
        }
        for part, value in parts.items():
            plain = json.dumps(value, ensure_ascii=False).encode()
            found[read.code, part] = hashlib.sha256(plain).hexdigest()[:12]
    return found


def test_what_was_judged_right_stays_equal(verdicts, digests) -> None:
    changed = [
        (row["procedure_code"], row["part"])
        for row in verdicts
        if row["verdict"] == "right" and digests[row["procedure_code"], row["part"]] != row["digest"]
    ]

    assert changed == []


def test_every_part_of_a_hundred_procedures_is_judged(verdicts, catalogue: Catalogue) -> None:
    judged = {(row["procedure_code"], row["part"]) for row in verdicts}

    assert len(judged) == len(verdicts) == 500
    assert len({code for code, _ in judged}) == 100
    assert all(code in catalogue for code, _ in judged)
    assert all(row["why"] for row in verdicts if "wrong" in (row["first_reading"], row["verdict"]))


def test_the_share_judged_right_holds(verdicts) -> None:
    assert sum(row["verdict"] == "right" for row in verdicts) >= AIM * len(verdicts)


def test_no_fee_of_the_catalogue_has_lost_its_thousands(catalogue: Catalogue) -> None:
    small = [
        (one.code, way.fee)
        for one in catalogue
        for way in one.ways
        if (first := way.fee.split(" ")[0]).isdigit() and 0 <= int(first) < 1000 and " đồng" in way.fee[:12]
    ]

    assert small == []
