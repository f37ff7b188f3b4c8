"""What is said of a ranking: which block repairs, whether none does."""

from hgecircuit.compare.figures import Figure, Kind
from hgecircuit.regress.blame import Question, answer
from hgecircuit.regress.figures import aligned
from hgecircuit.regress.rows import blame_line, blame_rows

BEFORE = (1.0, 1.1, 0.9)
NOW = (5.0, 5.1, 4.9)


def figure(*values: float, name: str = "gradient.error") -> Figure:
    return Figure(name, "1", Kind.MEAN, values)


WAS, IS = figure(*BEFORE), figure(*NOW)


def question(before: Figure | None = WAS, now: Figure = IS) -> Question:
    return Question(now, before, 0.05)


def test_one_block_repairs_it() -> None:
    found = {"iv": [figure(*NOW)], "mixer": [figure(*BEFORE)], "latch": []}
    blame = answer(question(), found)
    assert [swap.block for swap in blame.swaps] == ["mixer", "iv"]
    assert (blame.swaps[0].repaired, blame.swaps[1].repaired) == (True, False)
    assert blame.swaps[0].share == 1.0
    assert blame.without_effect == ("latch",)
    assert blame.conclusion == "mixer, made ideal, repairs this, and no other block does"
    assert blame_rows(blame)[0] == ("mixer", "1", "100 %", "yes")
    assert blame_line(blame).endswith("(5, with mixer ideal 1)")


def test_several_blocks_repair_it() -> None:
    found = {"iv": [figure(*BEFORE)], "mixer": [figure(0.9, 1.0, 1.1)]}
    assert answer(question(), found).conclusion == ("any of iv, mixer, made ideal, repairs this")


def test_no_single_block_repairs_it() -> None:
    blame = answer(question(), {"iv": [figure(*NOW)], "mixer": [figure(3.0, 3.1, 2.9)]})
    assert blame.conclusion == "no single block repairs this; mixer comes closest"
    worse = answer(question(), {"iv": [figure(6.0, 6.0, 6.1)]})
    assert worse.conclusion == "no single block repairs this"
    assert worse.swaps[0].share is not None
    assert worse.swaps[0].share < 0


def test_no_block_has_a_part_in_it() -> None:
    assert answer(question(), {"latch": []}).conclusion == (
        "no block that is not ideal has a part in it"
    )


def test_without_a_baseline_the_largest_part_is_named() -> None:
    blame = answer(question(None), {"iv": [figure(4.0)], "mixer": [figure(1.0)]})
    assert blame.conclusion == "mixer has the largest part in it"
    assert blame.swaps[0].repaired is None
    none = answer(question(None), {"iv": [figure(*NOW)]})
    assert none.conclusion == "no single block improves it"


def test_a_term_that_an_ideal_block_takes_away_is_a_zero() -> None:
    now = figure(*NOW, name="budget.noise")
    before = figure(0.0, 0.0, 0.0, name="budget.noise")
    total = figure(1.0, 1.0, 1.0, name="budget.sum")
    blame = answer(question(before, now), {"iv": [total]})
    assert blame.swaps[0].value == 0.0
    assert blame.swaps[0].repaired is True


def test_terms_are_aligned_both_ways_and_nothing_else_is() -> None:
    total, noise = figure(1.0, 2.0, name="budget.sum"), figure(3.0, 4.0, name="budget.noise")
    filled = aligned([total], [total, noise, figure(1.0)])
    assert [one.name for one in filled] == ["budget.sum", "budget.noise"]
    assert filled[1].values == (0.0, 0.0)
    assert aligned([], [noise]) == []
