"""Run the lanes, load them, account for it, and say what the numbers support."""
