"""Tables that are read by column and by row group: ordinary Parquet inside a sealed object.

    ref = write_table(sealed, key, batches, schema, context="dataset/…")
    open_table(sealed, ref, keys).read(columns=["age_band"])       # pyarrow; only the frames of that column are opened
    table = open_tables(sealed, refs, keys)                        # a pyarrow Dataset over many
    with sql_over({"events": table}) as sql:                       # DuckDB, which can read no file and write none
        sql.execute("select code, count(*) from events where time > ? group by code", [since]).fetchall()

Statistics of columns stand in Parquet's footer, which is sealed like the rest. A frame that was changed ends in
SealBroken, never in other rows. Rows are written in groups of a size of their own, however large the batches are that
come in. Not here: what columns mean, or which subjects stand together in one table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import FileInfo, FileSelector, FileSystemHandler, FileType, PyFileSystem

from residency.errors import BadInput, ResidencyError
from residency.store.sealed import GroupKey, Sealed, SealedFile, SealedRef

GROUP_ROWS = 128 * 1024
_SHUT = (
    "SET temp_directory = ''",  # without a folder DuckDB raises OutOfMemoryException where it would spill rows
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class TableWrong(BadInput):
    """Rows do not have the columns of their table, or tables that are read as one differ."""


class TableReadOnly(BadInput):
    """Sealed tables are only read through Arrow's file systems."""


class QueryTooLarge(BadInput):
    """A query needs more memory than it may use, and must not spill to a disk."""


def write_table(
    sealed: Sealed,
    key: GroupKey,
    batches: Iterable[pa.RecordBatch | pa.Table],
    schema: pa.Schema,
    *,
    context: str,
    name: str | None = None,
    group_rows: int = GROUP_ROWS,
) -> SealedRef:
    """Seal rows as they come, with one row group in memory; without a name the object gets a random one.

    Raises TableWrong; whatever breaks it off, there is no object.
    """
    writer = sealed.create(key, context=context, name=name)
    try:
        with _arrow_errors(), pq.ParquetWriter(pa.PythonFile(writer, mode="w"), schema, compression="zstd") as parquet:
            for group in _groups(batches, schema, group_rows):
                parquet.write_table(group, row_group_size=group_rows)
        return writer.commit()
    except BaseException:
        writer.discard()
        raise


def open_table(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes]) -> "Table":
    """One table, to read by column and row group; close it, or use it in a with-block.

    Raises KeyNotHeld, SealBroken, ObjectMissing; every read of it may raise SealBroken.
    """
    return Table(pa.PythonFile(sealed.open(ref, keys), mode="r"))


class Table(pq.ParquetFile):
    """A `pyarrow.parquet.ParquetFile` that also closes what it reads from."""

    def close(self, force: bool = True) -> None:
        """Let go of the object."""
        super().close(force=force)


def open_tables(
    sealed: Sealed, refs: Sequence[SealedRef], keys: Mapping[str, bytes], *, schema: pa.Schema | None = None
) -> ds.Dataset:
    """Many tables of one schema (that of the first, if not given) as one; each is opened only when it is scanned.

    Raises TableWrong where there is none. Scanning raises KeyNotHeld, SealBroken, ObjectMissing, and TableWrong for a
    table of another schema: Arrow would fill the columns that it lacks with nulls.
    """
    if schema is None:
        if not refs:
            raise TableWrong("Neither a table nor a schema was given.", remedy="Give the schema of the tables.")
        with open_table(sealed, refs[0], keys) as first:
            schema = first.schema_arrow
    files, form = PyFileSystem(_SealedTables(sealed, refs, keys, schema)), ds.ParquetFileFormat()
    fragments = [form.make_fragment(ref.name, files) for ref in refs]
    return _Tables(fragments, schema, form, files)


