"""Signals while a rig is open: none is lost, and none cuts anything off."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hgecircuit.run.rigs.config_load import load_rig_spec
from hgecircuit.run.rigs.interrupts import Interrupts, StoppedError
from hgecircuit.run.rigs.opening import DryRig, open_apparatus

RIG = Path(__file__).parents[3] / "circuits" / "rigs" / "virtual.toml"
CODES = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


def opened(work: Callable[[int], None], number: int) -> None:
    """Do something with a rig open."""
    spec = load_rig_spec(RIG)
    with open_apparatus(spec, DryRig(spec)):
        work(number)


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_is_noted_and_told_when_asked(number: int, code: int) -> None:
    with Interrupts() as interrupts:
        interrupts.check()
        os.kill(os.getpid(), number)
        with pytest.raises(StoppedError, match="the outputs are at 0 V") as caught:
            interrupts.check("all of it")
    assert caught.value.exit_code == code


def test_a_signal_behind_the_last_run_is_not_lost() -> None:
    done = []

    def work(number: int) -> None:
        os.kill(os.getpid(), number)
        done.append("the rest")

    with pytest.raises(StoppedError):
        opened(work, signal.SIGTERM)
    assert done == ["the rest"]


def test_an_error_says_more_than_a_signal() -> None:

    def fail(number: int) -> None:
        os.kill(os.getpid(), number)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        opened(fail, signal.SIGINT)


@pytest.mark.parametrize(("number", "counts"), [(signal.SIGHUP, False), (signal.SIGINT, True)])
def test_nohup_counts_and_a_background_job_does_not(number: int, counts: bool) -> None:
    """`nohup` ignores SIGHUP, and a shell SIGINT for what it puts in the background."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            os.kill(os.getpid(), number)
            assert (interrupts.number is not None) is counts
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number, _ in CODES]
    with Interrupts():
        assert [signal.getsignal(number) for number, _ in CODES] != before
    assert [signal.getsignal(number) for number, _ in CODES] == before
