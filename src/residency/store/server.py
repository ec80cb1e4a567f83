"""One S3 server, asked patiently: repeated while the trouble may pass, and never without end.

    server = Server(access, PATIENCE)
    server.ask("read", "intake/obj-01k…", lambda: server.library.head(server.client, "intake/obj-01k…"))

The library is obstore (`pip install residency[s3]`). Nothing of AWS in the environment of the process is heeded: what a
site uses stands in its settings. Not here: objects (`store.s3`), what answers mean (`store.answers`).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from residency.errors import Unavailable
from residency.kernel.clock import stopwatch
from residency.store.access import StoreAccess
from residency.store.answers import AnswerTorn, meaning
from residency.store.objects import ObjectMissing

_PAUSES_S = (0.1, 5.0)
_NOTHING = "nothing/of/this/name"


class S3NotInstalled(Unavailable):
    """The library that speaks S3 is not installed."""


@dataclass(frozen=True)
class Patience:
    """Seconds that a server is waited for: to connect, for one request, and after which nothing is asked again."""

    connect: float = 5
    request: float = 60
    call: float = 180


PATIENCE = Patience()


class Server:
    """The library, and its two ways to the bucket of a store."""

    def __init__(self, access: StoreAccess, patience: Patience) -> None:
        try:
            import obstore
            import obstore.exceptions
        except ImportError:
            says = "The store is on an S3 server, and the library that speaks S3 is not installed."
            raise S3NotInstalled(says, remedy="pip install residency[s3]") from None
        self.library, self.access, self._patience = obstore, access, patience
        self.troubles = (obstore.exceptions.BaseError, OSError, AnswerTorn)
        self.client = _client(access, patience, retries=0)
        # Parts of a large object and pages of a listing are repeated by the library, which alone knows them.
        self.repeating = _client(access, patience, retries=10)
        self.heeds_conditions = False
        """Whether this server was seen to refuse a name in use; not every server that speaks S3 does."""
        self._bucket_seen = False

    def ask(self, verb: str, name: str, call: Callable[[], Any], *, again: bool = True) -> Any:
        """What the server answers, asked again while the trouble may pass and patience lasts."""
        ends, pause = stopwatch() + self._patience.call, _PAUSES_S[0]
        while True:
            try:
                return call()
            except self.troubles as error:
                meant = meaning(error, verb, name, self.access)
            # Raised out here, so that what the library said is not in the traceback: it may name keys.
            if not (again and meant.passes) or stopwatch() + pause > ends:
                raise meant.error
            time.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, _PAUSES_S[1])

    def head(self, name: str) -> Any:
        """Length, ETag and time of an object; raises ObjectMissing, or what is wrong with bucket or credentials."""
        return self.ask("read", name, lambda: self._head(name))

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        try:
            self.head(name)
        except ObjectMissing:
            return False
        return True

    def _head(self, name: str) -> Any:
        try:
            return self.library.head(self.client, name)
        except self.troubles as error:
            # The answer to a HEAD has no body that says what is missing or refused; that to a listing of nothing has.
            if "status code: 4" in str(error) and not (self._bucket_seen and isinstance(error, FileNotFoundError)):
                self.library.list(self.client, _NOTHING).collect()
                self._bucket_seen = True
            raise


def _client(access: StoreAccess, patience: Patience, *, retries: int) -> Any:
    """The library's own store. What it would look up in the environment if it were left out is said here."""
    from obstore.store import S3Store as Client

    given = access.credentials
    assert given is not None  # an address that begins with s3:// has them
    return Client(
        access.bucket,
        prefix=access.prefix or None,
        config={
            "endpoint": _endpoint(access),
            "aws_endpoint_url_s3": _endpoint(access),
            "region": access.region,
            "virtual_hosted_style_request": access.virtual_hosted,
            "conditional_put": "etag",
            "skip_signature": False,
            "s3_express": False,
            "disable_bulk_delete": True,
        },
        client_options={
            "allow_http": _endpoint(access).startswith("http:"),
            "connect_timeout": timedelta(seconds=patience.connect),
            "timeout": timedelta(seconds=patience.request),
        },
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=patience.call)},
        credential_provider=lambda: {
            "access_key_id": given.access_key_id,
            "secret_access_key": given.secret_access_key,
            "token": given.session_token,
            "expires_at": None,
        },
    )


def _endpoint(access: StoreAccess) -> str:
    """Where the server is; with a bucket in its name where that is its style."""
    scheme, _, host = (access.endpoint or f"https://s3.{access.region}.amazonaws.com").partition("://")
    return f"{scheme}://{access.bucket}.{host}" if access.virtual_hosted else f"{scheme}://{host}"
