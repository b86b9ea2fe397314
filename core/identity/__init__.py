"""Who someone is, told apart without being told: RUN and provisional numbers, keys, sealing, scrubbing."""

from core.identity.keys import KeyRing
from core.identity.run import (
    DEMO_RUN_RANGE,
    IdentifierKind,
    InvalidRun,
    demo_run,
    format_run,
    parse_provisional,
    parse_run,
)
from core.identity.scrub import RunScrubber, scrub
from core.identity.seal import BrokenSeal, NonceSource, Sealer, derived_nonces, random_nonce

__all__ = [
    "DEMO_RUN_RANGE",
    "BrokenSeal",
    "IdentifierKind",
    "InvalidRun",
    "KeyRing",
    "NonceSource",
    "RunScrubber",
    "Sealer",
    "demo_run",
    "derived_nonces",
    "format_run",
    "parse_provisional",
    "parse_run",
    "random_nonce",
    "scrub",
]
