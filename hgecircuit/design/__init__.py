"""Circuit file to values: frequency plan, timing, sized parts, error budget."""
