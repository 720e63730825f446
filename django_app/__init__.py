"""The site in Django."""
