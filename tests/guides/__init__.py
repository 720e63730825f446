"""The guides, followed step by step."""
