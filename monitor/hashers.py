"""How passwords are kept."""

from base64 import b64encode

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.crypto import get_random_string
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

HASH_BYTES = 32


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with one of the sets that OWASP's Password Storage Cheat Sheet calls equally strong (decision 0008).

    Worked out by libsodium, in half the time that argon2-cffi takes. Both ways, so that an address which has no account
    (a password is then made up and encoded) takes as long as one that has.
    """

    memory_cost = 7_168  # KiB
    time_cost = 5
    parallelism = 1
    salt_entropy = 95  # bits: 16 letters and digits, as libsodium wants 16 bytes

    def salt(self) -> str:
        return get_random_string(argon2id.SALTBYTES)

    def encode(self, password: str, salt: str) -> str:
        raw = salt.encode()
        key = argon2id.kdf(HASH_BYTES, password.encode(), raw, self.time_cost, self.memory_cost * 1024)
        costs = f"m={self.memory_cost},t={self.time_cost},p={self.parallelism}"
        return f"{self.algorithm}$argon2id$v=19${costs}${_unpadded(raw)}${_unpadded(key)}"

    def verify(self, password: str, encoded: str) -> bool:
        _algorithm, _dollar, rest = encoded.partition("$")
        try:
            return argon2id.verify(f"${rest}".encode(), password.encode())
        except CryptoError:
            return False


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")
