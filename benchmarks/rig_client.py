"""What the rig client costs beyond the time that it samples: check, write, run, read, and log."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from hgecircuit.run.rigs.apparatus import Apparatus
from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.config_load import load_rig_spec
from hgecircuit.run.rigs.journal import Journal
from hgecircuit.run.rigs.opening import open_apparatus
from hgecircuit.run.rigs.virtual.server import RigServer
from hgecircuit.run.rigs.waveforms import Perturbation, Waveform

RIG = Path(__file__).parents[1] / "circuits" / "rigs" / "virtual.toml"
RUNS = 15
LIMIT_S = 0.05
# as in Boon 2025, Fig. 3d: 7 carriers 40 Hz apart
DRIVE = Perturbation(600.0 + 40 * np.arange(7), np.zeros(7), np.full(7, 0.02))


def main() -> None:
    """Print the median time of a cycle beside its limit, with and without the log."""
    print("rig client: 7 outputs and 1 input, a waveform of 1 s at 10 kHz, over loopback")
    for mode, runs in (("event", RUNS), ("real", 3)):
        for logged in (False, True):
            times_s, sampled_s = _cycles(mode, runs, logged)
            beyond_s = np.array(times_s) - (sampled_s if mode == "real" else 0.0)
            print(
                f"check, write, run, read, align{', log' if logged else ''}; {mode} time: median "
                f"of {runs} runs {1e3 * np.median(beyond_s):.1f} ms, fastest "
                f"{1e3 * beyond_s.min():.1f} ms, beyond {sampled_s:.3f} s "
                f"(limit {1e3 * LIMIT_S:g} ms)"
            )


def _cycles(mode: str, runs: int, logged: bool) -> tuple[list[float], float]:
    overrides = {"virtual.time": mode}
    with (
        tempfile.TemporaryDirectory() as folder,
        RigServer(load_rig_spec(RIG, overrides=overrides)) as server,
    ):
        spec = load_rig_spec(RIG, overrides={**overrides, "connection.port": server.port})
        rig = CdaqRig(spec, Journal("benchmark", Path(folder)))
        log = Path(folder) / "log" if logged else None
        with open_apparatus(spec, rig, log=log) as apparatus:
            points_v = np.full((1, 7), 0.1)
            samples = _samples_for(apparatus, 1.0)
            times_s = []
            for _ in range(runs + 1):
                begin_s = time.perf_counter()
                apparatus.currents_a(points_v, DRIVE, samples, "benchmark")
                times_s.append(time.perf_counter() - begin_s)
            sampled_s = _waveform(apparatus, samples).duration_s
    return times_s[1:], sampled_s


def _samples_for(apparatus: Apparatus, whole_s: float) -> int:
    """Samples of the window in a waveform that takes so long with its ramps."""
    beside_s = _waveform(apparatus, 0).duration_s
    return round((whole_s - beside_s) * apparatus.pace.sample_rate_hz)


def _waveform(apparatus: Apparatus, samples: int) -> Waveform:
    return next(apparatus.plan(np.full((1, 7), 0.1), DRIVE, samples))


if __name__ == "__main__":
    main()
