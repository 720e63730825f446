"""What each lane does while something behind it, or in front of it, fails: asked for, measured and judged."""
