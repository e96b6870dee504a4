"""How passwords are kept."""

import pytest
from argon2 import PasswordHasher
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, identify_hasher, make_password

from monitor.hashers import LeanArgon2PasswordHasher

PASSWORD = "geheim - Café 東京"
ELSEWHERE = "argon2$argon2id$v=19$m=102400,t=2,p=8$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYQ$"

pytestmark = pytest.mark.usefixtures("as_on_a_server")


@pytest.fixture
def as_on_a_server(settings):
    settings.PASSWORD_HASHERS = ["monitor.hashers.LeanArgon2PasswordHasher"]


def test_a_password_fits_its_own_hash_and_no_other():
    encoded = make_password(PASSWORD)
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)
    assert make_password(PASSWORD) != encoded, "each hash has a salt of its own"


def test_a_hash_says_its_strength_and_is_not_made_again_at_each_log_in():
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$v=19$m=7168,t=5,p=1$")
    hasher = identify_hasher(encoded)
    assert isinstance(hasher, LeanArgon2PasswordHasher)
    assert not hasher.must_update(encoded)


def test_two_libraries_agree_on_what_a_hash_is():
    assert PasswordHasher().verify(make_password(PASSWORD).removeprefix("argon2"), PASSWORD)


def test_a_password_that_django_kept_still_fits_and_is_kept_anew():
    django_s = Argon2PasswordHasher()
    encoded = django_s.encode(PASSWORD, django_s.salt())
    hasher = LeanArgon2PasswordHasher()
    assert hasher.verify(PASSWORD, encoded)
    assert not hasher.verify("mis", encoded)
    assert hasher.must_update(encoded)


@pytest.mark.parametrize("broken", ["argon2$", "argon2$rommel", ELSEWHERE, "argon2$argon2id$v=19$m=7168,t=5,p=1$é$é"])
def test_nothing_fits_a_broken_hash(broken):
    assert not LeanArgon2PasswordHasher().verify(PASSWORD, broken)
