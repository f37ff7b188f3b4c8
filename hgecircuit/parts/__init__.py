"""Parts: each file holds parameters, sizing law, ideal response and subcircuit of one."""
