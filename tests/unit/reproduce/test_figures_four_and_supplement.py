"""Fig. 4 and the supplement's figures: quick runs through the command, and their parts."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray
from click.testing import CliRunner
from scipy.stats import binomtest

from hgecircuit.cli import main
from hgecircuit.cli.reproduce import reproduce
from hgecircuit.reproduce import balls, gates, race, rivals, searches, stack, trainings, workshop
from hgecircuit.reproduce.fig4b_d import _verdict
from hgecircuit.reproduce.gradients_in_time import COMPARED, COUNTS
from hgecircuit.reproduce.rig import NOISE, load
from hgecircuit.reproduce.wirings import GATES, SPHERE, Choice, Searched
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.reference import Task
from hgecircuit.run.reference.noise import NoiseLaw
from hgecircuit.run.reference.tasks import gate

pytestmark = pytest.mark.thorough

# Five standard deviations of a recording's noise, which a test exceeds once in a million seeds.
LARGEST_NOISE_NA = 5e9 * float(np.sqrt(NoiseLaw(NOISE, 1 / 0.46).variance_a2))
CLAIMS = {"fig4a": 2, "fig4b-d": 3, "spsa": 3, "ga": 2, "layers": 2}


def run_here(jobs: Sequence[Callable[[], Any]], **_: Any) -> list[Any]:
    """In place of processes, which take a second to start."""
    return [job() for job in jobs]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Facts, data and folder of a figure's quick run through the command, made once."""
    folder = tmp_path_factory.mktemp("figures")

    @lru_cache
    def run(name: str) -> tuple[dict[str, Any], xarray.Dataset, Path]:
        group = type(main)(name="hgecircuit", commands={"reproduce": reproduce})
        command = ["reproduce", name, "--quick", "--json", "--out", str(folder / name)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workshop, "run_jobs", run_here)
            answer = CliRunner().invoke(group, command)
        assert answer.exit_code in (0, 1), answer.output
        facts = json.loads(answer.stdout)
        assert facts["agrees"] == (answer.exit_code == 0)
        data = xarray.load_dataset(folder / name / f"{name}.nc", engine="h5netcdf")
        return facts, data, folder / name

    return run


@pytest.mark.parametrize("name", CLAIMS)
def test_a_quick_run_makes_picture_data_and_claims(name: str, made: Any) -> None:
    facts, data, folder = made(name)
    for suffix in ("png", "svg", "nc", "json"):
        assert (folder / f"{name}.{suffix}").stat().st_size > 1000
    assert len(facts["claims"]) == CLAIMS[name]
    for claim in facts["claims"]:
        assert claim["source"].startswith("Boon 2025")
        assert all(claim[key] for key in ("text", "claimed", "found", "criterion", "values"))
    for variable in data.variables.values():
        assert variable.attrs["units"]
        assert variable.attrs["long_name"]
    assert facts["quick"] is True
    assert facts["remarks"]
    assert facts["settings"]["device"]
    assert any((folder / "parts").iterdir())


def test_gates_of_fig4a_are_read_off_the_recorded_samples(made: Any) -> None:
    facts, data, _ = made("fig4a")
    all_gates, separation = (claim["values"] for claim in facts["claims"])
    found = 0
    for table in data.gate.values:
        tried = all_gates["starts_tried"][str(table)]
        good = data.found.sel(gate=table).values
        assert tried == (np.flatnonzero(good)[0] + 1 if good.any() else 0)
        if len(set(table)) == 1:
            assert tried == 1
            continue
        held = data.held.values == 1
        high = np.array([bit == "1" for bit in table])[data.pattern.values]
        output = data.output.sel(gate=table).values
        highs, lows = output[held & high], output[held & ~high]
        threshold = (highs.mean() + lows.mean()) / 2
        assert float(data.threshold.sel(gate=table)) == pytest.approx(threshold, rel=1e-9, abs=0)
        # the criterion, sample by sample
        assert (highs.min() > threshold > lows.max()) == bool(tried)
        gap = highs.min() - lows.max()
        assert separation["gap_A"][table] == pytest.approx(gap, rel=1e-9, abs=0)
        found += bool(tried)
    assert all_gates["trained"] == found
    assert all_gates["gates"] == found + 2
    # four patterns of 0.1 s, each after a ramp of 15 ms
    assert int(data.held.sum()) == 4000
    assert len(data.time) == 4600
    # not all gates in a quick run: it can't say that the paper's claim is wrong
    assert facts["claims"][0]["status"] == ("agrees" if found == 14 else "not judged")


