"""The prioritised list as a pure function: candidates and rules in, places with their reasons out."""

from scoring.nomina.order import Candidate, MalformedRules, Order, Placed, order

__all__ = ["Candidate", "MalformedRules", "Order", "Placed", "order"]
