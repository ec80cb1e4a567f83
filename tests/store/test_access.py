"""Which stores a site may name, where its credentials come from, and where they never show."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from residency.settings import PASSPHRASE_KEYS, TEMPLATE, SettingsWrong, parse
from residency.store.access import (
    CredentialsExpired,
    CredentialsExposed,
    CredentialsMissing,
    CredentialsWrong,
    StoreAccess,
    read_credentials,
)
from residency.store.s3 import S3Store
from tests.fakes.faulty import faulty

GOOD = 'access_key_id = "planted-id"\nsecret_access_key = "planted-secret"\n'
S3 = 'url = "s3://bucket/prefix"\nendpoint = "https://s3.example:9000"\ncredentials = "s3.toml"'


def written(folder, text, mode=0o600):
    path = folder / "s3.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def settings(store: str):
    """The settings of a site with this section [store]."""
    text = TEMPLATE.format(country="NL", heads="", ledger="", store="", keys=PASSPHRASE_KEYS)
    return parse(text.replace('url = ""\n\n[keys]', f"{store}\n\n[keys]"), "site.toml")


def test_credentials_are_read_from_a_file_of_their_owner(tmp_path):
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    more = f'session_token = "planted-token"\nexpires_at = {until.isoformat()}\n'
    found = read_credentials(written(tmp_path, GOOD + more))
    assert (found.access_key_id, found.secret_access_key, found.session_token) == (
        "planted-id",
        "planted-secret",
        "planted-token",
    )
    assert found.expires_at == until
    assert "planted" not in repr(found) + str(found) + repr(StoreAccess(url="s3://bucket", credentials=found))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path, mode):
    with pytest.raises(CredentialsExposed, match="chmod 600"):
        read_credentials(written(tmp_path, GOOD, mode))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CredentialsMissing, match=r"s3\.toml: No such file"):
        read_credentials(tmp_path / "s3.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "planted planted", "line 3"),
        ('access_key_id = "planted-id"', "'secret_access_key' is missing"),
        (GOOD + 'sesion_token = "planted"', "Did you mean 'session_token'"),
        (GOOD.replace("planted-secret", "planted secret"), "secret_access_key"),
        (GOOD.replace('"planted-secret"', "[1]"), "secret_access_key"),
        (GOOD + 'expires_at = "planted"', "expires_at"),
        (GOOD + "expires_at = 2030-01-01T00:00:00", "expires_at"),
    ],
)
def test_a_file_that_is_wrong_is_named_without_what_stands_in_it(tmp_path, text, says):
    with pytest.raises(CredentialsWrong, match=says) as wrong:
        read_credentials(written(tmp_path, text))
    assert "planted" not in str(wrong.value)
    assert wrong.value.__suppress_context__


def test_credentials_whose_time_has_passed_are_refused_before_anyone_is_asked(tmp_path):
    path = written(tmp_path, GOOD + "expires_at = 2020-01-01T00:00:00Z\n")
    with pytest.raises(CredentialsExpired, match="2020-01-01"):
        read_credentials(path)


def test_the_settings_of_an_s3_store_are_read():
    store = settings(S3).store
    assert (store.url, store.endpoint, store.credentials) == (
        "s3://bucket/prefix",
        "https://s3.example:9000",
        "s3.toml",
    )
    for endpoint in ("http://127.0.0.1:8333", "http://localhost:8333", "http://[::1]:8333"):
        assert settings(S3.replace("https://s3.example:9000", endpoint)).store.endpoint == endpoint
    assert settings(f"{S3.replace('https', 'http')}\nplain_http = true").store.plain_http


@pytest.mark.parametrize(
    ("store", "says"),
    [
        (S3.replace('"s3.toml"', '""'), "needs credentials"),
        (S3.replace("s3://bucket/prefix", "file:///srv/objects"), "belong to a url that begins with s3://"),
        ('url = ""\nendpoint = "https://s3.example"', "belong to a url that begins with s3://"),
        (S3.replace("https", "http"), "plain_http = true"),
        (S3.replace("https://s3.example", "http://127.0.0.1.example"), "plain_http = true"),
        (S3.replace("https://", "https://key:secret@"), "endpoint must be"),
        (S3.replace("s3.example:9000", "s3.example/path"), "endpoint must be"),
        (S3.replace("s3://bucket/prefix", "s3://bucket/prefix/"), "without a /"),
        (S3.replace("s3://bucket/prefix", "s3://Bucket"), "s3://bucket or s3://bucket/prefix"),
        (S3.replace("s3://bucket/prefix", "s3://bucket/../other"), "s3://bucket or s3://bucket/prefix"),
        (S3.replace("s3://", "ftp://"), "'store.url'"),
        (f"{S3}\nregio = 'eu'", "Did you mean 'region'"),
        (f"{S3}\nregion = 'eu west'", "'store.region'"),
        (f"{S3}\nsecret_access_key = 'x'", "unknown key"),
        (f"{S3}\nplain_http = 'yes'", "'store.plain_http'"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused_with_what_to_do(store, says):
    with pytest.raises(SettingsWrong, match=r"site\.toml, line \d+") as wrong:
        settings(store)
    assert says in str(wrong.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "s3://bucket"},
        {"url": "s3://bucket", "endpoint": "http://10.0.0.1", "credentials": {"planted": 1}},
        {"url": "file:///x", "endpoint": "https://s3.example"},
        {"url": "file:///x", "credentials": {"access_key_id": "planted", "secret_access_key": "planted"}},
        {"url": "file:///x", "secret": "planted"},
    ],
)
def test_an_access_that_contradicts_itself_is_refused_without_being_shown(wrong):
    with pytest.raises(ValidationError) as error:
        StoreAccess.model_validate(wrong)
    assert "planted" not in str(error.value).replace("planted\n", "")


def test_an_access_is_read_back_from_json_whole(tmp_path):
    credentials = read_credentials(written(tmp_path, GOOD + "expires_at = 2999-01-01T00:00:00Z\n"))
    access = StoreAccess(url="s3://bucket/a", endpoint="https://s3.example", credentials=credentials)
    assert StoreAccess.model_validate_json(access.model_dump_json()) == access


PROGRAM = """
import sys
from residency.store.access import StoreAccess
from residency.store.s3 import S3Store
store = S3Store(StoreAccess.model_validate_json(sys.stdin.read()))
store.put("a", [b"x"])
print(store.read("a"), list(store.names()))
"""


def in_a_process(access: StoreAccess, surroundings: dict[str, str]) -> subprocess.CompletedProcess:
    """Write and read in a process with these variables in its environment."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=access.model_dump_json(),
        env=os.environ | surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_of_aws_in_the_environment_is_heeded(seaweed):
    """Not even what the library would look up for itself."""
    planted = {
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_REGION": "elsewhere",
        "AWS_BUCKET": "other",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_S3_EXPRESS": "true",
        "AWS_CONDITIONAL_PUT": "disabled",
        "AWS_UNSIGNED_PAYLOAD": "true",
        "AWS_PROFILE": "other",
    }
    done = in_a_process(seaweed.access(), planted)
    assert (done.returncode, done.stdout) == (0, "b'x' ['a']\n"), done.stderr


def test_without_the_library_a_store_says_what_to_install(seaweed):
    program = (
        "import sys; sys.modules['obstore'] = None\n"
        "from residency.store.access import StoreAccess; from residency.store.places import open_store\n"
        "from residency.store.server import S3NotInstalled\n"
        "access = StoreAccess.model_validate_json(sys.stdin.read())\n"
        "try: open_store(access)\n"
        "except S3NotInstalled as error: print(error.remedy)\n"
    )
    access = seaweed.access().model_dump_json()
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, input=access, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "pip install residency[s3]\n", done.stderr


def test_a_bucket_may_stand_in_the_name_of_the_host(seaweed):
    """No resolver here knows the name; a proxy of the whole process does not ask one."""
    access = seaweed.access(endpoint=f"http://localhost:{seaweed.port}", virtual_hosted=True)
    with faulty(seaweed.port) as proxy:
        done = in_a_process(access, {"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": ""})
    assert (done.returncode, done.stdout) == (0, "b'x' ['a']\n"), done.stderr
    assert all(path.startswith(f"http://{access.bucket}.localhost:{seaweed.port}/") for _, path in proxy.asked)
    assert S3Store(access.model_copy(update={"virtual_hosted": False})).read("a") == b"x"