def test_accuracies_of_fig4b_d_are_counted_in_its_data(made: Any) -> None:
    facts, data, _ = made("fig4b-d")
    flat = facts["claims"][0]["values"]
    labels = data.test_target.values > 0.5
    for noise, values, last in (
        ("flat", flat, ""),
        ("continued", flat["continued"], "_continued"),
    ):
        training = data[f"training_output{last}"].values
        threshold = float(data.threshold.sel(noise=noise))
        own = data.training_target.values > 0.5
        tried = [np.mean((training > one) == own) for one in np.r_[-np.inf, training]]
        # no threshold does better on the training points, and the test points had no say
        assert np.mean((training > threshold) == own) == pytest.approx(max(tried))
        right = (data[f"test_output{last}"].values > threshold) == labels
        assert values["accuracy"][0] == pytest.approx(right.mean())
        interval = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, "exact")
        assert values["accuracy"][1:] == pytest.approx([interval.low, interval.high])
        clean = data.clean_loss.sel(noise=noise).values[values["start"]]
        rises = facts["claims"][2]["values"]
        counted = rises if noise == "flat" else rises["continued"]
        assert counted["rises"] == int((np.diff(clean[np.isfinite(clean)]) > 0).sum())


def test_points_of_fig4b_d_are_a_ball_and_a_shell(made: Any) -> None:
    facts, data, _ = made("fig4b-d")
    low, high = np.array(facts["settings"]["input_spans_V"]).T
    radii = np.linalg.norm(2 * (data.test_point.values - low) / (high - low) - 1, axis=1)
    inside = data.test_target.values > 0.5
    assert radii[inside].max() <= 0.5 + 1e-9
    assert radii[~inside].min() >= 0.7 - 1e-9


def test_costs_of_spsa_are_those_of_its_starts(made: Any) -> None:
    facts, data, _ = made("spsa")
    for claim, cost in zip(facts["claims"], ("measurements", "time_s"), strict=False):
        for key, (ratio, low, _) in claim["values"].items():
            method, table = key.rsplit("_", 1)
            per_success = [
                float(data[cost].sel(estimator=one, gate=table).sum())
                / max(float(data.converged.sel(estimator=one, gate=table).sum()), 1e-300)
                for one in (method, "hge")
            ]
            assert low is None or low <= (np.inf if ratio is None else ratio)
            if ratio is not None and per_success[1] < 1e200:
                assert ratio == pytest.approx(per_success[0] / per_success[1])
    # readings per iteration of four patterns and five controls
    each = (data.measurements / data.iterations).sel(gate="0110")
    found = {str(method): float(each.sel(estimator=method)[0]) for method in data.estimator.values}
    assert found == {
        "hge_paper": 4, "hge": 4, "hge_sequential": 20, "differences": 40,
        "spsa": 8, "spsa_own": 8, "spsa_averaged": 40,
    }  # fmt: skip
    accuracy = facts["claims"][2]["values"]
    best = data.error_over_electrodes.min("step")
    ratio = best.sel(compared="spsa") / best.sel(compared="hge")
    for count in COUNTS:
        expected = float(ratio.sel(electrodes=count))
        assert accuracy[f"electrodes_{count}_spsa"] == pytest.approx(expected)
    assert (facts["claims"][2]["status"] == "agrees") == (min(accuracy.values()) > 1)


def test_counts_of_ga_are_those_of_its_runs(made: Any) -> None:
    facts, data, _ = made("ga")
    values = facts["claims"][0]["values"]
    assert values["hge_solved"] == int((data.hge_accuracy.sel(set="test") >= 0.94).sum())
    for one in values["searches"]:
        name = f"sphere_{one['members']}_members_{one['budget']}"
        tested = data[f"{name}_accuracy"].sel(set="test")
        assert one["solved"] == int((tested >= 0.94).sum())
        assert one["solved"] == int(data[f"{name}_good"].sum())
        assert (data[f"{name}_measurements"] <= one["budget"]).all()
        # the best loss so far never rises
        assert not (np.diff(data[f"{name}_loss"].values, axis=1) > 0).any()
    status = facts["claims"][0]["status"]
    assert status == ("differs" if values["solved"] else "not judged")


