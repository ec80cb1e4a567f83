"""One frozen Settings from one site.toml; the only module that reads the environment.

    settings = load(Path("/srv/residency"))        # reads /srv/residency/site.toml

An unknown key is an error that names the line and the key that was probably meant. Secrets are never in the file. Not
here: what a study does (`study`).
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from residency.errors import BadInput, Missing
from residency.kernel.explain import explain
from residency.store.access import agree

FILE = "site.toml"
TEMPLATE = """# This place. What a study does stands in its study.yaml.
country = "{country}"           # ISO 3166-1; data whose protocol does not name it are not used here
lease_minutes = 60              # a worker that cannot reach this site stops at the end of its lease
min_cell = 5                    # groups of fewer subjects are shown as suppressed
heads = "{heads}"  # signed heads of the audit log are kept here too: put it on another disk or machine

[ledger]
url = "{ledger}"

[store]
url = "{store}"

{keys}"""
PASSPHRASE_KEYS = """[keys]
kind = "passphrase"
ring = "ring.json"
argon2_memory_kib = 65536
"""


class SettingsWrong(BadInput):
    """A line of site.toml cannot be used."""


class SiteMissing(Missing):
    """There is no site in this folder."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LedgerSettings(_Section):
    """The database."""

    url: str = Field(
        pattern=r"^(|sqlite:///.+|postgresql\+psycopg://.+)$",
        description="sqlite:///path or postgresql+psycopg://…; empty: SQLite beside this file.",
    )


class StoreSettings(_Section):
    """The sealed objects."""

    url: str = Field(
        pattern=r"^(|file:///.+|s3://.+)$",
        description="file:///path or s3://bucket/prefix; empty: a folder beside this file.",
    )
    endpoint: str = Field("", description="The S3 server, https://host:port; empty: AWS in the region.")
    region: str = Field("us-east-1", pattern=r"^[a-z0-9-]+$", description="Region of the S3 server.")
    virtual_hosted: bool = Field(False, description="The bucket stands in the host's name, not in the path.")
    plain_http: bool = Field(False, description="Allows http:// to another machine: names travel readable.")
    credentials: str = Field("", description="File, from here, of the S3 credentials: TOML, mode 0600.")
    cache: str = Field("", description="Folder, from here, best on NVMe, that keeps ciphertext of a remote store.")
    cache_gib: float = Field(100.0, gt=0, description="How much the cache may take, in GiB.")
    archive: str = Field(
        "",
        pattern=r"^(|file:///.+|s3://.+)$",
        description="Where versions not in use lie, packed smaller: file:///path, or s3:// on the same server.",
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        agree(self.url, self.endpoint, plain_http=self.plain_http, credentials=bool(self.credentials))
        return self


_ADDRESS = r"^(|https://[A-Za-z0-9.\-\[\]:]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)$"
_NAME = r"^(|[A-Za-z0-9][A-Za-z0-9_-]*)$"
_KEY_FIELDS = {
    "passphrase": ("ring",),
    "pkcs11": ("module", "token", "label"),
    "transit": ("address", "mount", "key", "ca"),
}


class KeySettings(_Section):
    """The key ring: a file under a passphrase, a token under its PIN, or a key server under a token of its own."""

    kind: Literal["passphrase", "pkcs11", "transit"] = Field(
        "passphrase", description="What wraps the keys: a file, a hardware security module, or OpenBao or Vault."
    )
    ring: str = Field("", description="passphrase: file of the key ring, from here.")
    module: str = Field("", pattern=r"^(|/.+)$", description="pkcs11: the PKCS#11 library of the module.")
    token: str = Field("", max_length=32, description="pkcs11: label of the token.")
    label: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]*$", description="pkcs11: name of this site's keys in the token; no other site's."
    )
    address: str = Field(
        "", pattern=_ADDRESS, description="transit: https://… of the key server; http://… on this machine alone."
    )
    mount: str = Field("", pattern=_NAME, description="transit: where its transit engine is mounted.")
    key: str = Field("", pattern=_NAME, description="transit: name of this site's keys there; no other site's.")
    ca: str = Field("", description="transit: file of the authorities that the server's certificate may come from.")
    argon2_memory_kib: int = Field(65536, ge=8192, description="Memory that each guess at a passphrase costs.")

    @model_validator(mode="after")
    def _each_kind_has_its_own(self) -> Self:
        """A field of another kind would be read by nobody; a missing one is found here and not at the first key."""
        own = _KEY_FIELDS[self.kind]
        for name in (name for names in _KEY_FIELDS.values() for name in names):
            given = bool(getattr(self, name))
            if given and name not in own:
                raise ValueError(f"'{name}' is not for kind = \"{self.kind}\"; its fields are {', '.join(own)}")
            if not given and name in own and name != "ca":
                raise ValueError(f"kind = \"{self.kind}\" needs '{name}'")
        return self


class KeysFile(_Section):
    """The [keys] section alone: what `site init --keys` reads."""

    keys: KeySettings = Field(description="The key ring.")


class Settings(_Section):
    """Everything that differs from place to place."""

    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 code of the country of this place.")
    lease_minutes: int = Field(60, ge=1, description="A worker that cannot reach this site stops after so long.")
    min_cell: int = Field(5, ge=2, description="Groups of fewer subjects are shown as suppressed.")
    heads: str = Field("", description="Folder, best on another machine, that keeps signed heads of the audit log.")
    ledger: LedgerSettings = Field(description="The database.")
    store: StoreSettings = Field(description="The sealed objects.")
    keys: KeySettings = Field(description="The key ring.")


_Parsed = TypeVar("_Parsed", bound=_Section)


def load(site: Path) -> Settings:
    """Settings of a site folder; raises SiteMissing, SettingsWrong."""
    path = site / FILE
    try:
        return parse(path.read_text(), str(path))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SiteMissing(
            f"There is no site at {site}.", remedy="Make one with 'residency site init', or give --site."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(
            f"{path} cannot be read as text.", remedy="Restore it, or let this user read it."
        ) from error


def load_keys(file: Path) -> str:
    """The text of a file that holds a [keys] section and nothing else; raises SettingsWrong."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"{file} cannot be read as text.", remedy="Give a file with a [keys] section.") from error
    parse(text, str(file), KeysFile)
    return text


def parse(text: str, place: str, model: type[_Parsed] = Settings) -> _Parsed:
    """The settings that a text says; raises SettingsWrong with the place, the line and what was meant."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsWrong(f"{place}: {error}.", remedy="Correct that line.") from error
    except ValidationError as error:
        message, remedy = explain(place, lambda path: _line_of(text, path), error, model)
        raise SettingsWrong(message, remedy=remedy) from error


def _line_of(text: str, path: list[str]) -> int | None:
    """The line of the innermost key: a section's header, then a key below it."""
    lines, found = text.splitlines(), 0
    for key in path:
        pattern = re.compile(rf"^\s*\[?\"?{re.escape(key)}\"?\s*[=\]]")
        found = next((n for n in range(found, len(lines)) if pattern.match(lines[n])), found - 1) + 1
    return found or None


def environment(name: str) -> str | None:
    """A variable of the environment that begins with RESIDENCY_; nothing else of it is read."""
    return os.environ.get(f"RESIDENCY_{name}")


def surroundings() -> dict[str, str]:
    """The environment without anything of ours: what a command of another site is started with."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RESIDENCY_")}


def state_folder() -> Path:
    """Where a person's own small files lie (the session): XDG_STATE_HOME, or ~/.local/state."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "residency"
