"""How much a document asks for, weighed from the document alone, before anything is validated or read."""

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.errors import Told
from schema.limits import Limits

INTROSPECTION = ("__schema", "__type")
LEVELS = 60  # of nested selections and fragments; a bound for our own recursion, far above every limit


@dataclass
class Weight:
    """What a selection holds, fragments included."""

    top: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    introspection: int = 0

    def take(self, other: "Weight", *, below: bool) -> None:
        """Add what stands in a fragment here, or one level below."""
        self.top += 0 if below else other.top
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.depth = max(self.depth, other.depth + below)
        self.introspection = max(self.introspection, other.introspection)


@dataclass
class Scales:
    """Weighs the operations of a document; each fragment once, however often it is spread."""

    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Weight] = field(default_factory=dict)

    def weigh(self, selections: SelectionSetNode, level: int = 0) -> Weight:
        if level > LEVELS:
            raise Told("TOO_DEEP", "La consulta está anidada demasiado profundo.", limit=LEVELS)
        total = Weight()
        for node in selections.selections:
            total.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self._field(total, node, level)
            elif isinstance(node, InlineFragmentNode):
                total.take(self.weigh(node.selection_set, level + 1), below=False)
            elif isinstance(node, FragmentSpreadNode):
                total.take(self._fragment(node.name.value, level), below=False)
        return total

    def _field(self, total: Weight, node: FieldNode, level: int) -> None:
        total.top += 1
        total.fields += 1
        total.aliases += node.alias is not None
        if not node.selection_set:
            return
        inner = self.weigh(node.selection_set, level + 1)
        if node.name.value in INTROSPECTION:
            inner.introspection, inner.depth = max(inner.introspection, inner.depth + 1), -1
        total.take(inner, below=True)

    def _fragment(self, name: str, level: int) -> Weight:
        if name not in self.known and name in self.fragments:
            self.known[name] = Weight()  # a fragment inside itself weighs nothing; validation refuses it
            self.known[name] = self.weigh(self.fragments[name].selection_set, level + 1)
        return self.known.get(name, Weight())


def check_weight(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document of which any operation asks for too much.

    Raises
    ------
    Told
        TOO_DEEP, TOO_MANY_ALIASES, TOO_MANY_DIRECTIVES, TOO_MANY_ROOT_FIELDS or TOO_MANY_FIELDS.
    """
    parts = document.definitions
    scales = Scales({d.name.value: d for d in parts if isinstance(d, FragmentDefinitionNode)})
    for operation in (d for d in parts if isinstance(d, OperationDefinitionNode)):
        weight = scales.weigh(operation.selection_set)
        declared = sum(len(v.directives or ()) for v in operation.variable_definitions or ())
        directives = weight.directives + len(operation.directives or ()) + declared
        for found, most, code, sentence in (
            (weight.depth, limits.depth, "TOO_DEEP", "niveles de profundidad"),
            (weight.introspection, limits.introspection_depth, "TOO_DEEP", "niveles de introspección"),
            (weight.aliases, limits.aliases, "TOO_MANY_ALIASES", "alias"),
            (directives, limits.directives, "TOO_MANY_DIRECTIVES", "directivas"),
            (weight.top, limits.root_fields, "TOO_MANY_ROOT_FIELDS", "campos raíz"),
            (weight.fields, limits.fields, "TOO_MANY_FIELDS", "campos"),
        ):
            if found > most:
                raise Told(code, f"La consulta pide demasiado: admite hasta {most} {sentence}.", limit=most)
