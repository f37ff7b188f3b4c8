"""`rig calibrate`: delay, clock drift, gain, offset and phase of a rig."""

from __future__ import annotations

from pathlib import Path

import click

from hgecircuit.cli.amounts import Amount
from hgecircuit.cli.output import JSON_OPTION, check_output, print_json, refuse_inputs, write_text
from hgecircuit.cli.rig_options import CONFIG_OPTION, REPLAY_OPTION, load_spec, show
from hgecircuit.errors import InputError
from hgecircuit.units import FREQUENCY, RESISTANCE, TIME, VOLTAGE


@click.command()
@CONFIG_OPTION
@click.option("--electrode", type=click.IntRange(0), default=0, help="The output that is used.")
@click.option(
    "--resistor",
    type=Amount(RESISTANCE),
    help="A known resistor from that output to the current's input, in the device's place.",
)
@click.option(
    "--loop-back",
    is_flag=True,
    help="That output is wired to the voltage input, past the current-to-voltage converter.",
)
@click.option(
    "--peak", type=Amount(VOLTAGE), default="0.2 V", show_default=True, help="Peak of the sines."
)
@click.option(
    "--lowest",
    type=Amount(FREQUENCY),
    default="20 Hz",
    show_default=True,
    help="Lowest sine; carriers must lie between the lowest and the highest.",
)
@click.option(
    "--highest", type=Amount(FREQUENCY), default="2 kHz", show_default=True, help="Highest sine."
)
@click.option(
    "--time", type=Amount(TIME), default="1 s", show_default=True, help="Measurement time."
)
@REPLAY_OPTION
@click.option(
    "--log", type=click.Path(path_type=Path), help="Folder for what was written and read."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File to write (JSON).",
)
@JSON_OPTION
def calibrate(
    config: Path,
    electrode: int,
    resistor: float | None,
    loop_back: bool,
    peak: float,
    lowest: float,
    highest: float,
    time: float,
    replay: Path | None,
    log: Path | None,
    output: Path,
    as_json: bool,
) -> None:
    """Measure the chain from an output to the input with many sines at once.

    Through a known resistor in the device's place: delay, drift of the two clocks, the converter's
    gain with its sign, offset, and the response that is left at every frequency. As a loop-back:
    the same without the converter.
    """
    from hgecircuit.run.rigs.calibrate import CalibrationPlan
    from hgecircuit.run.rigs.calibrate import calibrate as run_calibration
    from hgecircuit.run.rigs.opening import make_rig, open_apparatus

    if (resistor is None) == (not loop_back):
        raise InputError(
            "what the output is wired to is not said",
            expected='either --resistor "10 Mohm" or --loop-back',
        )
    check_output(output, "--output")
    refuse_inputs(output, config)
    spec = load_spec(config)
    plan = CalibrationPlan(electrode, resistor, peak, lowest, highest, time_s=time)
    with open_apparatus(spec, make_rig(spec, replay), log=log) as apparatus:
        found = run_calibration(apparatus, plan, spec.volts_per_ampere)
    data = found.calibration.to_json()
    import json

    write_text(output, json.dumps(data, indent=2) + "\n")
    if as_json:
        print_json({"file": str(output), **data})
        return
    errors, fit = found.calibration.uncertainty, found.fit
    show(
        f"delay      {1e3 * fit.timing.latency_s:.6f} ms +- {1e6 * errors['latency_s']:.3g} us",
        f"drift      {1e6 * fit.timing.drift:.4f} ppm +- {1e6 * errors['drift']:.3g} ppm",
        f"gain       {found.calibration.gain_v_per_a:.6g} V/A +- {100 * errors['gain']:.3g} % "
        f"(rig file: {spec.volts_per_ampere:.6g} V/A)",
        f"offset     {1e3 * fit.offset_v:.4g} mV",
        f"bandwidth  {fit.bandwidth_hz:.4g} Hz (single pole)",
        f"phase      known to {1e3 * errors['phase_rad']:.3g} mrad",
        f"noise      {1e6 * fit.noise_v:.4g} uV rms",
        f"written to {output}",
    )
