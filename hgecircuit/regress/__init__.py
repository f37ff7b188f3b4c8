"""Regression of circuits: figures of every variant, against a baseline and each other, and blame.

The package's parts, in the order of the work: `plan` (which seeds), `kept` (results that need no
new run), `gradients` and `learning` (what is simulated), `figures` (what is made of it), `baseline`
(what is compared with), `blame` (which block it is), `run` (all of it), `report` (its files).
"""
