"""How do photos that somebody sends become templates? Made ready, looked at, trained."""
