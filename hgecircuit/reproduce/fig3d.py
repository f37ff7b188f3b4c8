"""Fig. 3d: carriers 40 Hz apart, parallel derivatives against sequential ones: on the diagonal."""

from __future__ import annotations

from hgecircuit.design.error_model.figures import DOMINATES
from hgecircuit.reproduce.base import Claim, PaperFigure, Reproduction
from hgecircuit.reproduce.rig import READINGS
from hgecircuit.reproduce.scatter import CHANNELS, Numbers, make_lock_in, measure
from hgecircuit.reproduce.scatter_figure import all_numbers, reproduction, summary, values
from hgecircuit.reproduce.spread import JUDGED, all_agree
from hgecircuit.reproduce.workshop import Workshop

_SPACING_HZ = 40.0


def make(workshop: Workshop) -> Reproduction:
    """The paper's experiment on the device model, with the noise and converters of its rig."""
    found = measure(workshop, "fig3d", _SPACING_HZ)
    cloud = all_numbers(found)
    return reproduction(found, cloud, (_on(cloud), _accurate(cloud), _faster()))


def _on(cloud: dict[str, Numbers]) -> Claim:
    first, stay = (cloud[reading] for reading in READINGS)
    return Claim(
        text='"For a frequency spacing of about 40 Hz and larger [...] the error due to '
        'parallelization is no longer dominant. [...] experimentally verified in the device"',
        source="Boon 2025, Fig. 3d and text on Fig. 3",
        claimed="on the line y = x",
        found=f"{summary(first)}; crosstalk {first.crosstalk.words()} times the noise power; "
        f"second reading of 98 % settled: {summary(stay)}, crosstalk {stay.crosstalk.words()}",
        criterion="power that parallelisation adds at most the noise power of one sequential "
        f"derivative, both readings ({100 * JUDGED:.0f} % interval over the operating points)",
        agrees=all_agree(one.crosstalk.within(-float("inf"), 1) for one in (first, stay)),
        values=values(cloud),
    )


def _accurate(cloud: dict[str, Numbers]) -> Claim:
    first, stay = (cloud[reading].accuracy for reading in READINGS)
    return Claim(
        text='"The parallel extracted derivatives are then as accurate as the sequential '
        'derivatives"',
        source="Boon 2025, text on Fig. 3",
        claimed="1 times the squared error",
        found=f"{first.words()} times, against the exact derivatives; second reading of 98 % "
        f"settled {stay.words()} times",
        criterion=f"mean squared error of the parallel derivatives at most {DOMINATES:g} times "
        "that of the sequential ones, as in fig3b: crosstalk not the larger part; both readings "
        f"({100 * JUDGED:.0f} % interval over the operating points)",
        agrees=all_agree(one.within(0, DOMINATES) for one in (first, stay)),
        values={"first": first.numbers(), "stay": stay.numbers()},
    )


def _faster() -> Claim:
    from hgecircuit.run.reference import HomodyneGradient

    lock_in = make_lock_in(_SPACING_HZ, READINGS[0])
    alone, together = (
        HomodyneGradient(lock_in, sequential=sequential).time_per_point_s(CHANNELS)
        for sequential in (True, False)
    )
    return Claim(
        text='"effectively speeding up the gradient extraction process by a factor of 7"',
        source="Boon 2025, text on Fig. 3",
        claimed="7 times",
        found=f"{alone / together:.3g} times: {together:.3g} s in place of {alone:.3g} s of "
        "simulated measurement per gradient",
        criterion="equal; ramps between operating points are not counted",
        agrees=abs(alone / together - CHANNELS) < 1e-9,
        values={"sequential_s": alone, "parallel_s": together},
    )


FIGURE = PaperFigure("fig3d", "parallel against sequential, 40 Hz apart: on the diagonal", make)
