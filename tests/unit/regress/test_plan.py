"""Seeds of repeats: the file's own first, no two alike, and never out of bounds."""

from pathlib import Path

import pytest

from hgecircuit.regress.measure import not_ideal, same_bench, same_circuit
from hgecircuit.regress.plan import MOST_REPEATS, Plan, read_repeats

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"
NOISE = {"device.noise": {"flicker": "1e-5 nA^2/Hz", "seed": 5}}


def test_the_first_repeat_has_the_files_own_seeds() -> None:
    first, second = (one.spec for one in read_repeats(XOR, Plan(repeats=2), NOISE))
    assert (first.components.seed, first.verification.seed) == (1, 11)
    assert (second.components.seed, second.verification.seed) == (2, 12)
    assert first.device.noise is not None
    assert second.device.noise is not None
    assert (first.device.noise.seed, second.device.noise.seed) == (5, 6)


def test_plans_of_different_seeds_share_none() -> None:
    plans = (Plan(seed=seed) for seed in (0, 1, 2))
    seeds = [plan.moved(11, repeat) for plan in plans for repeat in range(MOST_REPEATS)]
    assert len(set(seeds)) == len(seeds)


def test_seeds_stay_below_the_largest() -> None:
    changes = {"verification.seed": 2**32 - 1}
    specs = [one.spec for one in read_repeats(XOR, Plan(seed=3, repeats=2), changes)]
    assert [spec.verification.seed for spec in specs] == [2999, 3000]


@pytest.mark.parametrize(
    ("block", "bench", "circuit"),
    [("iv_converter", False, False), ("latch", True, True), ("coupling", True, True)],
)
def test_a_block_made_ideal_changes_the_netlists_that_it_is_in(
    block: str, bench: bool, circuit: bool
) -> None:
    plan = Plan(repeats=1)
    as_is, swapped = read_repeats(XOR, plan), read_repeats(XOR, plan, {f"blocks.{block}": "ideal"})
    assert block in not_ideal(as_is[0])
    assert block not in not_ideal(swapped[0])
    assert same_bench(as_is, swapped) is bench
    assert same_circuit(as_is, swapped) is circuit
