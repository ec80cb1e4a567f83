"""What a backup is: a signed list, a sealed copy of the ledger, and the sealed objects, which backups share.

    backups/backup-01k….note       the list: objects with their sizes, and all that is said below; signed by the site
    backups/backup-01k….ledger     every row of the ledger, compressed, sealed under a key of the site's own
    backups/backup-01k….done       the event that says so in the log; sealed too
    objects/…                      as they lie in the site, under the same names

    write_note(place, manifest, site.log_key)      # last: a backup without it is none
    found = find(place)                            # the newest, or the one that is named; the signature is checked
    key = backup_key(log_key)                      # derived from the site's key, which only its ring opens

Without the ring a backup says nothing but names that are random, sizes, the time, and the settings of the site. Never
in it: the ring, the file of keys beside it, the development key, credentials, sessions, a password in the address of
the database. Not here: making one (`backup`), bringing it back (`restore`).
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import ValidationError

from residency.errors import BadInput, Broken, Missing
from residency.govern.identity import SigningKey, holds
from residency.kernel.digest import canonical
from residency.kernel.note import Checkpoint, NoteMalformed, PublicKey, Signed, read_note
from residency.kernel.note import write_note as as_note
from residency.kernel.record import Part
from residency.settings import FILE, SettingsWrong, parse
from residency.store.frames import SealBroken
from residency.store.objects import ObjectMissing, ObjectStore
from residency.store.places import file_url, open_store
from residency.store.sealed import GroupKey, Sealed, SealedRef

OBJECTS, BACKUPS = "objects/", "backups/"
NOTE, LEDGER, DONE = ".note", ".ledger", ".done"
_GROUP = "backup"
_PIECE = 1024 * 1024


class BackupMissing(Missing):
    """There is no backup at this place."""


class BackupDamaged(Broken):
    """A backup is not what was written."""


class PlaceInside(BadInput):
    """A backup inside the site would be lost with it."""


class Manifest(Part):
    """What a backup holds. `log` is the signed head of the log of its ledger; `site` the public key of the site, and
    `key` and `wrapped` its private one as the ring wrapped it; `absent` objects that are needed and were not whole.
    """

    format: int = 1
    id: str
    at: str
    site: str
    key: str
    wrapped: str
    generation: int
    log: str
    ledger: SealedRef
    settings: str
    objects: dict[str, int]
    absent: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Events in the log of its ledger."""
        return Checkpoint.parse(read_note(self.log)[0]).size


def place_of(text: str, site: Path, *, new: bool = False) -> ObjectStore:
    """The store at a folder or URL; raises BackupMissing where none may be made, PlaceInside, PlaceUnknown."""
    if "://" in text:
        return open_store(text)
    folder = Path(text).absolute()
    if folder.resolve().is_relative_to(site.resolve()):
        raise PlaceInside(f"{folder} lies in the site.", remedy="Choose a folder on another disk or machine.")
    if not new and not folder.is_dir():
        raise BackupMissing(f"There is no folder {folder}.", remedy="Give the place of a backup.")
    return open_store(file_url(folder))


def backup_key(log_key: SigningKey) -> GroupKey:
    """The key that seals the copies of the ledger: a restored site has it as soon as its ring is open."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"residency backup 1").derive(log_key.export())
    return GroupKey(_GROUP, derived)


def write_ledger(place: ObjectStore, name: str, lines: Iterable[bytes], key: GroupKey) -> SealedRef:
    """Seal the lines of a ledger, compressed."""
    return Sealed(place).write(_compressed(lines), key, context=_context(name), name=f"{BACKUPS}{name}{LEDGER}")


def read_ledger(place: ObjectStore, ref: SealedRef, key: GroupKey) -> Iterator[bytes]:
    """The lines of a ledger; raises BackupDamaged."""
    expanded, rest = zlib.decompressobj(), b""
    try:
        with Sealed(place).open(ref, {key.id: key.key}) as file:
            while piece := file.read(_PIECE):
                *lines, rest = (rest + expanded.decompress(piece)).split(b"\n")
                yield from lines
    except (zlib.error, SealBroken, ObjectMissing) as error:
        raise _damaged(ref.name) from error
    if rest or not expanded.eof:
        raise _damaged(ref.name)


def write_note(place: ObjectStore, manifest: Manifest, key: SigningKey) -> None:
    """Sign the list and make the backup visible."""
    text = canonical(manifest.model_dump(mode="json")).decode() + "\n"
    note = as_note(text, [Signed(key.public.name, key.public.hint, key.sign(text.encode()))])
    place.put(f"{BACKUPS}{manifest.id}{NOTE}", [note.encode()])


def write_done(place: ObjectStore, name: str, event: dict, key: GroupKey) -> None:
    """Add the event that ended the making of a backup: it follows the last one in its copy of the log."""
    Sealed(place).write(canonical(event), key, context=_context(name), name=f"{BACKUPS}{name}{DONE}")


def read_done(place: ObjectStore, name: str, key: GroupKey) -> dict | None:
    """That event, if it was added; raises SealBroken."""
    sealed = Sealed(place)
    try:
        ref = sealed.find(f"{BACKUPS}{name}{DONE}", group=key.id, context=_context(name))
    except ObjectMissing:
        return None
    return json.loads(sealed.read(ref, {key.id: key.key}))


def find(place: ObjectStore, name: str = "") -> Manifest:
    """The newest backup, or the one of this name; raises BackupMissing, BackupDamaged."""
    there = [listed for listed in place.names(BACKUPS) if listed.endswith(NOTE)]
    wanted = f"{BACKUPS}{name}{NOTE}" if name else (there or [""])[-1]
    if wanted not in there:
        found = ", ".join(one.removeprefix(BACKUPS).removesuffix(NOTE) for one in there[-5:]) or "none"
        raise BackupMissing(f"There is no backup {name} here.".replace("  ", " "), remedy=f"Here: {found}.")
    try:
        text, signatures = read_note(place.read(wanted).decode())
        manifest = Manifest.model_validate_json(text)
        if not any(_by(PublicKey.parse(manifest.site), s, text) for s in signatures):
            raise NoteMalformed("its signature is not that of its site")
        if manifest.format != 1 or wanted != f"{BACKUPS}{manifest.id}{NOTE}" or manifest.size < 1:
            raise NoteMalformed("it is of another format or name")
    except (NoteMalformed, ValidationError, UnicodeDecodeError) as error:
        raise _damaged(wanted) from error
    return manifest


def without_password(settings: str, url: str) -> str:
    """The text of site.toml with the address of the database as anyone may read it; raises SettingsWrong."""
    if not url or "://" not in url:
        return settings
    parts = urlsplit(url)
    person, at, host = parts.netloc.rpartition("@")
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if "pass" not in k.lower()])
    bare = urlunsplit(parts._replace(netloc=f"{person.partition(':')[0]}{at}{host}", query=query))
    shown = settings if bare == url else settings.replace(url, bare)
    if parse(shown, FILE).ledger.url != bare:  # written with escapes: the password would stay
        raise SettingsWrong("The address of the database cannot be read as it stands.", remedy="Write it plainly.")
    return shown


def _by(key: PublicKey, signed: Signed, text: str) -> bool:
    return (signed.name, signed.hint) == (key.name, key.hint) and holds(key, signed.signature, text.encode())


def _compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    packed = zlib.compressobj(6)
    for line in lines:
        yield packed.compress(line)
    yield packed.flush()


def _context(name: str) -> str:
    return f"backup/{name}"


def _damaged(name: str) -> BackupDamaged:
    return BackupDamaged(f"{name} in the backup is damaged.", remedy="Give another backup with --backup.")
