"""Op-amps at component fidelity."""
