"""YAML as its version 1.2 reads it, and no key twice: the text of a study, a protocol or a recipe becomes plain values.

    parse_yaml("on: lower_bound")   ->  {"on": "lower_bound"}

PyYAML follows version 1.1, where on, off, yes and no are truth values and a key that stands twice silently wins; both
have changed the meaning of configurations. `line_of` says where a key stands. Works on text; reads no file. Not here:
what keys mean (`kernel.explain`).
"""

import re
from collections.abc import Iterable
from typing import Any

import yaml

YamlBroken = yaml.YAMLError


class _Loader(yaml.SafeLoader):
    """Safe, with true and false as the only truth values."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false|True|False)$"), list("tTfF"))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key.start_mark)
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' stands twice", key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str) -> Any:
    """The value of a document; raises YamlBroken, whose `problem_mark` gives the line."""
    return yaml.load(text, _Loader)


def line_of(text: str, path: Iterable[str]) -> int | None:
    """The line of the innermost key or list item of a path; a part that the document lacks is passed over."""
    node, line = yaml.compose(text, _Loader), None
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
        elif isinstance(node, yaml.SequenceNode) and part.isdecimal():
            found = [(value, value) for value in node.value[int(part) : int(part) + 1]]
        else:
            found = []
        if found:
            (_, node), line = found[0], found[0][0].start_mark.line + 1
    return line


def line_of_fault(error: yaml.YAMLError) -> str:
    """Where the parser gave up, as ", line 7"; empty if it does not say."""
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""
