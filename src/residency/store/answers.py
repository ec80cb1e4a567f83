"""What the answers of an S3 server mean: an error of ours, and whether the trouble may pass.

    meant = meaning(error, "read", "intake/obj-01k…", access)
    if not meant.passes:
        raise meant.error

Of what a server or a library says, only the code and the status are handed on: the rest may name keys. Not here: how
often one tries again (`store.s3`).
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from residency.errors import Broken, Missing, Refused, ResidencyError, Unavailable
from residency.store.access import NAMED_BY, StoreAccess, expired
from residency.store.objects import ObjectMissing, StoreUnavailable, taken

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"}
PASSING = {408, 429}
"""Besides all from 500: the server asks for patience."""
_WORDS = {
    "Connection refused": "the server refuses connections",
    "ConnectionRefused": "the server refuses connections",
    "dns error": "the name of the server is not known",
    "ertificate": "the certificate of the server is not trusted",
    "TimedOut": "the server does not answer in time",
    "Elapsed": "the server does not answer in time",
}


class BucketMissing(Missing):
    """The server has no bucket of this name."""


class StoreRefused(Refused):
    """The server does not let this site do what it asked for."""


class ObjectChanged(Broken):
    """The bytes under a name are no longer those that were opened: something else writes into the store."""


class ServerOverwrites(Unavailable):
    """The server replaces an object although it was asked not to: two writers of one name would not find out."""


class AnswerTorn(Exception):
    """An answer that is not as long as what was asked for; the next one may be whole."""


@dataclass(frozen=True)
class Meaning:
    """What to raise, and whether the same question may be answered in a moment."""

    error: ResidencyError
    passes: bool


def meaning(error: Exception, verb: str, name: str, access: StoreAccess) -> Meaning:
    """What an error of the library stands for; `verb` and `name` say what was being done."""
    said = str(error)
    code, status = _first(r"<Code>(\w{1,60})</Code>", said), int(_first(r"status code: (\d{3})", said) or 0)
    cannot, host = f"Cannot {verb} {name}", _host(access)
    lasting = _of_the_site(code, status, cannot, host, access.bucket) or _of_the_object(error, status, name)
    if lasting:
        return Meaning(lasting, False)
    reason, passes = _trouble(error, said, status, code)
    mend = (
        f"Wait for {host} or mend it, then repeat." if passes else f"Check [store] in site.toml: {host} must speak S3."
    )
    return Meaning(StoreUnavailable(f"{cannot}: {reason}.", remedy=mend), passes)


def changed(name: str) -> ObjectChanged:
    """The error for an object that is not the one that was opened."""
    remedy = "Find out who else writes into the bucket; restore the object from a backup."
    return ObjectChanged(f"Object {name} was changed while it was read.", remedy=remedy)


def overwrites(access: StoreAccess) -> ServerOverwrites:
    """The error for a server that does not heed If-None-Match."""
    says = (
        f"{_host(access)} replaces objects although it is asked not to (If-None-Match), so it cannot keep this store."
    )
    return ServerOverwrites(says, remedy="Use a server that heeds it: AWS and SeaweedFS do.")


def _host(access: StoreAccess) -> str:
    return urlsplit(access.endpoint).netloc or f"AWS in {access.region}"


def _of_the_site(code: str, status: int, cannot: str, host: str, bucket: str) -> ResidencyError | None:
    """What is wrong with the bucket, the clock or the credentials."""
    if code == "NoSuchBucket":
        says = f"There is no bucket '{bucket}' at {host}."
        return BucketMissing(says, remedy="Make it, or correct store.url in site.toml.")
    if code in EXPIRED:
        return expired(f"{host} says that the credentials of this site have expired")
    if code == "RequestTimeTooSkewed":
        says = f"{cannot}: the clocks of {host} and of this machine differ."
        return StoreUnavailable(says, remedy="Set the clock of this machine, then repeat.")
    if status in (401, 403):
        says = f"{cannot}: {host} refuses this site ({code or status})."
        remedy = f"The credentials come from {NAMED_BY}; they must be valid, and may list, read, write and delete."
        return StoreRefused(says, remedy=remedy)
    return None


def _of_the_object(error: Exception, status: int, name: str) -> ResidencyError | None:
    """What is wrong with the object itself."""
    kind = type(error).__name__
    if kind == "AlreadyExistsError":
        return taken(name)
    if kind == "PreconditionError" or status == 416:
        return changed(name)
    if isinstance(error, FileNotFoundError) or status == 404:
        return ObjectMissing(f"There is no object named {name}.", remedy="Check the place of the store.")
    return None


def _trouble(error: Exception, said: str, status: int, code: str) -> tuple[str, bool]:
    """A reason in words, and whether it may pass."""
    if isinstance(error, AnswerTorn):
        return "the answer was cut short", True
    if status:
        return f"the server answers {status} {code}".strip(), status >= 500 or status in PASSING
    if "NotPartial" in said:
        return "the server answers a part with something else", False
    if "redirect" in said.lower():
        return "the server sends us elsewhere, so that the region or the endpoint is wrong", False
    word = next((meant for sign, meant in _WORDS.items() if sign in said), "the connection broke")
    return word, isinstance(error, OSError) or type(error).__name__ == "GenericError"


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
