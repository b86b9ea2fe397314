"""Pure knowledge of the field: no database, no clock, every rule with its source."""
