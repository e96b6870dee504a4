"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with one of the sets that OWASP's Password Storage Cheat Sheet calls equally strong (decision 0008)."""

    memory_cost = 7_168  # KiB
    time_cost = 5
    parallelism = 1
