"""The site in FastAPI."""
