"""Commands that are no acts: before there is a site, before anybody signs in, or without a site at all.

Not here: acts; each of those is made a command by `commands`.
"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from residency import wiring
from residency.cli import session
from residency.errors import Refused
from residency.govern.identity import Person
from residency.govern.identity import sign_in as begin_session
from residency.govern.ledger import RecordMissing
from residency.protocol.people import publish_keys
from residency.settings import PASSPHRASE_KEYS, load_keys
from residency.site import keep_head


def site_init(
    folder: Path,
    /,
    *,
    country: str,
    administrator: str = "admin",
    printed_name: str = "System administrator",
    ledger: str = "",
    heads: str = "",
    keys: Path | None = None,
    site_passphrase_file: Path | None = None,
    passphrase_file: Path | None = None,
    development_key: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Make a site: ledger, sealed store, key ring, audit log, and its first system administrator.

    Parameters
    ----------
    folder:
        An empty folder for the site.
    country:
        ISO 3166-1 code of the country in which data are used here.
    administrator:
        Name of the first system administrator.
    printed_name:
        The administrator's name as shown beside signatures.
    ledger:
        URL of a PostgreSQL database; else SQLite in the folder.
    heads:
        Folder, best on another machine, where signed heads of the audit log are kept.
    keys:
        File with a [keys] section for site.toml: a key ring in a token or on a key server; else a file in the folder.
    site_passphrase_file:
        File that holds the site's passphrase, or the PIN or token of its key ring; else it is asked for, and if none is
        given a development key is made.
    passphrase_file:
        File that holds the administrator's own passphrase; else it is asked for.
    development_key:
        Make a key that lies open in the folder, without asking. Not for clinical data.
    """
    own = session.passphrase(f"A passphrase for {administrator}: ", passphrase_file)
    secret = None if development_key else session.new_site_passphrase(site_passphrase_file)
    first = (administrator, printed_name, own)
    section = PASSPHRASE_KEYS if keys is None else load_keys(keys)
    about = {"country": country, "ledger": ledger, "heads": heads, "keys": section}
    site = wiring.make_site(folder, administrator=first, passphrase=secret, **about)
    publish_keys(site)
    if site.development:
        sys.stderr.write("DEVELOPMENT KEY: whoever has this folder can open it. Not for clinical data.\n")
    sys.stdout.write(f"Site {site.log_key.public.name} stands at {folder}.\n")
    return 0


def sign_in(
    name: str,
    /,
    *,
    site: Path | None = None,
    site_passphrase_file: Path | None = None,
    passphrase_file: Path | None = None,
) -> int:
    """Say who you are; good for a working day.

    Parameters
    ----------
    name:
        The name you were added under.
    site:
        Folder of the site; else $RESIDENCY_SITE, else this folder.
    site_passphrase_file:
        File that holds the site's passphrase; else it is asked for.
    passphrase_file:
        File that holds your own passphrase; else it is asked for.
    """
    place = session.open_here(site, site_passphrase_file)
    try:
        person = place.ledger.get(Person, name)
    except RecordMissing:
        # What was typed is not logged: it may be a passphrase typed too early.
        place.gate.record_event(wiring.SYSTEM, "sign-in", "refused", "RecordMissing")
        raise
    actor = person.actor()
    secret = session.passphrase(f"Passphrase of {name}: ", passphrase_file)
    try:
        with place.ledger.writing() as book:
            token = begin_session(book, person, secret, place.clock())
        place.gate.record_event(actor, "sign-in", "done", "")
    except Refused as error:
        place.gate.record_event(actor, "sign-in", "refused", error.code)
        raise
    finally:
        keep_head(place)
        session.say_unkept(place)
    session.remember(place, token)
    sys.stdout.write(f"Signed in as {person.printed_name} ({', '.join(person.roles)}).\n")
    return 0
