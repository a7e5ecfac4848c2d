"""The board at the door."""
