"""What one writes first, small enough to be seen breaking: each program prints what its page shows."""
