"""Who may use the console? Its own accounts, and who is signed in."""
