"""Design to circuit: learners, their test benches, and the blocks that they share."""
