"""From a wish to a sentence that holds: plan, run, slice, accounting, result, validity, statistics, verdicts, store."""
