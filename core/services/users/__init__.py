"""People who use the platform: who they are here, from when to when, and what a change would open.

Each service tells beforehand, with `validate_only`, how many records would open or close to whom.
"""

from core.services.users.endings import revoke_assignment
from core.services.users.grants import grant_assignment, invite_user
from core.services.users.reach import AccessChange, Reach, ReachDirection
from core.services.users.substitutes import set_substitute
from core.services.users.words import Grant, Invitation, RightsChange, Substitution

__all__ = [
    "AccessChange",
    "Grant",
    "Invitation",
    "Reach",
    "ReachDirection",
    "RightsChange",
    "Substitution",
    "grant_assignment",
    "invite_user",
    "revoke_assignment",
    "set_substitute",
]
