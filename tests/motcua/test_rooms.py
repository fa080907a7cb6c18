"""What the rooms are joined with is what the configuration says."""

from motcua.config import parse
from motcua.rooms import opened


async def test_the_provinces_own_sensitive_codes_are_in_force_from_the_start(tmp_path) -> None:
    own = tmp_path / "sensitive.csv"
    own.write_text("procedure_code,reason\n1.001193,thử\n9.999999,chưa có trong danh mục\n", encoding="utf-8")
    config = parse(
        {
            "security": {"secret_key": "k" * 48},
            "database": {"url": f"sqlite:///{tmp_path / 'motcua.db'}"},
            "procedures": {"sensitive": str(own)},
        }
    )

    async with opened(config, upgrade=True) as rooms:
        sensitive = {one.code for one in rooms.catalogue if one.sensitive}

    assert sensitive == {"1.001193"}
