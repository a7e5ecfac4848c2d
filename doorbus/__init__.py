"""The contract between doors and brain as code, and the bus that carries it."""
