"""The sections of a report, one source for ``report.md`` and ``report.html``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.sphere import SphereResult
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.blocks import (
    Block,
    Code,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    Text,
)
from hgecircuit.report.data import bound_shares, relative_to_exact, sorted_terms
from hgecircuit.report.made import provenance_blocks, rerun_blocks
from hgecircuit.report.parts import parts_section
from hgecircuit.report.plain import format_share, format_value
from hgecircuit.report.three_way import three_way_section
from hgecircuit.spec.runs import PAPER_ACCURACY

_LEARNING_PICTURES = ("outputs", "accuracy", "exam", "controls", "loss", "epoch", "batch")


def build_sections(
    verification: Verification, study: Study | None, data: dict[str, Any]
) -> tuple[Section, ...]:
    """All sections that have something to show, in the order of ``report.md``.

    Args:
        verification: What was found.
        study: Random starts, or None.
        data: The content of ``report.json``.
    """
    pictures = tuple(map(Picture, _LEARNING_PICTURES))
    sections = (
        Section("changes", "Changed values", tuple(_changes(verification))),
        Section(
            "gradient",
            "Gradient",
            (*_gradient(verification), Picture("derivatives"), Picture("budget")),
        ),
        Section("learning", "Learning", (*_learning(verification), *pictures)),
        Section("rig", "Rig", (*three_way_section(verification.rig), Picture("three-way"))),
        Section("starts", "Random starts", (*_starts(study), Picture("starts"))),
        Section(
            "parts",
            "Parts and power",
            tuple(parts_section(verification, verification.learner.bill())),
        ),
        Section("provenance", "How it was made", tuple(provenance_blocks(data))),
        Section("rerun", "How to run it again", tuple(rerun_blocks(data))),
    )
    return tuple(
        section
        for section in sections
        if any(not isinstance(block, Picture) for block in section.blocks)
    )


def _changes(verification: Verification) -> list[Block]:
    """Values of a netlist that was changed by hand; nothing without one."""
    rows: list[Sequence[Text]] = [
        (edit.name, f"{edit.change.was:.6g}", f"{edit.change.value:.6g}")
        for edit in verification.learner.edits
    ]
    if not rows:
        return []
    text = "These values are not the circuit file's; all limits are."
    return [Paragraph(text), Table("Changed values", ("element", "was", "is"), rows, "lrr")]


def _gradient(verification: Verification) -> list[Block]:
    """Cosines and the error budget, largest term first."""
    result = verification.gradient
    circuit, reference = sorted_terms(result.budget), dict(sorted_terms(result.reference_budget))
    shares = dict(circuit)
    names = [*shares, *(name for name in reference if name not in shares)]
    rows: list[Sequence[Text]] = [
        (name, _share(shares.get(name)), _share(reference.get(name))) for name in names
    ]
    sides = ((result.budget, result.measured), (result.reference_budget, result.reference))
    sums = [Strong(format_share(budget.relative())) for budget, _ in sides]
    errors = [Strong(format_share(relative_to_exact(result, found))) for _, found in sides]
    rows += [(Strong("sum of the terms"), *sums), (Strong("measured error"), *errors)]
    points, channels = result.exact.shape
    return [
        Paragraph(
            f"{points} operating points, {channels} channels. Cosine between the simulated and the"
            f" exact gradient: median {format_value(float(np.median(result.cosines)), '1')},"
            f" smallest {format_value(float(result.cosines.min()), '1')}. {_bounds(result)}"
        ),
        Paragraph("Error budget, each term as a share of the gradient's norm over all points:"),
        Table(
            "Error budget of circuit and digital reference",
            ("term", "circuit", "digital reference"),
            rows,
            "lrr",
        ),
    ]


def _learning(verification: Verification) -> list[Block]:
    """Truth table or accuracy, and control voltages, circuit beside digital reference."""
    controls = [
        Paragraph("Control voltages in V; both started from the same."),
        _controls(verification),
    ]
    if verification.sphere is not None:
        return [*_accuracy(verification.sphere), *controls]
    what = (
        "Truth table at the end, perturbation off, the circuit's currents as read in the simulator."
        " The threshold "
    )
    threshold: tuple[str | Strong | Code, ...] = (
        f"{what}lies halfway between the means of the wanted 1s and the wanted 0s.",
    )
    if verification.learning.constant:
        threshold = (
            f"{what}of the circuit lies half of ",
            Code("loop.separation_min"),
            " from the mean output, where the label that is not wanted would put it; the digital"
            " reference does not train a constant gate, whose threshold it takes to be chosen at"
            " will.",
        )
    return [Paragraph(threshold), _truth_table(verification), *controls]


def _starts(study: Study | None) -> list[Block]:
    """Every random start, circuit beside digital reference; nothing without a study."""
    if study is None:
        return []
    limits, walls_s = study.limits, np.array([result.wall_s for result in study.results])
    headings = (
        "start", "circuit", "loss", "margin (nA)", "solved after (s)",
        "reference", "loss", "margin (nA)", "ran for (s)",
    )  # fmt: skip
    rows = [_start_row(study, n) for n in range(len(study.results))]
    return [
        Paragraph(
            f"Seed {study.seed}. Solved means a loss below {limits.loss:g} and a margin above"
            f" {format_value(limits.margin_a, 'A')}, perturbation off; times are simulated. One run"
            f" of the circuit took {format_value(float(np.median(walls_s)), 's')} of wall time"
            f" (median), {format_value(float(walls_s.max()), 's')} at most."
        ),
        Table("Every random start", headings, rows, "rlrrrlrrr"),
    ]


def _bounds(result: GradientResult) -> str:
    """How single derivatives keep their own bounds; the verdict is about all of them together."""
    shares = bound_shares(result)
    over, largest = int((shares > 1).sum()), f"{float(shares.max()):.2f}"
    if not over:
        return f"Every derivative's error is within its own bound (at most {largest} of it)."
    return (
        f"{over} of {shares.size} derivatives miss the exact one by more than their own bound"
        f" (by up to {largest} times it); the verdict is about the norm over all of them."
    )


def _truth_table(verification: Verification) -> Table:
    result, reference = verification.learning, verification.reference
    bits = [result.truth_table, [str(int(bit)) for bit in reference.truth_tables[0]]]
    outputs_a = [result.exam_a, reference.final_outputs_a[0]]
    rows = [
        (
            Code(pattern),
            str(target),
            *(cell for side in (0, 1) for cell in (_nano(outputs_a[side][k]), bits[side][k])),
        )
        for k, (pattern, target) in enumerate(_patterns(verification))
    ]
    headings = ("pattern", "wanted", "circuit (nA)", "bit", "digital reference (nA)", "bit")
    return Table("Truth table", headings, rows, "lrrrrr")


def _accuracy(sphere: SphereResult) -> list[Block]:
    shares = (
        ("start", sphere.epochs.training[0], sphere.epochs.test[0]),
        ("circuit, exam in the simulator", sphere.exam.training, sphere.exam.test),
        ("circuit, device model", sphere.epochs.training[-1], sphere.epochs.test[-1]),
        ("digital reference, device model", sphere.reference.training, sphere.reference.test),
    )
    rows = [(name, *(f"{100 * float(share):.1f} %" for share in pair)) for name, *pair in shares]
    training, test = (len(targets) for targets in sphere.targets)
    return [
        Paragraph(
            f"Accuracy on {training} training points and {test} test points, perturbation off, at"
            f" the threshold that is best for the training points. Boon 2025 reach"
            f" {100 * PAPER_ACCURACY:g} % of their test points with another device."
        ),
        Table("Accuracy", ("", "training points", "test points"), rows, "lrr"),
    ]


def _controls(verification: Verification) -> Table:
    design, result = verification.learner.design, verification.learning
    final_v = verification.reference.final_voltages_v[0]
    rows = [
        (
            str(design.task.controls[m]),
            f"{result.weights_v[0, m]:.3f}",
            f"{result.weights_v[-1, m]:.3f}",
            f"{final_v[m]:.3f}",
            f"{weight.minimum_v:.3f} to {weight.maximum_v:.3f}",
        )
        for m, weight in enumerate(design.weights)
    ]
    headings = ("electrode", "start", "circuit", "digital reference", "clamps")
    return Table("Control voltages in V", headings, rows, "rrrrl")


def _patterns(verification: Verification) -> list[tuple[str, int]]:
    task = verification.learner.spec.task
    return list(zip(task.patterns, task.target_bits, strict=True))


def _start_row(study: Study, n: int) -> Sequence[Text]:
    result, reference = study.results[n], study.reference
    return (
        str(n + 1),
        _solved(result.solved),
        format_value(result.loss, "1"),
        _nano(result.margin_a),
        _seconds(result.solved_s),
        _solved(bool(study.reference_solved[n])),
        format_value(float(reference.final_losses[n]), "1"),
        _nano(reference.margins_a[n]),
        _seconds(None if reference.time_s is None else float(reference.time_s[n])),
    )


def _solved(solved: bool) -> Text:
    return "solved" if solved else Strong("not solved")


def _seconds(time_s: float | None) -> str:
    return "–" if time_s is None else f"{time_s:.3g}"


def _nano(current_a: float | np.floating[Any]) -> str:
    return "–" if np.isnan(current_a) else f"{1e9 * float(current_a):.2f}"


def _share(share: float | None) -> str:
    return "–" if share is None else format_share(share)
