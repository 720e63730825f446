"""The highest rate of arrivals at which a lane keeps what was promised, and what stops it there."""
