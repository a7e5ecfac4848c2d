"""The server that knows the residents and decides."""
