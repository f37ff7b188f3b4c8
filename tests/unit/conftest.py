"""What unit tests share: learners of the shipped circuit files, made once."""

from pathlib import Path

import pytest

from hgecircuit import Learner

CIRCUITS = Path(__file__).parents[2] / "circuits"


@pytest.fixture(scope="session")
def coherent() -> Learner:
    return Learner.from_file(CIRCUITS / "xor.toml")


@pytest.fixture(scope="session")
def continuous() -> Learner:
    return Learner.from_file(CIRCUITS / "xor_continuous.toml")
