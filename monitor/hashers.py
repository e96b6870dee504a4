"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the least that OWASP's Password Storage Cheat Sheet recommends (decision 0008)."""

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
