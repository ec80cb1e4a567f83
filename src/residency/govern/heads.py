"""Signed heads of the log, kept beside the database: what shows that an older one was put in its place.

    why_not = keep(folder, note)               # after every act; "" when it is kept
    notes = read(Path("liver-ct.residency"))   # a folder, a note, a bundle or a report

One folder lies in the site and finds a database that was restored alone; the one that `heads` in site.toml names lies
outside and finds a rollback of the whole site. Not here: what a head is held against (`audit.verify`).
"""

import html
import re
import zipfile
from pathlib import Path

from residency.errors import Missing, Unavailable
from residency.govern.audit import outruns
from residency.kernel.digest import digest
from residency.store.files import make_folder, write_atomically

NEWEST = "newest.note"
IN_BUNDLE = "audit/checkpoint.note"
_IN_REPORT = re.compile(r'<pre class="signed-head">(.*?)</pre>', re.DOTALL)


class KeptUnreadable(Missing):
    """A head or a key that should have been kept outside cannot be read."""


def keep(folder: Path, note: str, kept: str) -> str:
    """Write the newest head; returns why it could not be written, or nothing.

    `kept` is what `newest` found before the note was read: only then a head that another process wrote meanwhile never
    looks like one from the future. One that does speak of more events than the log holds is the evidence of a
    rollback: it is put aside under a name of its own, where `read` goes on finding it.
    """
    try:
        make_folder(folder)
        if kept and outruns(kept, note):
            put_aside(folder, kept)
        write_atomically(folder / NEWEST, note.encode(), mode=0o644)
    except OSError as error:
        return error.strerror or type(error).__name__
    except (Missing, Unavailable) as error:
        return error.message
    return ""


def put_aside(folder: Path, kept: str) -> None:
    """Give the newest head, whose text this is, a name of its own; raises OSError."""
    (folder / NEWEST).rename(folder / f"ahead-{digest(kept.encode())[7:23]}.note")


def newest(folder: Path) -> str:
    """The newest head in a folder, as far as it can be read."""
    try:
        return (folder / NEWEST).read_text(errors="replace")
    except OSError:
        return ""


def read(place: Path) -> list[str]:
    """The heads in a folder, a note, a bundle or a report; raises KeptUnreadable."""
    try:
        if place.is_dir():
            return [note for path in sorted(place.glob("*.note")) for note in read(path)]
        if zipfile.is_zipfile(place):
            with zipfile.ZipFile(place) as bundle:
                return [bundle.read(IN_BUNDLE).decode()]
        text = place.read_text()
    except (OSError, UnicodeDecodeError, KeyError, zipfile.BadZipFile) as error:
        raise KeptUnreadable(
            f"{place} holds no head of a log.", remedy="Give a note, a bundle or a report that was kept outside."
        ) from error
    in_report = [html.unescape(found) for found in _IN_REPORT.findall(text)]
    return in_report or [text]
