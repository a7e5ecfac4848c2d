"""Whom does a burst show? One way to tell, for the brain and for a door that is on its own."""
