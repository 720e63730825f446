"""What one writes first, put in the place of what the site has: each piece is a text that stands in its source once."""
