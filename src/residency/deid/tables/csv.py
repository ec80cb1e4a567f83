"""Any CSV, by a map of its columns: what the map does not name is removed.

    outcome = clean_csv(source, sink, desk, load_map("site/labs.yaml"))

Cells of kind `text` go through the desk's cleaner, cells that are kept are searched for the row's own subject. Not
here: the map (`column_map`), a proposal for one (`propose`).
"""

from collections.abc import Mapping
from typing import BinaryIO

from residency.deid.tables.batches import of_csv, writer
from residency.deid.tables.column_map import ColumnMap
from residency.deid.tables.harvest import harvest_csv
from residency.deid.tables.numbering import Numbers
from residency.deid.tables.outcome import Outcome
from residency.deid.tables.subjects import Desk, Key, Subjects, Told
from residency.deid.tables.table import Plan, Room, clean_table
from residency.errors import BadInput
from residency.ingest.ehr.delimited import open_csv


class ColumnMissing(BadInput):
    """The file lacks the column that says whose its rows are."""


def clean_csv(
    source: BinaryIO, sink: BinaryIO, desk: Desk, chart: ColumnMap, told: Mapping[Key, Told] | None = None
) -> Outcome:
    """Clean one file that can be read twice; `told` is the first reading of all files that belong together.

    Raises EhrUnreadable where the file is no CSV with a header line, ColumnMissing where nobody can say whose it is.
    """
    source.seek(0)
    file = open_csv(source)
    owner = chart.subject.column.lower()
    if owner not in (name.lower() for name in file.header):
        raise ColumnMissing(
            f"The file has no column '{chart.subject.column}'.", remedy="Name the subject's column in the map."
        )
    found = harvest_csv(source, chart) if told is None else told
    source.seek(0)
    file = open_csv(source)
    room = Room(desk, Subjects(desk, found), Numbers(desk.names))
    with writer(sink, "csv", file.mark) as write:
        return clean_table(of_csv(file), write, Plan(chart.by_name(), owner, chart.subject.called), room)
