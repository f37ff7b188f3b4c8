"""Reports that are written once and read by many tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_builders import CIRCUITS, make_learner, make_study, make_verification

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report import Report, write_report

_WRITTEN = {"report", "plain_report", "sphere_report"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Three whole reports take 20 s to write, which is too long for the quick tests."""
    for item in items:
        if _WRITTEN & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="session")
def verification() -> Verification:
    return make_verification(make_learner("xor"))


@pytest.fixture(scope="session")
def continuous_verification() -> Verification:
    return make_verification(make_learner("xor_continuous"))


@pytest.fixture(scope="session")
def sphere_verification() -> Verification:
    points = {"task.training": 40, "task.test": 60}
    return make_verification(make_learner("sphere", **points))


@pytest.fixture(scope="session")
def study(verification: Verification) -> Study:
    return make_study(verification)


@pytest.fixture(scope="session")
def report(
    verification: Verification, study: Study, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    """With random starts."""
    folder: Path = tmp_path_factory.mktemp("report")
    file = CIRCUITS / "xor.toml"
    command = "hgecircuit verify circuits/xor.toml"
    return write_report(verification, folder, circuit_file=file, command=command, study=study)


@pytest.fixture(scope="session")
def plain_report(
    continuous_verification: Verification, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    """Without random starts, from Python."""
    folder: Path = tmp_path_factory.mktemp("plain_report")
    return write_report(continuous_verification, folder, circuit_file=None, command="")


@pytest.fixture(scope="session")
def sphere_report(
    sphere_verification: Verification, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    folder: Path = tmp_path_factory.mktemp("sphere_report")
    file = CIRCUITS / "sphere.toml"
    command = "hgecircuit verify circuits/sphere.toml"
    return write_report(sphere_verification, folder, circuit_file=file, command=command)
