"""The site in Flask."""