def test_errors_of_layers_are_those_of_its_derivatives(made: Any) -> None:
    facts, data, _ = made("layers")
    values = facts["claims"][0]["values"]
    for number, layer in enumerate(("first", "last")):
        mine = [str(place).startswith(f"{number}.") for place in data.electrode.values]
        assert sum(mine) == (14, 5)[number]
        exact, clean, linear = (
            data[f"derivative_{name}"].values[:, mine] for name in ("exact", "clean", "linear")
        )
        size = np.linalg.norm(exact, axis=1)
        apart = np.linalg.norm(clean - exact, axis=1) / size
        assert values[f"{layer}_relative_error"] == pytest.approx(np.median(apart))
        bent = np.linalg.norm(clean - linear, axis=1) / size
        assert values[f"{layer}_curvature"] == pytest.approx(np.median(bent))
        cosine = (clean * exact).sum(axis=1) / np.linalg.norm(clean, axis=1) / size
        assert values[f"{layer}_cosine"] == pytest.approx(np.median(cosine))
    assert (facts["claims"][0]["status"] == "agrees") == (
        max(values["first_curvature"], values["last_curvature"]) <= 0.02
    )
    for kind in stack.KINDS:
        found = int(data.found.sel(kind=kind).sum())
        assert facts["claims"][1]["values"][f"found_{kind}"] == found


def test_layers_trained_alone_leave_the_other_layer_where_it_started(made: Any) -> None:
    _, data, _ = made("layers")
    first = [str(place).startswith("0.") for place in data.control.values]
    moved = (data.voltage.sel(end="after") != data.voltage.sel(end="before")).values
    for kind, expected in (("first", np.array(first)), ("last", ~np.array(first))):
        assert not moved[stack.KINDS.index(kind)][:, ~expected].any()
        assert moved[stack.KINDS.index(kind)][:, expected].any()


@pytest.mark.parametrize(
    ("name", "losses"), [("fig4a", "losses"), ("layers", "losses"), ("fig4b-d", "loss")]
)
def test_a_loss_curve_ends_where_its_start_stopped(name: str, losses: str, made: Any) -> None:
    _, data, _ = made(name)
    measured = np.isfinite(data[losses].values)
    assert (measured.sum(axis=-1) == data.iterations.values).all()
    # nothing behind the end, and nothing missing before it
    assert (np.diff(measured.astype(int), axis=-1) <= 0).all()


