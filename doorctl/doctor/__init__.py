"""What is wrong with a site: its files, its clock, and what its broker lets people do."""