@contextmanager
def sql_over(tables: Mapping[str, ds.Dataset], *, memory_mib: int | None = None) -> Iterator[Any]:
    """A DuckDB in memory that sees tables of `open_tables` by name; needs the extra `sql`.

    It reads no other file, writes none and spills nothing: rows on a disk would be plaintext. Raises what scanning
    raises, and QueryTooLarge for what does not fit in the memory given (else DuckDB's own limit, 80 % of the machine).
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        limit = [f"SET memory_limit = '{memory_mib} MiB'"] if memory_mib else []
        for statement in [*limit, *_SHUT]:
            connection.execute(statement)
        for name, table in tables.items():
            connection.register(name, table)
        yield connection
    except duckdb.OutOfMemoryException as error:
        remedy = "Ask for fewer columns or rows, or allow more memory."
        raise QueryTooLarge("The query needs more memory than it may use.", remedy=remedy) from error
    except duckdb.Error as error:
        # DuckDB keeps of what stopped a scan only the text.
        said = [failure for table in tables.values() for failure in table.filesystem.handler.failures]
        meant = next((failure for failure in reversed(said) if failure.message in str(error)), None)
        if meant is None:
            raise
        raise meant from error
    finally:
        connection.close()


def _groups(batches: Iterable[pa.RecordBatch | pa.Table], schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    """The rows in tables of so many rows, the last one shorter."""
    pending: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.schema.equals(schema):
            raise TableWrong("A batch of rows has other columns than its table.", remedy="Cast it to the schema first.")
        pending += batch.to_batches() if isinstance(batch, pa.Table) else [batch]
        while sum(map(len, pending)) >= rows:
            table = pa.Table.from_batches(pending, schema)
            yield table.slice(0, rows)
            pending = table.slice(rows).to_batches()
    if pending:
        yield pa.Table.from_batches(pending, schema)


@contextmanager
def _arrow_errors() -> Iterator[None]:
    """Say what Arrow refused without its words, which may hold a value of a row."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        raise TableWrong(
            "The rows cannot be written as a table of this schema.", remedy="Use types that Parquet has."
        ) from None


class _Tables(ds.FileSystemDataset):
    """A dataset whose scanners can be streamed without a deadlock."""

    def scanner(self, *args: Any, **options: Any) -> Any:
        return _Scanner(super().scanner(*args, **options))


class _Scanner:
    """A scanner of Arrow whose reader lets go of the interpreter while it begins.

    Arrow's own (26.0) holds the interpreter's lock there and waits for a thread that needs it to say what it could not
    read: with an object of a wrong key, DuckDB stood still for good.
    """

    def __init__(self, scanner: ds.Scanner) -> None:
        self._scanner = scanner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scanner, name)

    def to_reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._scanner.projected_schema, self._scanner.to_batches())


class _TellingFile(SealedFile):
    """A sealed file that notes why it could not be read, for those who are told only the text of it."""

    def __init__(self, sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes], failures: list) -> None:
        self._failures = failures
        super().__init__(sealed.objects, ref, keys)

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            return super().readinto(buffer)
        except ResidencyError as error:
            self._failures.append(error)
            raise


class _SealedTables(FileSystemHandler):
    """Sealed objects as files that Arrow can open, by the names of their references; nothing can be changed."""

    def __init__(self, sealed: Sealed, refs: Sequence[SealedRef], keys: Mapping[str, bytes], schema: pa.Schema) -> None:
        self._sealed, self._refs, self._keys, self._schema = sealed, {ref.name: ref for ref in refs}, keys, schema
        self._checked: set[str] = set()
        self.failures: list[ResidencyError] = []

    def get_type_name(self) -> str:
        return "residency-sealed"

    def normalize_path(self, path: str) -> str:
        return path

    def open_input_file(self, path: str) -> pa.PythonFile:
        try:
            file = _TellingFile(self._sealed, self._refs[path], self._keys, self.failures)
            if path not in self._checked:
                self._check(path, pq.read_schema(pa.PythonFile(file, mode="r")))
        except ResidencyError as error:
            self.failures.append(error)
            raise
        file.seek(0)
        return pa.PythonFile(file, mode="r")

    def open_input_stream(self, path: str) -> pa.PythonFile:
        return self.open_input_file(path)

    def get_file_info(self, paths: list[str]) -> list[FileInfo]:
        return [FileInfo(path, FileType.File, size=self._refs[path].size) for path in paths]

    def get_file_info_selector(self, selector: FileSelector) -> list[FileInfo]:
        return self.get_file_info(sorted(self._refs))

    def _check(self, path: str, found: pa.Schema) -> None:
        if not found.equals(self._schema):
            raise TableWrong(f"The table {path} has other columns than those read with it.", remedy="Read it alone.")
        self._checked.add(path)

    def _refuse(self, *_: object, **__: object) -> Any:
        raise TableReadOnly("Sealed tables are not changed through a file system.", remedy="Write a new table.")

    create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = delete_file = _refuse
    move = copy_file = open_output_stream = open_append_stream = _refuse
