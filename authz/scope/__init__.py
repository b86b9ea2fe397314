"""From arms to SQL: one row condition per table, and one mask per (table, data class).

The same conditions serve the session (every ORM statement), the read path (every table of a statement) and
`UnitOfWork.require`. A table without a declared scope is refused everywhere.
"""

from authz.scope.access import Access
from authz.scope.declaration import ORGANIZATIONS, TODAY, TODAY_NUMBER, USERS, Condition, Scope, ScopeError, table_of
from authz.scope.listed import within

__all__ = [
    "ORGANIZATIONS",
    "TODAY",
    "TODAY_NUMBER",
    "USERS",
    "Access",
    "Condition",
    "Scope",
    "ScopeError",
    "table_of",
    "within",
]
