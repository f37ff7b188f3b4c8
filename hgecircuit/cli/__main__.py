"""`python -m hgecircuit.cli` is the command line."""

from hgecircuit.cli import main

main(prog_name="hgecircuit")
