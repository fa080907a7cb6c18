"""The shape of the house: the list of rooms stands in four places, which say the same."""

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from motcua.checks import ROOMS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_wheel_import_rules_checks_and_folders_name_the_same_rooms() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == folders
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == folders
    assert set(PROJECT["tool"]["ruff"]["lint"]["isort"]["known-first-party"]) == folders
    assert set(ROOMS) == folders


def test_no_other_package_has_taken_the_name_of_a_room() -> None:
    owners = packages_distributions()

    assert {room: set(owners.get(room, ["motcua"])) for room in ROOMS} == {key: {"motcua"} for key in ROOMS}


def test_every_room_says_what_it_is_for_and_exports_nothing() -> None:
    for room in ROOMS:
        text = (ROOT / room / "__init__.py").read_text(encoding="utf-8")
        assert text.startswith('"""'), room
        if room != "templates":
            assert "import" not in text.split('"""')[2], room


def test_no_file_has_grown_past_what_can_be_read() -> None:
    long = [
        (path.relative_to(ROOT).as_posix(), lines)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400 and "versions" not in path.parts
    ]

    assert long == []
