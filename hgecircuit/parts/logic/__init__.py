"""Logic chips and what is built of them."""
