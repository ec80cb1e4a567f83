"""Write `src/residency/deid/notes/words/ordinary.txt`: words that are words, and rarely anybody's name.

    python tools/make_note_words.py src/residency/deid/notes/words/ordinary.txt

Counted in openly licensed text that stands on the machine of whoever builds this: the docstrings of the standard
library (PSF) and of numpy, scipy and pydicom (BSD, MIT), and the code meanings of PS3.16 that pydicom lists. Only words
that are written small at least three times, and at least as often small as large, are kept, and no word of
the lists of names; no sentence is taken.
The hand-written lists beside the file (clinical words, drugs, eponyms, names) are not touched.
"""

import ast
import re
import sys
import sysconfig
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

_WORD = re.compile(r"(?<![\w./_`*'=@-])[A-Za-z]+(?:'[a-z]{1,2})?(?![\w/_`*=(@-])")
_PACKAGES = ("numpy", "scipy", "pydicom")
_LEAST = 3


def main(target: Path) -> None:
    """Count, choose, write one word per line."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for folder in _folders():
        for path in sorted(folder.rglob("*.py")):
            if "site-packages" in path.parts and folder == Path(sysconfig.get_paths()["stdlib"]):
                continue
            for text in _docstrings(path):
                for word in _WORD.findall(text):
                    (small if word.islower() else large)[word.lower()] += 1
    chosen = {w for w, n in small.items() if n >= _LEAST and n >= large[w] and len(w) > 1}
    chosen |= _of_the_standard()
    names = [target.with_name(name) for name in ("given-men.txt", "given-women.txt", "surnames.txt")]
    chosen -= {word for path in names for word in path.read_text("utf-8").lower().split()}
    target.write_text("\n".join(sorted(chosen)) + "\n", "utf-8")


def _folders() -> list[Path]:
    found = [Path(sysconfig.get_paths()["stdlib"])]
    for package in _PACKAGES:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit(f"{package} is not installed: pip install -r requirements/test.txt")
        found.append(Path(spec.submodule_search_locations[0]))
    return found


def _docstrings(path: Path) -> list[str]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return []
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Module)
    return [said for node in ast.walk(tree) if isinstance(node, kinds) and (said := ast.get_docstring(node))]


def _of_the_standard() -> set[str]:
    """The small words of code meanings: "Entire left atrial appendage"."""
    from pydicom.sr._concepts_dict import concepts

    found = set()
    for scheme in concepts.values():
        for codes in scheme.values():
            for meaning, *_ in codes.values():
                found.update(word for word in re.findall(r"[A-Za-z]+", meaning)[1:] if word.islower() and len(word) > 2)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
