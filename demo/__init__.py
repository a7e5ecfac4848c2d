"""The demonstration, and what it shares with the tests: a private broker."""
