"""One module for each step from an older database to a newer one."""
