"""Families: who belongs to them from when to when, and how people are related."""

from core.services.families.members import FamilyMemberData, add_family_member, leave_family
from core.services.families.register import RelativeData, register_family
from core.services.families.relations import RelationData, add_relation, end_relation
from core.services.families.relatives import update_relative

__all__ = [
    "FamilyMemberData",
    "RelationData",
    "RelativeData",
    "add_family_member",
    "add_relation",
    "end_relation",
    "leave_family",
    "register_family",
    "update_relative",
]
