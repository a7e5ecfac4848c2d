"""What does the console decide and remember, without any I/O?"""
