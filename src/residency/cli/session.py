"""Which site, which person, which passphrases: what every command needs before its act.

A passphrase is typed at a prompt or read from a file that its owner alone can read; never from an argument. The
session's token lies in the owner's state folder, readable by the owner alone. Not here: what a passphrase opens
(`govern.identity`, `store.rings`).
"""

import getpass
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from residency import wiring
from residency.errors import BadInput, Missing
from residency.govern.identity import Actor, NotSignedIn, who
from residency.kernel.digest import digest
from residency.settings import environment, load, state_folder
from residency.site import Site
from residency.store.files import write_atomically

PROMPTS = {
    "passphrase": "Passphrase of the site: ",
    "pkcs11": "PIN of the token: ",
    "transit": "Token for the key server: ",
}


class PassphraseFileOpen(BadInput):
    """Others can read the file."""


class PassphraseMissing(Missing):
    """Nobody is there to type it."""


class PassphrasesDiffer(BadInput):
    """What was typed the second time is not what was typed first, or nothing was typed."""


def open_here(folder: Path | None, passphrase_file: Path | None) -> Site:
    """The site that is meant; its passphrase is read or asked for, and a development key is said loudly."""
    place = folder or Path(environment("SITE") or ".")
    site = wiring.open_site(place, lambda: site_passphrase(PROMPTS[load(place).keys.kind], passphrase_file))
    if site.development:
        sys.stderr.write("DEVELOPMENT KEY: whoever has this folder can open it. Not for clinical data.\n")
    return site


def say_unkept(site: Site) -> None:
    """Say where the newest head of the log could not be kept; what was done is done all the same."""
    for folder, why in site.unkept.items():
        if why:
            sys.stderr.write(f"HEAD NOT KEPT in {folder}: {why}. See 'heads' in site.toml.\n")


def actor(site: Site) -> Actor:
    """Who is signed in at this site; raises NotSignedIn."""
    path = _token_file(site)
    if not path.exists():
        raise NotSignedIn("Nobody is signed in here.", remedy="Run 'residency sign-in NAME'.")
    with site.ledger.reading() as book:
        return who(book, path.read_text(errors="replace"), site.clock()).actor()


def remember(site: Site, token: str) -> None:
    """Keep the token of a session for the commands that follow."""
    path = _token_file(site)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, token.encode(), mode=0o600)


def secrets_for(model: type[BaseModel], file: Path | None) -> dict[str, SecretStr]:
    """The secret fields of a request, read or asked for one by one."""
    wanted = [name for name, field in model.model_fields.items() if _is_secret(field.annotation)]
    return {name: SecretStr(passphrase(f"{name.replace('_', ' ').capitalize()}: ", file)) for name in wanted}


def passphrase(prompt: str, file: Path | None) -> str:
    """A person's passphrase, from this file, from $RESIDENCY_PASSPHRASE_FILE, else typed."""
    return _secret(prompt, file or _from_environment("PASSPHRASE_FILE"))


def site_passphrase(prompt: str, file: Path | None) -> str:
    """The site's passphrase, from this file, from $RESIDENCY_SITE_PASSPHRASE_FILE, else typed."""
    return _secret(prompt, file or _from_environment("SITE_PASSPHRASE_FILE"))


def new_site_passphrase(file: Path | None) -> str | None:
    """The passphrase for a new site, as above; None where none is given: then a development key is made, loudly."""
    if file is None and _from_environment("SITE_PASSPHRASE_FILE") is None and not sys.stdin.isatty():
        return None
    return site_passphrase("A passphrase for the site (none: a development key): ", file) or None


def changed_site_passphrase(file: Path | None) -> str:
    """A passphrase in place of another: as above, but typed twice; raises PassphrasesDiffer."""
    typed = file is None and _from_environment("SITE_PASSPHRASE_FILE") is None
    first = site_passphrase("A new passphrase for the site: ", file)
    if not first or (typed and site_passphrase("Once more: ", None) != first):
        what = "The two passphrases differ." if first else "The new passphrase is empty."
        raise PassphrasesDiffer(what, remedy="Nothing was changed: repeat the command.")
    return first


def _secret(prompt: str, file: Path | None) -> str:
    """What a private file holds, else what is typed; raises PassphraseFileOpen, PassphraseMissing."""
    if file is not None:
        try:
            mode, text = file.stat().st_mode, file.read_text()
        except OSError as error:
            raise PassphraseMissing(
                f"{file} cannot be read.", remedy="Give a file that holds the passphrase."
            ) from error
        if mode & 0o077:
            raise PassphraseFileOpen(f"{file} can be read by others.", remedy=f"chmod 600 {file}")
        return text.strip("\n")
    if not sys.stdin.isatty():
        raise PassphraseMissing(
            "A passphrase is needed and nobody is here to type it.", remedy="Give a passphrase file."
        )
    return getpass.getpass(prompt)


def _from_environment(name: str) -> Path | None:
    value = environment(name)
    return Path(value) if value else None


def _token_file(site: Site) -> Path:
    key = digest(str(site.log_key.public).encode()).removeprefix("sha256:")[:16]
    return (_from_environment("SESSIONS") or state_folder()) / f"session-{key}"


def _is_secret(annotation: Any) -> bool:
    return "SecretStr" in str(annotation)
