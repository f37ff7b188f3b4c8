import numpy as np
import pytest

from hgecircuit.run.engines import judge
from hgecircuit.run.engines.deck_check import DeckFacts
from hgecircuit.run.engines.rawfile import RawPlot

GOOD_LOG = """
Note: No compatibility mode selected!
Circuit: * an error study: singular matrix, Error
binary raw file "deck.raw"
Doing analysis at TEMP = 27.000000 and TNOM = 27.000000
Warning: v1: has no value, DC 0 assumed
Warning: v1: has no value, DC 0 assumed
Initial Transient Solution
Node                                   Voltage
----                                   -------
error                                  0.5
No. of Data Rows : 212
"""


def test_a_good_log_has_no_problem_and_keeps_its_warnings():
    assert judge.find_log_problem(GOOD_LOG) is None
    assert judge.find_warnings(GOOD_LOG) == ("Warning: v1: has no value, DC 0 assumed",)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Warning: rawfile write error !!", "disk full"),
        ("Warning: singular matrix:  check node q", "check node q"),
        ("Trying gmin =   1.0000E-03 Warning: singular matrix:  check node b", "check node b"),
        ("Error: -0.5 out of range for sqrt", "left its domain: Error: -0.5 out of range"),
        ("doAnalyses: TRAN:  Timestep too small; initial timepoint", "smallest time step"),
        ("Note: Transient op started", "made one up"),
        ("Warning: redefinition of .subckt s, ignored", "defined twice"),
        ("Warning : IC on non-existent node - zz, ignored", "zz"),
        ("No .measure possible in batch mode (-b) with -r rawfile set!", ".meas line was ignored"),
        ("Error: measure  x  when(WHEN) : out of interval", "a .meas line failed"),
        ("Warning: Interpolated raw file data!", "interp"),
        ("Note: Autostop after 0.0 s, all measurement conditions are fulfilled.", "early"),
        ("Warning: Value of resistor r2 is too small, set to 1.000000e-12", "0 ohm"),
        ("unrecognized parameter (fooo) - ignored", "does not know"),
        ("warning, can't find model 'nosuch' from line", "does not exist"),
        ("ERROR: fatal error in ngspice, exit(1)", "reported an error"),
        ("Fatal error: instance d1", "reported an error"),
        ("run simulation(s) aborted", "gave up"),
    ],
)
def test_fatal_lines_are_found_and_shown(line, told):
    problem = judge.find_log_problem(GOOD_LOG + line + "\nTotal elapsed time (seconds) = 0.1\n")
    assert problem is not None
    assert told in problem
    assert problem.endswith(line)


def test_the_cause_stands_before_its_consequence():
    log = "run simulation(s) aborted\nWarning: singular matrix:  check node q\n"
    problem = judge.find_log_problem(log)
    assert problem is not None
    assert "check node q" in problem


def test_the_tail_leaves_out_what_tells_nothing():
    log = GOOD_LOG + "run simulation(s) aborted\n\nTotal DRAM available = 1 MB.\nStack = 0 bytes.\n"
    assert judge.get_tail(log).splitlines() == [
        "Warning: v1: has no value, DC 0 assumed",
        "Warning: v1: has no value, DC 0 assumed",
        "run simulation(s) aborted",
    ]


def test_missing_vectors_are_named_by_either_source():
    rows = np.zeros((1, 3))
    plot = RawPlot("Transient Analysis", ("time", "v(a)", "i(@r1[i])"), rows)
    facts = DeckFacts(".tran", 1.0, {}, frozenset(("v(a)", "v(zz)", "@r1[i]")))
    missing = judge.find_missing_vectors(plot, facts, {"mine": "yy", "other": "V(A)"})
    assert missing == ["v(yy)", "v(zz)"]


@pytest.mark.parametrize(
    ("axis", "analysis", "stop_s", "told"),
    [
        ([0.0, 0.5, 1.0], ".tran", 1.0, None),
        ([0.0, 0.5, 0.5, 1.0], ".tran", 1.0, None),
        ([0.0, 0.5, 1.0], ".tran", None, None),
        ([0.0, 0.5, 0.99999], ".tran", 1.0, "ended at 0.99999 s instead of 1 s"),
        ([0.0, 0.5, 0.4, 1.0], ".tran", 1.0, "does not rise"),
        ([0.0, np.nan, 1.0], ".tran", 1.0, "does not rise"),
        ([1.0, 0.5, 0.0], ".dc", None, None),
    ],
)
def test_axis(axis, analysis, stop_s, told):
    problem = judge.find_axis_problem(np.array(axis), analysis, stop_s)
    assert problem == told if told is None else told in str(problem)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([0.0, -9.9], None),
        ([], None),
        ([0.0, -10.1], "w runs away: its magnitude reaches 10.1, the bound is 10"),
        ([8.0 + 8.0j], "w runs away"),
        ([0.0, np.nan, 0.0], "w is not a number from point 1 on"),
        ([0.0, -np.inf], "w is not a number from point 1 on"),
    ],
)
def test_values(values, told):
    problem = judge.find_value_problem({"good": np.zeros(2), "w": np.array(values)}, 10.0)
    assert problem == told if told is None else told in str(problem)
