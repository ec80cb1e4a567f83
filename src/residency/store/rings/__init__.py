"""Where key rings lie, and the one place that picks an implementation, for wiring and for supervisors alike.

    ring = create_ring(RingFile(folder / "ring.json"), passphrase)      # once
    ring = open_ring(HsmToken(module, token, label), pin)               # every time after
    ring = load_ring(data)                                              # in a process that was handed `ring.export()`

Not here: what a ring does (`store.ring`), reading the settings (`wiring`).
"""

import json

from residency.store.ring import KeyRing
from residency.store.rings.passphrase import PassphraseRing, RingFile
from residency.store.rings.pkcs11 import HsmToken, Pkcs11Ring
from residency.store.rings.server import KeyServer
from residency.store.rings.transit import TransitRing

Place = RingFile | HsmToken | KeyServer
_KINDS = {"passphrase": PassphraseRing, "pkcs11": Pkcs11Ring, "transit": TransitRing}


def create_ring(place: Place, secret: str) -> KeyRing:
    """Make a ring with its first generation; raises RingExists, and what `open_ring` raises."""
    match place:
        case RingFile():
            return PassphraseRing.create(place, secret)
        case HsmToken():
            return Pkcs11Ring.create(place, secret)
        case KeyServer():
            return TransitRing.create(place, secret)


def open_ring(place: Place, secret: str) -> KeyRing:
    """Open a ring with its passphrase, PIN or token; raises WrongPassphrase, TokenRefused, RingMissing, RingDamaged,
    RingUnreadable.
    """
    match place:
        case RingFile():
            return PassphraseRing.open(place, secret)
        case HsmToken():
            return Pkcs11Ring.open(place, secret)
        case KeyServer():
            return TransitRing.open(place, secret)


def load_ring(data: bytes) -> KeyRing:
    """The ring of which this is the `export`; nothing is asked of file, token or server before it is used."""
    said = json.loads(data)
    return _KINDS[said.pop("kind")].load(said)
