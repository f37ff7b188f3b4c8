"""The counter sequencer against its ideal response, real counters, and what its edges cost."""

from pathlib import Path

import numpy as np
import pytest
from ngspice_tools import run_bare

from hgecircuit.design.timing import CoherentTiming
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.sequencing.counter import CounterSequencer
from hgecircuit.parts.switches.analog_switch import SWITCHES
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice

# A tenth of the shipped circuit's gate, with the same edge: 500 ticks of 10 us per epoch.
TIMING = CoherentTiming(4, 1e-3, 1e-4, 1e-4, 2e-4, 10e-6, 1, chopped=True)
EPOCHS = 3


def _part() -> CounterSequencer:
    sequencer = TIMING.sequencer()
    shares = dict.fromkeys(("gate", "p0", "strobe1"), (1.0, -1.0))
    return CounterSequencer.size(sequencer, TIMING.gate_s, skew_shares=shares)


def test_lines_follow_the_ticks_through_their_filters(tmp_path: Path) -> None:
    part, circuit = _part(), Circuit("bench of the sequencer")
    circuit.instance("sequencer", part.subcircuit(), part.signals)
    circuit.observe(*part.signals)
    circuit.directive(".options method=trap reltol=1e-6 abstol=1e-15 vntol=1e-9")
    circuit.directive(f".tran 1e-6 {EPOCHS * TIMING.epoch_s} 0 1e-6 uic")
    circuit.directive(".save " + " ".join(f"v({signal})" for signal in part.signals))
    traces = {signal: f"v({signal})" for signal in part.signals}
    record = Ngspice().run(circuit.write(), tmp_path, traces=traces)
    # The source's edge, a tenth of R C, around the register's moment: within it up to half of
    # edge / R C is missing.
    for signal in part.signals:
        expected_v = part.level_v(signal, record.time_s)
        np.testing.assert_allclose(record[signal], expected_v, atol=0.05)
        halves = np.abs(expected_v - 0.5) < 0.3
        np.testing.assert_allclose(record[signal][halves], expected_v[halves], atol=2e-3)
    held = record.time_s < TIMING.delay_s + TIMING.epoch_s
    assert record["transfer"][held].max() == 0.0
    assert record["transfer"].max() == pytest.approx(1.0, abs=1e-3)


