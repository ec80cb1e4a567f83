"""Reads tables that lie beside the site, CSV or Parquet, for the linked record.

    found = read_tables([Path("deid/conditions.csv")])
    found["conditions"].table, found["conditions"].digest

A table's name is its file's. In CSV a column is numbers only if every value is written as numbers are: "01234" stays a
text, so that a ZIP code keeps its zero. An empty value is missing. Refuses two tables of one name, and the names of the
site's own. FHIR and the like must have been made rows before. Not here: what is taken from them (`quasi`, `linked`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from residency.deid.risk.quasi import IMAGES, SERIES
from residency.errors import BadInput
from residency.kernel.digest import digest

_WHOLE, _BROKEN = r"^-?(0|[1-9]\d{0,17})$", r"^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$"


class TableUnreadable(BadInput):
    """A file cannot be read as a table."""


@dataclass(frozen=True)
class TableFile:
    """A table and the digest of its file."""

    table: pa.Table
    digest: str


def read_tables(paths: Sequence[Path]) -> dict[str, TableFile]:
    """The tables by name; raises TableUnreadable."""
    found: dict[str, TableFile] = {}
    for path in paths:
        if path.stem in found or path.stem in (IMAGES, SERIES):
            raise TableUnreadable(f"Two tables are named '{path.stem}'.", remedy="Rename one of the files.")
        try:
            data = path.read_bytes()
            found[path.stem] = TableFile(_parse(path.suffix.lower(), data), digest(data))
        except OSError as error:
            raise TableUnreadable(
                f"{path} cannot be read ({error.strerror}).", remedy="Give the path of a table."
            ) from error
        except pa.ArrowException as error:
            # The text of the error may quote a row.
            raise TableUnreadable(
                f"{path} is no table.", remedy="Give CSV in UTF-8 with a header line, or Parquet."
            ) from error
    return found


def _parse(suffix: str, data: bytes) -> pa.Table:
    if suffix in (".parquet", ".pq"):
        return pyarrow.parquet.read_table(pa.BufferReader(data))
    names = pyarrow.csv.open_csv(pa.BufferReader(data)).schema.names
    texts = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    table = pyarrow.csv.read_csv(pa.BufferReader(data), convert_options=texts)
    return pa.table({name: _typed(table[name].combine_chunks()) for name in table.column_names})


def _typed(texts: pa.Array) -> pa.Array:
    for pattern, kind in ((_WHOLE, pa.int64()), (_BROKEN, pa.float64())):
        fits = pc.call_function("match_substring_regex", [texts], pc.MatchSubstringOptions(pattern))
        if texts.null_count < len(texts) and not fits.false_count:
            return texts.cast(kind)
    return texts
