import pytest

from procedures.catalogue import Catalogue, load
from procedures.search import Index
from procedures.wording import read


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="session")
def index(catalogue: Catalogue) -> Index:
    return Index(catalogue, read())
