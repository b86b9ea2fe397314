"""The sentences of the GraphQL library in Spanish, with names and without values.

Each line of the table knows a sentence of graphql-core 3.3 by how it begins, and takes from it only names, which the
client wrote as names (fields, arguments, variables, types). What the table does not know is told by its place.
"""

import re
from collections.abc import Collection, Iterable

NAME = r"'[$@]?(\w+)'"
AT = r"(?: at ((?:\.\w+|\[\d+\])+))?:"
INSIDE = rf"(?:\w+ {NAME} has invalid value{AT} )?"
SENTENCES = tuple(
    (re.compile(pattern), code, sentence)
    for pattern, code, sentence in (
        (
            rf"{INSIDE}Expected value of type '[^']+' to include required field {NAME}",
            "BAD_ARGUMENT",
            "Falta el campo obligatorio «{2}» de la entrada «{0}{1}».",
        ),
        (
            rf"{INSIDE}Expected value of type '[^']+' not to include unknown field {NAME}",
            "BAD_ARGUMENT",
            "La entrada «{0}{1}» no tiene el campo «{2}».",
        ),
        (
            rf"Variable {NAME} has invalid (?:default )?value{AT}",
            "BAD_VARIABLE",
            "La variable «{0}{1}» no tiene un valor válido.",
        ),
        (r"Variable values are nested too deeply", "BAD_VARIABLE", "Las variables están anidadas demasiado profundo."),
        (r"Too many errors processing variables", "BAD_VARIABLE", "Hay más variables con errores."),
        (
            rf"Variable {NAME} of type .* used in position",
            "BAD_VARIABLE",
            "La variable «{0}» no es del tipo que se espera donde se usa.",
        ),
        (
            rf"Variable {NAME} (?:cannot be non-input type|expected value of type .* cannot be used)",
            "BAD_VARIABLE",
            "La variable «{0}» no puede ser de ese tipo.",
        ),
        (rf"Variable {NAME} is not defined", "VALIDATION_FAILED", "La variable «{0}» no está definida."),
        (rf"Variable {NAME} is never used", "VALIDATION_FAILED", "La variable «{0}» no se usa."),
        (
            r"Value cannot represent an? (\w+):",
            "BAD_ARGUMENT",
            "Hay un valor de tipo «{0}» que no es válido.",
        ),
        (rf"Argument {NAME} of required type", "BAD_ARGUMENT", "Falta el argumento obligatorio «{0}»."),
        (
            rf"Argument {NAME} has invalid (?:default )?value{AT}",
            "BAD_ARGUMENT",
            "El argumento «{0}{1}» no tiene un valor válido.",
        ),
        (
            r"Argument '@?([\w.]+)\((\w+):\)' of type '[^']+' is required",
            "BAD_ARGUMENT",
            "Falta el argumento obligatorio «{1}» de «{0}».",
        ),
        (r"Unknown argument '(\w+)' on \w+ '@?([\w.]+)'", "VALIDATION_FAILED", "«{1}» no tiene el argumento «{0}»."),
        (rf"Cannot query field {NAME} on type {NAME}", "VALIDATION_FAILED", "El tipo «{1}» no tiene el campo «{0}»."),
        (
            rf"Field {NAME} of type '[^']+' must have a selection",
            "VALIDATION_FAILED",
            "Indique qué campos desea de «{0}».",
        ),
        (rf"Field {NAME} must not have a selection", "VALIDATION_FAILED", "El campo «{0}» no tiene subcampos."),
        (rf"Fields {NAME} conflict", "VALIDATION_FAILED", "«{0}» se pide dos veces de forma distinta; use un alias."),
        (rf"Unknown type {NAME}", "VALIDATION_FAILED", "No existe el tipo «{0}»."),
        (rf"Unknown fragment {NAME}", "VALIDATION_FAILED", "No existe el fragmento «{0}»."),
        (rf"Unknown directive {NAME}", "VALIDATION_FAILED", "No existe la directiva «{0}»."),
        (
            rf"(?:The d|D)irective {NAME} (?:may not|can only) be used",
            "VALIDATION_FAILED",
            "La directiva «{0}» no va ahí.",
        ),
        (rf"Fragment {NAME} is never used", "VALIDATION_FAILED", "El fragmento «{0}» no se usa."),
        (rf"Fragment {NAME} cannot be spread here", "VALIDATION_FAILED", "El fragmento «{0}» no es de ese tipo."),
        (
            rf"Cannot spread fragment {NAME} within itself",
            "VALIDATION_FAILED",
            "El fragmento «{0}» se contiene a sí mismo.",
        ),
        (rf"There can be only one [\w ]+ named {NAME}", "VALIDATION_FAILED", "«{0}» está repetido."),
        (r"Maximum introspection depth", "TOO_DEEP", "La introspección está anidada demasiado profundo."),
        (
            r"GraphQL introspection has been disabled",
            "INTROSPECTION_DISABLED",
            "La introspección está desactivada en esta instalación; el esquema se publica con el código.",
        ),
        (
            r"Too many validation errors|Validation aborted",
            "VALIDATION_FAILED",
            "Hay más errores; se muestran los primeros.",
        ),
        (
            r"Must provide operation name|Unknown operation named|Must provide an operation",
            "UNKNOWN_OPERATION",
            "Indique en «operationName» una operación de la consulta.",
        ),
    )
)
SAID_OF = re.compile(
    rf"(?:Variable|Argument) {NAME} has invalid (?:default )?value{AT}"
    rf"(?: Expected value of type '[^']+' (?:to include required|not to include unknown) field {NAME})?"
)
EXPECTED = re.compile(
    r"Expected value of (?:non-null )?type '([\w!\[\]]+)'|\b(Int|Float|String|Boolean|ID) cannot represent"
    r"|Enum '(\w+)' cannot|does not exist in '(\w+)' enum"
)
DIGITS = 5  # a name with more digits than this may be a RUN, and is left out of sentences and logs


