"""Estimate the risk of a violation of rights, explain it, and order the monthly list."""
