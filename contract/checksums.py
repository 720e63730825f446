"""The two computations: the same work in every app, and a checksum that proves that it was done."""

import hashlib

SEED = 2_463_534_242
PASSWORD = b"trilane"


def python_checksum(rounds: int) -> str:
    """Run a xorshift generator `rounds` times in pure Python, holding the interpreter lock; return 64 hex digits."""
    state = SEED
    for _ in range(rounds):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
    return hashlib.sha256(state.to_bytes(4, "big")).hexdigest()


def native_checksum(rounds: int) -> str:
    """Run PBKDF2 for `rounds` iterations in C, releasing the interpreter lock; return 64 hex digits."""
    return hashlib.pbkdf2_hmac("sha256", PASSWORD, b"salt", rounds).hex()
