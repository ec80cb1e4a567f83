"""The way to a store: its address and, where a server asks for them, the credentials of this site.

    access = StoreAccess(url="file:///srv/residency/objects")
    access = StoreAccess(url="s3://bucket/prefix", endpoint="https://s3.example", credentials=read_credentials(path))

It travels from the settings into the ticket of a worker, which must open the same store. Credentials come from one file
of the site that its owner alone may read: never from `site.toml`, the environment or arguments. Neither its repr nor
its errors show them. Not here: opening a store (`store.places`).
"""

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError, model_validator

from residency.errors import BadInput, Missing, Refused
from residency.kernel.clock import Clock, system_clock
from residency.kernel.explain import explain
from residency.kernel.record import Part

S3 = "s3://"
NAMED_BY = "the file that store.credentials in site.toml names"
_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[a-zA-Z0-9_][a-zA-Z0-9._-]*)*")
_ENDPOINT = re.compile(r"https?://([a-zA-Z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")

Secret = Annotated[str, Field(pattern=r"^[!-~]+$")]


class CredentialsMissing(Missing):
    """The file of the credentials for the store is not there, or cannot be read."""


class CredentialsExposed(Refused):
    """Others than its owner may read the file of the credentials for the store."""


class CredentialsWrong(BadInput):
    """The file of the credentials for the store cannot be used."""


class CredentialsExpired(Refused):
    """The credentials for the store were given until a time that has passed."""


class Credentials(Part):
    """What a server knows this site by; a session token comes with those that expire."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access_key_id: Secret = Field(repr=False)
    secret_access_key: Secret = Field(repr=False)
    session_token: Secret | None = Field(None, repr=False)
    expires_at: AwareDatetime | None = None


class StoreAccess(Part):
    """All that opening a store needs; without an endpoint, `s3://` is that of AWS in its region."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str
    endpoint: str = ""
    region: str = "us-east-1"
    virtual_hosted: bool = False
    plain_http: bool = False
    credentials: Credentials | None = Field(None, repr=False)
    cache: str = ""
    cache_bytes: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        agree(self.url, self.endpoint, plain_http=self.plain_http, credentials=self.credentials is not None)
        return self

    @property
    def bucket(self) -> str:
        """The bucket of an address that begins with s3://."""
        return self.url.removeprefix(S3).partition("/")[0]

    @property
    def prefix(self) -> str:
        """What stands before every name in the bucket; may be empty."""
        return self.url.removeprefix(S3).partition("/")[2]


def agree(url: str, endpoint: str, *, plain_http: bool, credentials: bool) -> None:
    """Raise ValueError, naming the key of the settings, where they contradict each other."""
    if not url.startswith(S3):
        if endpoint or credentials:
            raise ValueError("endpoint and credentials belong to a url that begins with s3://")
        return
    if not _S3_URL.fullmatch(url):
        raise ValueError("url must be s3://bucket or s3://bucket/prefix, without a / at its end")
    if not credentials:
        raise ValueError("a url that begins with s3:// needs credentials")
    if endpoint and not _ENDPOINT.fullmatch(endpoint):
        raise ValueError("endpoint must be https://host or https://host:port")
    if endpoint.startswith("http:") and not plain_http and not _LOOPBACK.fullmatch(urlsplit(endpoint).hostname or ""):
        raise ValueError("what goes over http is readable on its way; use https, or declare plain_http = true")


def read_credentials(path: Path, *, clock: Clock = system_clock) -> Credentials:
    """Those in a TOML file of mode 0600; raises CredentialsMissing, -Exposed, -Wrong, -Expired."""
    try:
        with path.open("rb") as file:
            # Of the file that is open: under the path there may be another one a moment later.
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                says = f"Others than its owner may read {path}, the credentials for the store."
                raise CredentialsExposed(says, remedy=f"chmod 600 {path}; give the site new ones if others could look.")
            text = file.read().decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        says = f"The credentials for the store cannot be read from {path}: {reason}."
        remedy = "Write access_key_id and secret_access_key there as TOML, mode 0600; site.toml names it."
        raise CredentialsMissing(says, remedy=remedy) from None
    found = _parse(text, path)
    if found.expires_at and found.expires_at <= clock():
        raise expired(f"the credentials in {path} were given until {found.expires_at:%Y-%m-%d %H:%M %Z}")
    return found


def expired(reason: str) -> CredentialsExpired:
    """The error for credentials whose time has passed."""
    return CredentialsExpired(f"The store stays closed: {reason}.", remedy=f"Put new credentials into {NAMED_BY}.")


def _parse(text: str, path: Path) -> Credentials:
    try:
        return Credentials.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        # What the parser says of a place may quote what stands there.
        where = re.search(r"\(at line \d+, column \d+\)", str(error))
        raise CredentialsWrong(f"{path} is no TOML {where[0] if where else ''}.", remedy="Correct it.") from None
    except ValidationError as error:
        message, remedy = explain(str(path), lambda path: None, error, Credentials)
        raise CredentialsWrong(message, remedy=remedy) from None
