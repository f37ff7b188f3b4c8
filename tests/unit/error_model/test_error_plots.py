"""Pictures of the error model: every curve can be seen, every axis has its name."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hgecircuit.design.error_model.figures import figure_2d
from hgecircuit.design.error_model.responses import Filter
from hgecircuit.design.error_model.tradeoff import Space, paper_point, tradeoff
from hgecircuit.devices.formats import load_device
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.report.design_plots import draw_figure_2d
from hgecircuit.report.plots.style import styled
from hgecircuit.report.tradeoff_plot import draw_tradeoff


def _pixels(figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def test_no_curve_of_figure_2d_hides_another() -> None:
    """Each of the four curves, taken away, changes the picture along much of its way."""
    with styled():
        figure = draw_figure_2d(figure_2d())
        whole = _pixels(figure)
        lines = figure.axes[0].get_lines()
        assert len(lines) == 4
        for line in lines:
            line.set_visible(False)
            # The pale bands are meant to be seen beside the dashes, the dashes on the bands.
            least = 80 if str(line.get_label()).startswith("variance") else 40
            changed = np.abs(_pixels(figure) - whole).max(axis=-1) > least
            line.set_visible(True)
            columns = changed.any(axis=0).sum()
            # Dashes and gaps: at least a third of the way across the axes.
            assert columns > figure.axes[0].bbox.width / 3, line.get_label()


@pytest.fixture(scope="module")
def search():
    space = Space(
        (Filter("butterworth", 3, "first"), Filter("gate")),
        np.array([0.01, 0.1, 0.5]),
        np.array([20.0, 40.0]),
        np.geomspace(1e-3, 0.2, 8),
        channels=3,
        noise=NoiseSpec(white_a2_per_hz=1e-23),
        points=64,
    )
    return tradeoff(load_device("rnpu-compact"), space)


def test_both_axes_of_a_search_have_names_and_the_papers_floor_its_cause(search) -> None:
    paper = paper_point(search)
    assert paper is not None
    with styled():
        figure = draw_tradeoff(search, paper)
        for axes in figure.axes:
            assert axes.get_xlabel()
            assert axes.get_ylabel() == "relative error of the gradient (1)"
        lines = {line.get_label(): line for line in figure.axes[1].get_lines()}
        total = lines["butterworth 3, first, 40 Hz: sum"].get_ydata()
        floor = lines["butterworth 3, first, 40 Hz: other carriers, second harmonic"].get_ydata()
    assert np.all(floor < total)
    assert np.min(total) < 1.5 * np.min(floor)  # it is what the sum ends on
