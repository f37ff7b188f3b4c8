"""What unit tests share: learners of the shipped circuit files, made once."""

from pathlib import Path

import pytest

from hgecircuit import Learner

CIRCUITS = Path(__file__).parents[2] / "circuits"
# Three quarters of the unit tests' time (pytest --durations), in files that few changes concern.
THOROUGH = {
    "cli/test_gates_command.py",
    "devices/test_device_noise.py",
    "error_model/test_error_cli.py",
    "error_model/test_error_monte_carlo.py",
    "error_model/test_error_tradeoff.py",
    "filters/test_filter_builds.py",
    "filters/test_filter_command.py",
    "filters/test_filter_figures.py",
    "filters/test_filter_limits.py",
    "filters/test_filter_selection.py",
    "plans/test_plan_command.py",
    "plans/test_plan_fewest.py",
    "plans/test_plan_made.py",
    "plans/test_plan_plot.py",
    "plans/test_plan_searches.py",
    "report/test_report_data.py",
    "report/test_report_plots.py",
    "report/test_report_waveforms.py",
    "reproduce/test_figures_of_training.py",
    "reproduce/test_figures_one_to_three.py",
    "reproduce/test_reproduce_command.py",
    "run/test_parallel.py",
    "run_reference/test_noise.py",
    "run_reference/test_reference_docs.py",
    "spec/test_spec_fuzz.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the thorough files."""
    for item in items:
        if "/".join(item.path.parts[-2:]) in THOROUGH:
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="session")
def coherent() -> Learner:
    return Learner.from_file(CIRCUITS / "xor.toml")


@pytest.fixture(scope="session")
def continuous() -> Learner:
    return Learner.from_file(CIRCUITS / "xor_continuous.toml")
