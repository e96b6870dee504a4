"""The demo: its starter (`python -m tools.demo`), and the answers it is filled with."""
