"""One module for each library or store the brain touches."""
