"""Locust's users: one class per scenario, on the lean HTTP client."""
