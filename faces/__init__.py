"""What both sides see with: models, safe JPEG decoding, detection, alignment, quality."""
