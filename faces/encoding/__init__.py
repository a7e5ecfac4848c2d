"""How do faces become vectors that can be compared?"""