def sentence_for(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return code and sentence for what the library said, or None where the table does not know it.

    Examples
    --------
    >>> sentence_for(["Expected value of type 'NnaWhere' not to include unknown field 'name'."])
    ('BAD_ARGUMENT', 'La entrada no tiene el campo «name».')
    >>> sentence_for(["Cannot query field 'nombre' on type 'Nna'. Did you mean 'name'?"])
    ('VALIDATION_FAILED', 'El tipo «Nna» no tiene el campo «nombre».')
    """
    texts = list(texts)
    for pattern, code, sentence in SENTENCES:
        for text in texts:
            if found := pattern.match(text):
                told = sentence.format(*map(safe_name, found.groups(default="")))
                return code, told.replace(" «»", "")  # the library does not always say whose
    return None


def place_said(texts: Iterable[str]) -> str | None:
    """Return of which variable or argument, and what in it, the library speaks; as a path like those of our own errors.

    Examples
    --------
    >>> place_said(["Variable '$input' has invalid value at .items[0]: Expected value of type 'AlertItemInput' to"
    ...             " include required field 'typeCode', found: {}"])
    'input.items.0.typeCode'
    """
    for text in texts:
        if found := SAID_OF.match(text):
            name, at, inside = found.groups(default="")
            parts = [name, *re.findall(r"\w+", at), *([inside] if inside else [])]
            return ".".join(map(safe_name, parts))
    return None


def expected_type(texts: Iterable[str], known: Collection[str]) -> str | None:
    """Return the type that a value should have had; only types of the schema, since a value may quote anything."""
    named = (name for text in texts for found in EXPECTED.finditer(text) for name in found.groups() if name)
    return next((name for name in named if name.strip("[]!") in known), None)


def safe_name(name: str) -> str:
    """Return a name from the document as it may be told: not where it looks like a RUN or is endless.

    Examples
    --------
    >>> safe_name("birthDate"), safe_name("a12531909K")
    ('birthDate', '(nombre omitido)')
    """
    digits = sum(character.isdigit() for character in name)
    return name if digits <= DIGITS and len(name) <= 80 else "(nombre omitido)"
