"""Attacks on a door's eyes, and what comes of them: `python -m edge attacks`."""
