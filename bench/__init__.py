"""What is measured, beside peers and limits."""
