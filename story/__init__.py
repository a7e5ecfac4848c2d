"""A day at a building, and whether the audit tells it as it was."""
