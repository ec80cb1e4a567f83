"""`residency site restore`: no act, since there may be no site yet in which anybody could have signed in.

    residency site restore /mnt/backup/hospital --site /srv/residency --ring /media/stick

It asks for the passphrase of the site as opening does; what was restored is opened, and its log says so. Not here:
restoring (`upkeep.restore`).
"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from residency.cli import session, show
from residency.errors import Broken
from residency.observe.progress import shown_by
from residency.restoring import restore_site
from residency.settings import KeySettings, environment


def site_restore(
    place: str,
    /,
    *,
    site: Path | None = None,
    ring: Path | None = None,
    backup: str = "",
    older: Annotated[bool, Parameter(negative="")] = False,
    database: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
    site_passphrase_file: Path | None = None,
) -> int:
    """Bring back from a backup what is missing or damaged. Exit code 7 if objects remain missing.

    Parameters
    ----------
    place:
        Folder of the backups.
    site:
        Folder of the site, or an empty one; else $RESIDENCY_SITE, else this folder.
    ring:
        Folder with the newest copy of the key ring and of the file of keys beside it; else those in the site.
    backup:
        Which backup of those in the place; else the newest.
    older:
        Accept that events of the log, and what they recorded, are lost for good.
    database:
        Put the ledger of the backup in the place of one that is there.
    json:
        Print what was done as JSON.
    site_passphrase_file:
        File that holds the site's passphrase, or the PIN or token of its key ring; else it is asked for.
    """
    folder = site or Path(environment("SITE") or ".")

    def secret(keys: KeySettings) -> str:
        return session.site_passphrase(session.PROMPTS[keys.kind], site_passphrase_file)

    how = {"backup": backup, "ring": ring, "older": older, "database": database}
    with show.progress(Console(stderr=True)) as bar, shown_by(bar):
        opened, done = restore_site(folder, place, secret, **how)
    session.say_unkept(opened)
    show.record(done, as_json=json, out=sys.stdout)
    return Broken.exit_code if done.absent else 0
