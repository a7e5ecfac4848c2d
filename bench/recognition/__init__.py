"""How well are people told apart, beside the predecessor and peers?"""
