"""Circuit to text."""
