"""Attacks on the door's sight, and on what goes from there to the brain."""
