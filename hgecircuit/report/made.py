"""How a report's numbers were made, in words, and what makes them again."""

from __future__ import annotations

from typing import Any

from hgecircuit.report.blocks import Block, Code, Commands, Paragraph, Table
from hgecircuit.report.plain import format_value

# Enough digits of a hash to tell files apart by eye; report.json holds all of them.
_HASH_DIGITS = 16


def provenance_blocks(data: dict[str, Any]) -> list[Block]:
    """Where everything comes from.

    Args:
        data: The content of ``report.json``.
    """
    made = data["provenance"]
    circuit, device, runs = made["circuit"], made["device"], made["runs"]
    seeds = {name: seed for name, seed in made["seeds"].items() if seed is not None}
    changed = f"; set outside the file: {', '.join(circuit['overrides'])}"
    system = made["platform"]
    rows = [
        ("created", made["created"]),
        (
            "circuit file",
            _with_hash(circuit["file"] or "none (text)", circuit["sha256"])
            + (changed if circuit["overrides"] else ""),
        ),
        ("device model", _with_hash(device["name"], device["sha256"])),
        ("seeds", _pairs(seeds)),
        ("versions", _pairs(made["versions"])),
        ("platform", f"{system['system']} {system['release']}, {system['machine']}"),
        ("wall time", ", ".join(f"{n} {format_value(s, 's')}" for n, s in made["wall_s"].items())),
    ]
    netlists = [
        (Code(name), Code(_short(run["netlist_sha256"])), str(run["points"]))
        for name, run in runs.items()
    ]
    return [
        Table("Provenance", ("", ""), rows, "ll"),
        Table("Netlists that ran", ("run", "netlist's sha256", "points"), netlists, "llr"),
        Paragraph(
            (Code("report.json"), " holds the whole hashes, the settings, and every number above.")
        ),
    ]


def rerun_blocks(data: dict[str, Any]) -> list[Block]:
    """What to type for the same numbers.

    Args:
        data: The content of ``report.json``.
    """
    command, file = data["provenance"]["command"], data["provenance"]["circuit"]["file"]
    if command:
        first: list[Block] = [Commands(command)]
    else:
        circuit = file or "the circuit's file"
        words = "It was called from Python: hgecircuit.verify_to_folder with a learner of"
        first = [Paragraph((f"{words} ", Code(circuit), "."))]
    return [
        *first,
        Paragraph("The learner's netlist alone, in this folder, without hgecircuit:"),
        Commands("ngspice -b learner.cir"),
    ]


def _with_hash(name: str, sha256: str | None) -> str:
    return f"{name}, sha256 {_short(sha256)}" if sha256 else name


def _short(sha256: str | None) -> str:
    return f"{sha256[:_HASH_DIGITS]}…" if sha256 else "unknown"


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
