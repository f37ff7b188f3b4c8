"""The reference is evidence only as long as it shares nothing with the circuit."""

import subprocess
import sys


def test_the_reference_loads_nothing_of_the_circuit():
    program = (
        "import sys, hgecircuit.run.reference; "
        "print([name for name in sys.modules if name.startswith(("
        "'hgecircuit.circuit', 'hgecircuit.emit', 'hgecircuit.parts', 'hgecircuit.netlist', "
        "'PySpice', 'scipy', 'matplotlib', 'xarray'))])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "[]"
