"""How quick and how small are brain and door as they run, on a broker of their own?"""
