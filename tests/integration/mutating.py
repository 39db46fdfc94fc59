"""Damage done to bytes in the ways that find faults, the same for the same seed."""

import random

_EDGES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)


def mutated(data: bytes, seed: int, *, most: int = 24) -> bytes:
    """Up to `most` bytes, pieces, and lengths changed, and sometimes the end missing."""
    chance = random.Random(seed)
    found = bytearray(data)
    for _ in range(chance.randint(1, most)):
        _mutate(found, chance)
    if chance.random() < 0.2:
        del found[chance.randrange(len(found) + 1) :]
    return bytes(found)


def _mutate(data: bytearray, chance: random.Random) -> None:
    if not data:
        return
    # Headers, where most decisions are made, get more than their share.
    reach = min(len(data), 512) if chance.random() < 0.5 else len(data)
    at = chance.randrange(reach)
    match chance.randrange(6):
        case 0:
            data[at] ^= 1 << chance.randrange(8)
        case 1:
            data[at] = chance.choice(_EDGES)
        case 2:
            data[at : at + 4] = chance.choice((b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff"))
        case 3:
            del data[at : at + chance.randrange(1, 64)]
        case 4:
            data[at:at] = chance.randbytes(chance.randrange(1, 64))
        case 5:
            start = chance.randrange(len(data))
            data[at : at + 32] = data[start : start + 32]
