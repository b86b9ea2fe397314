"""The policy as a table that people can read: who reaches what, how far, for what."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from authz.actor import MAIN_PURPOSE, Ambit, DataClass, Purpose, Role
from authz.guard import ANY, Resource, Rule
from authz.scope import Scope

ROLES = {
    Role.COORDINATOR: "Coordinador/a OLN",
    Role.CASE_MANAGER: "Gestor/a de casos",
    Role.FAMILY_THERAPIST: "Terapeuta familiar",
    Role.COMMUNITY_MANAGER: "Gestor/a comunitario/a",
    Role.CHCC_PROFESSIONAL: "Profesional de apoyo ChCC",
    Role.NETWORK_COORDINATOR: "Coordinador/a de la Red Comunal",
    Role.SECTOR_PARTNER: "Sectorialista",
    Role.MUNICIPAL_ADMIN: "Administrador/a municipal",
    Role.REGIONAL_COORDINATOR: "Coordinador/a regional",
    Role.NATIONAL_ANALYST: "Analista nacional",
    Role.AUDITOR: "Auditor/a",
}
CLASSES = {
    DataClass.BASIC: "básica",
    DataClass.CONTACT: "contacto",
    DataClass.IDENTITY: "identidad",
    DataClass.HEALTH: "salud",
    DataClass.JUDICIAL: "judicial",
    DataClass.THERAPY: "terapia",
    DataClass.RISK: "riesgo",
    DataClass.AGGREGATE: "cifras",
}
AMBITS = {
    Ambit.OWN: "a su cargo",
    Ambit.REFERRED: "derivados a su institución",
    Ambit.COMMUNE: "su comuna",
    Ambit.NATIONAL: "el país",
}
PURPOSES = {
    Purpose.CARE: "atención",
    Purpose.REFERRAL: "derivación",
    Purpose.SUPERVISION: "supervisión",
    Purpose.ADMINISTRATION: "administración",
    Purpose.STATISTICS: "estadística",
    Purpose.AUDIT: "auditoría",
    Purpose.EMERGENCY: "emergencia",
}
HEAD = """# Quién puede qué

*Esta página se genera de `policy.csv` y de los recursos declarados; una prueba la compara con ellos. No la edite:
cambie la política y vuelva a generarla con `OLN_WRITE=1 pytest tests/authz`.*

Cada línea dice qué puede hacer un rol con un recurso, en qué clases de datos, hasta dónde llega y con qué finalidad. Lo
que no está, no se puede, salvo leer lo que lee toda cuenta. Se lleva una finalidad a la vez (encabezado `OLN-Purpose`):
quien coordina y además administra ve los casos en *supervisión* y ninguno en *administración*. Hasta firmar el acuerdo
de confidencialidad no se abre ningún registro de personas. Un domicilio protegido o una prohibición de contacto cierra
la clase *contacto* de ese NNA, de su familia de hoy y de sus familiares a todos, salvo a quien está en el equipo de
cada NNA a quien eso resguarda. La clase de una alerta es la de su tipo. Quien reemplaza a otra persona lleva el rol de
ella en los casos de ella, y el propio en los suyos; lo que a uno de sus roles se le niega, se le niega en todos. De un
NNA derivado, una institución ve la necesidad, la edad y la comuna, y con consentimiento el nombre y el contacto; nunca
quién de la OLN trabaja con él ni a qué otras instituciones se abrió. Quien actúa por varias ve lo de cada una donde
actúa por ella.

Un plugin declara sus propios recursos y su propia política, y su página los lista.
"""


OPEN = """## Lo que lee toda cuenta

Con cualquier rol, de todas las comunas y sin haber firmado. Quién lo agrega o lo cambia, y dónde, lo dice cada rol.
"""


def policy_page(
    rules: Sequence[Rule],
    inherits: Sequence[tuple[str, str]],
    resources: Sequence[Resource],
    scopes: Iterable[Scope],
) -> str:
    """Return the role table in Markdown.

    Parameters
    ----------
    rules : sequence of Rule
    inherits : sequence of (str, str)
        Role and the role that it includes.
    resources : sequence of Resource
    scopes : iterable of Scope
        Of all tables; those that everybody reads are told apart, since no rule speaks of that.

    Returns
    -------
    str
        Spanish; the same bytes for the same policy.
    """
    parts = [HEAD, _vocabulary(resources), _open(resources, scopes)]
    for role, label in ROLES.items():
        included = [ROLES[Role(inner.removeprefix("role:"))] for outer, inner in inherits if outer == f"role:{role}"]
        mine = [rule for rule in rules if rule.role == f"role:{role}"]
        parts.append(_role(role, label, included, mine, resources))
    return "\n".join(parts)


def _vocabulary(resources: Iterable[Resource]) -> str:
    rows = [
        (
            f"`{r.name}`",
            r.label,
            ", ".join(f"`{a}`" for a in r.actions),
            _classes(r.classes),
            "sí" if r.personal else "no",
        )
        for r in resources
    ]
    return "## Recursos\n\n" + _table(("Recurso", "Nombre", "Acciones", "Clases", "De personas"), rows)


def _open(resources: Sequence[Resource], scopes: Iterable[Scope]) -> str:
    readable = {r.name for r in resources if DataClass.BASIC in r.classes}  # of others only figures are spoken of
    told = [f"- `{s.resource}`: {s.public}" if s.resource in readable else f"- {s.public}" for s in scopes if s.public]
    return "\n".join((OPEN, *dict.fromkeys(told), ""))


def _role(role: Role, label: str, included: Sequence[str], rules: Sequence[Rule], resources: Sequence[Resource]) -> str:
    said = [f"## {label} (`{role}`)\n", f"Finalidad principal: {PURPOSES[MAIN_PURPOSE[role]]}."]
    if included:
        said.append(f"Incluye: {', '.join(included)}.")
    order = {resource.name: number for number, resource in enumerate(resources)}
    lines = sorted(rules, key=lambda r: (order[r.resource], _action_order(r, resources), r.ambit, r.purpose, r.effect))
    rows = []
    for (resource, action, ambit, purpose, effect), alike in groupby(lines, key=_but_class):
        classes = [rule.data for rule in alike]
        every = next(r.classes for r in resources if r.name == resource)
        named = every if ANY in classes else [DataClass(data) for data in classes]
        reach = AMBITS[Ambit(ambit)] if effect == "allow" else f"**nunca** en {AMBITS[Ambit(ambit)]}"
        rows.append((f"`{resource}`", _word(action), _classes(named), reach, _purpose(purpose)))
    head = ("Recurso", "Acción", "Clases", "Hasta dónde", "Finalidad")
    return "\n".join((*said, "", _table(head, rows))) if rows else "\n".join(said)


def _but_class(rule: Rule) -> tuple[str, str, str, str, str]:
    return rule.resource, rule.action, rule.ambit, rule.purpose, rule.effect


def _action_order(rule: Rule, resources: Sequence[Resource]) -> int:
    actions = next(r.actions for r in resources if r.name == rule.resource)
    return -1 if rule.action == ANY else actions.index(rule.action)


def _classes(classes: Iterable[DataClass]) -> str:
    named = set(classes)
    return ", ".join(label for data, label in CLASSES.items() if data in named)


def _word(action: str) -> str:
    return "todas" if action == ANY else f"`{action}`"


def _purpose(purpose: str) -> str:
    return "cualquiera" if purpose == ANY else PURPOSES[Purpose(purpose)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
