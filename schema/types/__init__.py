"""The GraphQL types of the core: data over its tables, each field with its class and its Spanish description."""

from schema.types import words as words  # the words get their descriptions before any type uses them
