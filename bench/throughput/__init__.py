"""How many visits a second does a brain answer, and how many do two that divide the doors?"""
