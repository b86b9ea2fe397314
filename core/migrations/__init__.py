"""Alembic's environment, shared by the core and every plugin."""
