"""What every app must do, as data: no framework is imported here."""
