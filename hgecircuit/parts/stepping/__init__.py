"""Component-level transfer of the limited step."""
