"""Decks in, records out: the bridge from circuits to an engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hgecircuit.circuit.deck import Deck
from hgecircuit.emit.deck import write_deck
from hgecircuit.record import Record
from hgecircuit.run.base import Engine, ProgressCallback
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.parallel import DeckJob, run_decks


def simulate_deck(
    deck: Deck,
    folder: Path,
    timeout_s: float,
    engine: Engine | None = None,
    progress: ProgressCallback | None = None,
) -> Record:
    """Run one deck."""
    return simulate_decks([deck], folder, timeout_s, engine, progress)[0]


def simulate_decks(
    decks: Sequence[Deck],
    folder: Path,
    timeout_s: float,
    engine: Engine | None = None,
    progress: ProgressCallback | None = None,
) -> list[Record]:
    """Run decks side by side on all cores; records in the order of ``decks``."""
    jobs = [_job(deck, folder, timeout_s) for deck in decks]
    return run_decks(engine or Ngspice(), jobs, progress=progress)


def _job(deck: Deck, folder: Path, timeout_s: float) -> DeckJob:
    text = write_deck(deck)
    return DeckJob(
        text,
        folder,
        deck.vectors,
        deck.stop_s,
        timeout_s=timeout_s,
        name=deck.name,
        # What a run costs, for the progress of several: time points times circuit size.
        weight=deck.points * text.count("\n"),
    )
