"""Schematics of a learner by schemdraw, drawn from the objects that write its netlist."""

from hgecircuit.draw.document import DrawingSet, draw_learner

__all__ = ["DrawingSet", "draw_learner"]
