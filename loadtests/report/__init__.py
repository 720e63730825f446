"""What a person sees of a run: progress, the final table, the page."""
