"""What each isolation level of a database lets happen: measured by two transactions that interleave."""

NAME = "isolation"
QUESTION = "What does each isolation level of the database keep out, and what do its manual and the standard promise?"
