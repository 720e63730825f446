"""Experiments: named plans, each of which answers one question in sentences made from its figures."""