def test_a_cell_depends_on_its_own_seed_alone() -> None:
    """Two cells of two starts are one cell's worth of results, however they are run."""
    shop = Workshop(quick=True, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workshop, "run_jobs", run_here)
        few = balls.run_starts(shop, ("flat",), 2, 3)["flat"]
        many = balls.run_starts(shop, ("flat", "continued"), 4, 3)
    assert (few.losses == many["flat"].losses[:2]).all()
    assert (few.accuracy == many["flat"].accuracy[:2]).all()
    assert (many["flat"].losses != many["continued"].losses).all()
    one, again, other = (gates.train_gate("0110", 2, 3, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not np.array_equal(one["losses"], other["losses"])


def test_a_recording_ramps_holds_and_is_judged_by_its_samples() -> None:
    device = load()
    task = gate("0110", GATES.wiring())
    controls_v = np.zeros((2, 5))
    found = trainings.record(device, task, controls_v, seed=3)
    assert found.output_a.shape == (2, 4600)
    # every row has its own noise, of the device's size, around the undisturbed output
    clean_a = task.current_a(device, controls_v)[0]
    for k in range(4):
        held = found.output_a[:, found.held & (found.pattern == k)]
        assert held.mean(axis=1) * 1e9 == pytest.approx(clean_a[k] * 1e9, abs=LARGEST_NOISE_NA)
    assert not np.array_equal(*found.output_a)
    single = found.only(1)
    assert (single.output_a[0] == found.output_a[1]).all()
    assert single.separated.shape == (1,)
    constant = trainings.record(device, gate("1111", GATES.wiring()), controls_v, seed=3)
    assert constant.separated.all()
    assert np.isnan(constant.threshold_a).all()


class Staircase:
    """Output in nA: what the first electrode's voltage says, in V."""

    electrodes = 2

    def __init__(self, gain: float) -> None:
        self.gain = gain

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        return self.gain * 1e-9 * voltages_v[..., 0]


@pytest.mark.parametrize(("gain", "separated"), [(50, True), (-50, False), (0, False)])
def test_separation_asks_for_the_right_side(gain: float, separated: bool) -> None:
    task = Task(((0.0,), (1.0,)), (0.0, 1.0), (0,), (1,))
    made: Any = trainings.record(Staircase(gain), task, np.zeros((1, 1)), seed=1)  # pyright: ignore
    assert bool(made.separated[0]) is separated
    if gain:
        assert made.threshold_a[0] * 1e9 == pytest.approx(gain / 2, abs=LARGEST_NOISE_NA)


@pytest.mark.parametrize(("second", "separated"), [(10.0, True), (45.0, False)])
def test_no_sample_may_be_on_the_wrong_side(second: float, separated: bool) -> None:
    """Outputs 0 and ``second`` labelled 0, 50 nA labelled 1: the threshold is 27 or 36 nA."""
    task = Task(((0.0,), (second / 10,), (5.0,)), (0.0, 0.0, 1.0), (0,), (1,))
    made: Any = trainings.record(Staircase(10), task, np.zeros((1, 1)), seed=1)  # pyright: ignore
    assert bool(made.separated[0]) is separated
    assert made.gap_a[0] * 1e9 == pytest.approx(50 - second, abs=LARGEST_NOISE_NA)


def test_noise_that_ends_is_flat_below_and_the_law_above() -> None:
    law = trainings.noise_stream(1, 1000, flat_below_hz=1.0).law
    low, near = law.density_a2_per_hz(np.array([0.01, 0.05]))
    assert near / low == pytest.approx(1, abs=0.1)
    high_hz = np.array([10.0, 1000.0])
    assert law.density_a2_per_hz(high_hz) == pytest.approx(
        NOISE.density_a2_per_hz(high_hz), rel=0.02, abs=0
    )
    whole = trainings.noise_stream(1, 1000).law
    assert whole.density_a2_per_hz(0.01) == pytest.approx(
        NOISE.density_a2_per_hz(0.01), rel=0.02, abs=0
    )


@pytest.mark.parametrize(("good", "tried"), [(0, 5), (3, 5), (5, 5)])
def test_intervals_of_shares_are_scipys(good: int, tried: int) -> None:
    expected = binomtest(good, tried).proportion_ci(0.95, "exact")
    found = trainings.share_interval(good, tried)
    assert found == pytest.approx((good / tried, expected.low, expected.high))


def test_a_quick_run_can_agree_but_not_differ() -> None:
    assert trainings.judge(True, quick=True) is True
    assert trainings.judge(False, quick=True) is None
    assert trainings.judge(False, quick=False) is False
    assert _verdict({"flat": True, "continued": False}, quick=False) is None
    assert _verdict({"flat": False, "continued": False}, quick=False) is False
    assert _verdict({"flat": False, "continued": False}, quick=True) is None
    assert _verdict({"flat": True, "continued": True}, quick=True) is True


def test_starts_are_counted_up_to_the_first_good_one() -> None:
    found = np.array([[False, False], [True, False], [False, True]])
    assert gates.starts_tried(found).tolist() == [0, 1, 2]


def test_cost_per_success_counts_failures() -> None:
    own = {"cost": np.array([10.0, 10.0, 40.0]), "converged": np.array([True, True, False])}
    rival = {"cost": np.array([60.0, 60.0, 60.0]), "converged": np.array([True, False, False])}
    assert rivals.per_success(own["cost"], own["converged"]) == 30
    ratio = rivals.ratio_per_success(rival, own, "cost", seed=1)
    assert ratio.value == 6
    assert ratio.low < 6 < ratio.high
    always = {"cost": own["cost"], "converged": np.ones(3, bool)}
    assert rivals.ratio_per_success(always, always, "cost", seed=1) == (1, 1, 1)
    assert rivals.per_success(rival["cost"], np.zeros(3, bool)) == np.inf


@pytest.mark.parametrize("method", COMPARED)
@pytest.mark.parametrize("channels", [1, 5])
def test_gradients_are_compared_within_the_same_time(method: str, channels: int) -> None:
    estimator = rivals.equal_time(method, channels, 0.01, {})
    assert estimator.time_per_point_s(channels) == pytest.approx(0.1)


CHEAPEST = rivals.Tuning(25e-3, 0.02)
SEARCHED = ("losses", "measurements", "final_losses", "reached", "good", "accuracy")


class Shop(Workshop):
    """Notes its jobs. A start converges in 1 s with the cheapest tuning, with others in 2 s."""

    seen: ClassVar[list[dict[str, Any]]] = []

    def run(self, words: str, cell: Any, jobs: Any) -> list[dict[str, np.ndarray]]:
        self.seen[:] = jobs
        if cell is searches.search:
            return [{name: np.zeros(()) for name in SEARCHED} for _ in jobs]
        times_s = [1.0 + (job["tuning"] != CHEAPEST) for job in jobs]
        return [{"time_s": np.array([one]), "converged": np.array([True])} for one in times_s]


def test_the_tuning_takes_the_cheapest_and_sees_no_reported_start() -> None:
    tunings = race.tune(Shop(), 300)
    assert tunings == {race.PAPER_HGE: rivals.PAPER} | dict.fromkeys(rivals.METHODS, CHEAPEST)
    tuning = list(Shop.seen)
    # SPSA is tried with falling sequences as well, the others with all the same values
    values = len(race.TUNING_STEPS_V) * len(race.TUNING_RATES_V2)
    for name in rivals.METHODS:
        count = sum(job["method"] == name for job in tuning)
        times = 0 if name == "hge_sequential" else 2 if name in rivals.SPSAS else 1
        assert count == times * values
    results = race.train_all(Shop(), tunings, 300)
    assert len(results["spsa", "0010"]["converged"]) == 4
    assert {job["seed"] for job in tuning}.isdisjoint(job["seed"] for job in Shop.seen)
    # all methods from the same starts
    seeds = [{job["seed"] for job in Shop.seen if job["method"] == name} for name in rivals.METHODS]
    assert all(one == seeds[0] for one in seeds)


def test_searches_make_no_more_measurements_than_homodyne() -> None:
    """300 iterations of 300 points: 60 members and 5 populations, or 20 and 15."""
    task = balls.make_points(1, quick=False).training
    found = searches.run_searches(Shop(), "", task, [(15, 300, 2), (5, 300, 1)])
    assert [one.budget for one in found] == [90_000, 90_000]
    assert [one.members for one in found] == [60, 20]
    assert [job["generations"] for job in Shop.seen] == [4, 4, 14]
    assert len({job["seed"] for job in Shop.seen}) == 3


def test_a_rank_counts_what_is_better() -> None:
    choices = [SPHERE, GATES, Choice((0, 1), (0.1, 0.9))]
    scores = np.array([[2, 0.1], [3, 0.1], [3, 0.2]])
    searched = Searched(choices, scores)
    assert [searched.rank(one, scores) for one in choices] == [3, 2, 1]
    shares = Searched(choices, np.array([[0, 0.5], [0.1, 0.1], [0, 0]]))
    assert shares.found_scores().tolist() == [[1, 0.25], [2, 0.1], [0, 0]]


def test_lock_ins_on_a_linear_device_have_settling_and_crosstalk_alone() -> None:
    found = stack.measure_gradients(4, seed=1)
    coupling = trainings.lock_in(19).coupling()
    expected = found["exact"] @ coupling.T
    assert found["linear"] * 1e9 == pytest.approx(expected * 1e9, rel=1e-9, abs=1e-9)
    # the layers' own curvature is all that the estimate has beside that
    apart = np.linalg.norm(found["clean"] - found["linear"]) / np.linalg.norm(found["exact"])
    assert apart < 0.05 * np.linalg.norm(coupling - np.eye(19)) / 0.02
