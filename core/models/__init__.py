"""The tables of the core, one module per subject; `core.models.scopes` says who reaches which."""