def _counter_deck(part: CounterSequencer) -> tuple[str, int]:
    """A synchronous counter with load, tables for EPROMs, and a register, in XSPICE's logic.

    It starts at its end, so the first edge of the clock loads it and brings tick 0 to the register.
    """
    bits = part.counter_bits
    tick_s = float(part.plan.tick_s)
    lines = ["* counter, EPROMs, register"]
    lines += [f"vck ck 0 pulse(0 1 {tick_s} 1e-8 1e-8 {tick_s / 2 - 1e-8:g} {tick_s})"]
    lines += ["abridge [ck] [clock] adc", ".model adc adc_bridge(in_low=0.5 in_high=0.5)"]
    lines += ["alow low down", ".model down d_pulldown", "ahigh high up", ".model up d_pullup"]
    lines += [".model one d_dff(clk_delay=24e-9 ic=1)", ".model hold d_dff(clk_delay=22e-9 ic=0)"]
    lines += [".model xor d_xor", ".model and d_and", ".model or d_or", ".model not d_inverter"]
    q = [f"q{bit}" for bit in range(bits)]
    lines += [f"aend [{' '.join(q)}] end and", "acount end count not"]
    for bit in range(bits):
        # A bit toggles when all below it are 1; at the end it takes its bit of the preload.
        carry = "high"
        if bit:
            carry = f"c{bit}" if bit > 1 else "q0"
        if bit > 1:
            lines += [f"ac{bit} [{' '.join(q[:bit])}] c{bit} and"]
        lines += [f"ax{bit} [q{bit} {carry}] x{bit} xor"]
        gate = ("end", "or") if part.preload >> bit & 1 else ("count", "and")
        lines += [f"ad{bit} [x{bit} {gate[0]}] d{bit} {gate[1]}"]
        lines += [f"aq{bit} d{bit} clock low low q{bit} n{bit} one"]
    # d_lut's first input is the lowest bit of its index.
    for s, signal in enumerate(part.signals):
        image = part.images[s // 8]
        table = "".join(str(image[count % 2**15] >> (s % 8) & 1) for count in range(2**bits))
        lines += [f".model rom{s} d_lut(table_values={chr(34)}{table}{chr(34)})"]
        lines += [f"arom{s} [{' '.join(q)}] r{s} rom{s}"]
        lines += [f"areg{s} r{s} clock low low o{s} no{s} hold"]
        lines += [f"adac{s} [o{s}] [{signal}] dac", f"rl{s} {signal} 0 1e3"]
    lines += [".model dac dac_bridge(out_low=0 out_high=1 t_rise=1e-9 t_fall=1e-9)"]
    ticks = EPOCHS * part.plan.ticks
    lines += [f".tran 1e-6 {tick_s * (ticks + 1):g}"]
    lines += [".save " + " ".join(f"v({signal})" for signal in part.signals)]
    lines += [".print tran v(gate)", ".end"]
    return "\n".join(lines) + "\n", ticks


def test_real_counters_step_through_the_same_words(tmp_path: Path) -> None:
    """Tick by tick, three epochs: counter and EPROMs in logic against the part's lines."""
    part = _part()
    deck, ticks = _counter_deck(part)
    code, plot = run_bare(deck, tmp_path)
    assert code == 0
    assert plot is not None
    time_s, tick_s = np.asarray(plot["time"]), float(part.plan.tick_s)
    # The clock's edge n + 1 brings tick n; half a tick later everything has settled.
    at_s = (np.arange(ticks) + 1.5) * tick_s
    line_s = (np.arange(ticks) + part.plan.delay + 0.95) * tick_s
    for s, signal in enumerate(part.signals):
        logic = np.interp(at_s, time_s, np.asarray(plot[f"v({signal})"]))
        np.testing.assert_allclose(logic, np.tile(part.words[:, s], EPOCHS), atol=1e-6)
        if part.sequencer.hold_periods.get(signal):
            logic[: part.plan.ticks] = 0.0
        np.testing.assert_array_equal(part.level_v(signal, line_s) > 0.5, logic > 0.5)


def test_a_switch_on_a_line_cuts_whole_periods(tmp_path: Path) -> None:
    """Carriers of whole periods through 10 kohm and a switch, for one gate, into a node at 0 V.

    What leaks is what the switch's threshold and the register's skew make the gate longer.
    """
    part, circuit = _part(), Circuit("gated carriers")
    circuit.instance("sequencer", part.subcircuit(), part.signals)
    circuit.observe(*part.signals)
    switch, series_ohm = SWITCHES["TMUX6121"].switch(), 10e3
    carriers_hz = (4e3, 5e3, 7e3)
    for n, frequency_hz in enumerate(carriers_hz):
        circuit.voltage(f"s{n}", f"s{n}", GROUND, f"SIN(0 1 {frequency_hz:g} 0 0 {60 * n + 20})")
        circuit.resistor(f"s{n}", f"s{n}", f"a{n}", series_ohm)
        circuit.instance(f"switch{n}", switch.subcircuit(), (f"a{n}", f"b{n}", "gate"))
        circuit.voltage(f"b{n}", f"b{n}", GROUND, 0.0)
        circuit.ccvs(f"i{n}", f"i{n}", GROUND, f"b{n}", series_ohm + switch.on_ohm)
        circuit.observe(f"i{n}")
    window = TIMING.gate_window(0)
    start_s = TIMING.delay_s + window.start_s - 20e-6
    stop_s = TIMING.delay_s + window.stop_s + 40e-6
    circuit.directive(".options method=trap reltol=1e-6 abstol=1e-15 vntol=1e-9")
    circuit.directive(f".tran 1e-7 {stop_s:g} {start_s:g} 1e-7 uic")
    circuit.directive(".save v(i0) v(i1) v(i2)")
    traces = {f"i{n}": f"v(i{n})" for n in range(3)}
    record = Ngspice().run(circuit.write(), tmp_path, traces=traces)
    share = 0.5 - np.log(series_ohm / switch.on_ohm) / 80
    rise_s, fall_s = part.edges_s("gate")[0]
    cut_s = (rise_s - part.tau_s * np.log(1 - share), fall_s - part.tau_s * np.log(share))
    longer_s = cut_s[1] - cut_s[0] - TIMING.gate_s
    # 22 ns of skew between rise and fall, and 0.22 R C of the threshold.
    assert longer_s == pytest.approx(0.22 * part.tau_s - 22e-9, rel=0.02)
    for n, frequency_hz in enumerate(carriers_hz):
        area_vs = np.trapezoid(record[f"i{n}"], record.time_s)
        phases = 2 * np.pi * frequency_hz * np.array(cut_s) + np.deg2rad(60 * n + 20)
        expected_vs = -np.diff(np.cos(phases))[0] / (2 * np.pi * frequency_hz)
        # The sigmoid is as good as a cut but for the next order in its width, 1 / 40 of R C; the
        # switch's two charges cancel on a node at 0 V, but for what it leaks.
        assert area_vs == pytest.approx(expected_vs, abs=0.1 * longer_s)
        assert abs(area_vs) / (TIMING.gate_s / 2) < 2.2 * longer_s / TIMING.gate_s
