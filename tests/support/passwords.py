"""Passwords at the price of a test."""

from argon2 import PasswordHasher

from service.usecases import passwords


def hash_cheaply() -> None:
    """A password's true cost is a twentieth of a second, and the tests sign in a thousand times."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
