"""One module for each library or device the edge touches."""
