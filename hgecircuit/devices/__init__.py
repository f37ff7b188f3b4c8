"""Device models: value, exact derivative and subcircuit, noise, files, fits and sweeps.

Start at :func:`hgecircuit.devices.formats.load_device`; :mod:`hgecircuit.devices.base` says what a
model must offer.
"""
