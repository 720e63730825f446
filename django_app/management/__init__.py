"""What Django looks through for the site's commands."""
