"""How do many people become residents at once, by a list and photos that a browser sent?"""
