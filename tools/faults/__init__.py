"""Shows that nothing acknowledged is lost: kills, cuts and restarts while people fill in, and then looks.

The guards are real (PostgreSQL's log, the version of each answer, the browser's own store), so each is also switched
off once, to see the loss that it prevents.
"""
