"""What `make` does before the project can run. environment.py and system.py use the standard library only."""
