"""The configuration that a measured service is given is the one that was meant."""

import tomllib

from benchmarks.speed import house
from benchmarks.speed.service import as_toml


def test_the_configuration_survives_being_written_as_toml() -> None:
    configured = house.config('sqlite:///a "quoted" \\ path.db', "http://127.0.0.1:1", client="curl")

    assert tomllib.loads(as_toml(configured)) == configured
