"""The rules for FHIR R4: per type of resource, the elements that may stay, read from recipes/tables/fhir.yaml.

    rules().resources["Observation"]["issued"]        ->  "instant"
    rules().code_fits("http://loinc.org", "30525-0")  ->  True

Names of types are written out into their elements, "value[x]" into its choices. A rule that names no kind is refused
when the rules are loaded. Not here: what is done by them (`fhir`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from residency.deid.recipe import RecipeWrong
from residency.deid.tables.kinds import rules_text, table
from residency.kernel.documents import parse_yaml
from residency.kernel.record import Part

Rule = str | Mapping[str, "Rule"]
SPECIAL = frozenset(
    [
        "Reference",
        "Coding",
        "CodeableConcept",
        "Identifier",
        "Age",
        "Attachment",
        "boolean",
        "canonical",
        "contained",
        "data",
        "extension",
        "mime",
        "samples",
        "system",
        "uid",
        "unit",
    ]
)
"""Kinds that have a meaning in FHIR alone; the others are those of kinds.yaml."""


class _File(Part):
    version: int
    subjects: dict[str, str]
    choices: dict[str, str]
    types: dict[str, dict[str, Any]]
    extensions: dict[str, str | dict[str, str]]
    extended: frozenset[str]
    systems: dict[str, str]
    system_roots: tuple[str, ...]
    not_systems: tuple[str, ...]
    root_code: str
    age_codes: frozenset[str]
    words: frozenset[str]
    common: dict[str, str]
    resources: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FhirRules:
    """Subjects, elements, extensions and code systems; `words` are what elements of type code may say."""

    subjects: Mapping[str, str]
    resources: Mapping[str, Mapping[str, Rule]]
    extensions: Mapping[str, str | Mapping[str, str]]
    extended: frozenset[str]
    words: frozenset[str]
    age_codes: frozenset[str]
    systems: Mapping[str, re.Pattern[str]] = field(repr=False)
    roots: tuple[str, ...]
    not_roots: tuple[str, ...]
    root_code: re.Pattern[str]

    def knows(self, system: object) -> bool:
        """Whether a code system may stay."""
        if not isinstance(system, str):
            return False
        if system in self.systems:
            return True
        plain = re.fullmatch(r"[a-z]+://[A-Za-z0-9/._-]{1,120}", system)
        return bool(plain) and system.startswith(self.roots) and not system.startswith(self.not_roots)

    def code_fits(self, system: object, code: object) -> bool:
        """Whether a code has the form that this system gives its codes."""
        if not isinstance(system, str) or not isinstance(code, str) or not self.knows(system):
            return False
        return self.systems.get(system, self.root_code).fullmatch(code) is not None


@cache
def rules() -> FhirRules:
    """The rules that come with the product; raises RecipeWrong for one that names no kind."""
    said = _File.model_validate(parse_yaml(rules_text("fhir")))
    if said.subjects.keys() != said.resources.keys():
        raise RecipeWrong("The rules for FHIR name subjects and elements of different types.")
    resources: dict[str, Mapping[str, Rule]] = {}
    for name, elements in said.resources.items():
        resources[name] = _elements({**said.common, **elements}, said, name)
    return FhirRules(
        subjects=said.subjects,
        resources=resources,
        extensions=said.extensions,
        extended=said.extended,
        words=said.words,
        age_codes=said.age_codes,
        systems={system: re.compile(form, re.ASCII) for system, form in said.systems.items()},
        roots=said.system_roots,
        not_roots=said.not_systems,
        root_code=re.compile(said.root_code, re.ASCII),
    )


def _elements(elements: Mapping[str, Any], said: _File, where: str) -> Mapping[str, Rule]:
    out: dict[str, Rule] = {}
    for name, rule in elements.items():
        if name.endswith("[x]"):
            stem = name.removesuffix("[x]")
            out |= {f"{stem}{kind}": _rule(inner, said, where) for kind, inner in said.choices.items()}
        else:
            out[name] = _rule(rule, said, f"{where}.{name}")
    return out


def _rule(rule: Any, said: _File, where: str) -> Rule:
    if isinstance(rule, dict):
        return _elements(rule, said, where)
    if rule in said.types:
        return _elements(said.types[rule], said, where)
    if rule not in SPECIAL and rule not in table().kinds:
        raise RecipeWrong(f"The rules for FHIR give '{where}' a kind that does not exist.")
    return rule
