"""The documents name only what there is: files, commands, make targets, configuration keys."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from delivery.event import EventName
from motcua.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TARGET = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
_SECTION = re.compile(r"`\[([a-z_.]+)\]((?: [a-z_]+)?)`")


def known_commands() -> dict[tuple[str, ...], set[str]]:
    """Every command by its words, with the options it takes."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: object, words: tuple[str, ...]) -> None:
        found[words] = {name for each in getattr(command, "params", []) for name in each.opts}
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))

    walk(get_command(app), ())
    return found


def said_commands(text: str) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """The commands in code, each as far as it is one, with the options named beside it."""
    commands = known_commands()
    for line in re.findall(r"`(motcua [^`]+)`", text) + re.findall(
        r"^(?:\.venv/bin/)?(motcua .+)$", text, re.MULTILINE
    ):
        words = line.partition("#")[0].split()[1:]
        verbs: tuple[str, ...] = ()
        while len(verbs) < len(words) and (*verbs, words[len(verbs)]) in commands:
            verbs = (*verbs, words[len(verbs)])
        yield verbs, {word for word in words if word.startswith("--")}


def keys(table: dict[str, object], path: str = "") -> Iterator[str]:
    for name, value in table.items():
        yield f"{path}{name}"
        if isinstance(value, dict):
            yield from keys(value, f"{path}{name}.")


def example_keys() -> set[str]:
    """Every key of `config.example.toml`, those in comments included; `templates` is a table with free names."""
    lines = [re.sub(r"^# (?=[a-z_]+ = )", "", line) for line in EXAMPLE.splitlines()]
    return set(keys(tomllib.loads("\n".join(lines)))) | {"channels.zalo.templates"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = [link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]

    missing = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]

    assert not missing


def test_the_readme_shows_its_pictures_and_none_is_heavy() -> None:
    pictures = list((ROOT / "docs" / "pictures").iterdir())

    assert {f"docs/pictures/{picture.name}" for picture in pictures} >= set(
        re.findall(r"docs/pictures/[\w.-]+", README)
    )
    assert not [picture.name for picture in pictures if picture.stat().st_size > 200_000]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_is_one_and_takes_these_options(page: Path) -> None:
    commands = known_commands()

    for verbs, options in said_commands(page.read_text(encoding="utf-8")):
        assert verbs or options <= {"--version", "--help"}, f"no such command in {page.name}"
        assert options <= commands[verbs] | {"--help"}, verbs


def test_every_make_target_named_is_one() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = {name for page in PAGES for name in _TARGET.findall(page.read_text(encoding="utf-8"))}

    assert named <= targets
    assert {"demo", "test"} <= named


def test_every_configuration_key_in_the_readme_is_in_the_example() -> None:
    known = example_keys()

    for section, key in _SECTION.findall(README):
        assert f"{section}.{key.strip()}".rstrip(".") in known


def test_every_bare_key_in_the_readme_is_in_the_example() -> None:
    parts = {part for key in example_keys() for part in key.split(".")}
    others = {"zalo_template", "zalo_verifier", "fee_reminders", *EventName}

    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", README)) <= parts | others


def test_every_toml_block_of_the_readme_is_configuration() -> None:
    known = example_keys()
    blocks = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)

    named = {key for block in blocks for key in keys(tomllib.loads(re.sub(r"^ {3}", "", block, flags=re.MULTILINE)))}

    assert {key for key in named if not key.startswith("channels.zalo.templates.")} <= known
    assert "channels.sms.http.token" in named


def test_the_environment_names_in_the_documents_are_keys() -> None:
    known = example_keys()
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    for name in re.findall(r"MOTCUA__([A-Z_]+[A-Z])", text):
        if name != "SECTION__KEY":
            assert name.lower().replace("__", ".").removesuffix("_file") in known, name
