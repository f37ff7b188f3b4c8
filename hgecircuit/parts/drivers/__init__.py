"""Drivers of the device's electrodes at component fidelity."""
