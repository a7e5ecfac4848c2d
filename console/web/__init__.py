"""What does a browser get? The pages of the console."""
