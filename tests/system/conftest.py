"""What several system tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig_tools import Client, served


@pytest.fixture(autouse=True)
def _own_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes about a rig's outputs stay in the test's folder."""
    monkeypatch.setenv("HGECIRCUIT_STATE", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A program's connection to a virtual chassis, one for all tests of a file."""
    with served() as client:
        yield client
