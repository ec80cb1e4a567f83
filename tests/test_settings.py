"""What site.toml may say of the key ring, and how what it may not say is told."""

import pytest

from residency.settings import PASSPHRASE_KEYS, TEMPLATE, SettingsWrong, load_keys, parse
from residency.store.rings import HsmToken, KeyServer, RingFile
from residency.wiring import ring_place

HSM = 'kind = "pkcs11"\nmodule = "/usr/lib/softhsm/libsofthsm2.so"\ntoken = "hospital"\nlabel = "liver"\n'
SERVER = 'kind = "transit"\naddress = "https://bao.example.org:8200"\nmount = "transit"\nkey = "liver"\nca = "ca.pem"\n'


def read(keys: str):
    return parse(TEMPLATE.format(country="US", heads="", ledger="", store="", keys=keys), "site.toml").keys


def test_each_kind_of_ring_lies_where_its_own_fields_say(tmp_path):
    assert ring_place(tmp_path, read(PASSPHRASE_KEYS)) == RingFile(tmp_path / "ring.json", 65536)
    assert ring_place(tmp_path, read('[keys]\nring = "ring.json"\n')) == RingFile(tmp_path / "ring.json", 65536)
    module = "/usr/lib/softhsm/libsofthsm2.so"
    assert ring_place(tmp_path, read(f"[keys]\n{HSM}")) == HsmToken(module, "hospital", "liver")
    server = KeyServer("https://bao.example.org:8200", "transit", "liver", str(tmp_path / "ca.pem"))
    assert ring_place(tmp_path, read(f"[keys]\n{SERVER}")) == server
    assert ring_place(tmp_path, read(f"[keys]\n{SERVER}".replace('ca = "ca.pem"\n', ""))).ca == ""


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("", "needs 'ring'"),
        ('kind = "passphrase"\nring = "r"\nlabel = "x"\n', "'label' is not for kind"),
        ('kind = "hsm"\n', "'passphrase', 'pkcs11' or 'transit'"),
        (HSM.replace('label = "liver"\n', ""), "needs 'label'"),
        (HSM.replace("liver", "a b"), "line 17: 'keys.label'"),
        (HSM.replace("/usr", "usr"), "line 15: 'keys.module'"),
        (HSM + 'ring = "ring.json"\n', "'ring' is not for kind"),
        (HSM + 'pin = "1234"\n', "unknown key 'keys.pin'"),
        (SERVER.replace("https://bao.example.org:8200", "http://bao.example.org:8200"), "'keys.address'"),
        (SERVER.replace("https://bao.example.org:8200", "http://127.0.0.1.example.org"), "'keys.address'"),
        (SERVER.replace("https://bao.example.org:8200", "https://user:pw@bao"), "'keys.address'"),
        (SERVER.replace("https://bao.example.org:8200", "https://bao/v1/../x"), "'keys.address'"),
        (SERVER.replace('"transit"\nkey', '"tr/../sys"\nkey'), "'keys.mount'"),
        (SERVER.replace("liver", "a/b"), "'keys.key'"),
        (SERVER.replace("key = ", "kee = "), "Did you mean 'key'?"),
    ],
)
def test_a_section_of_keys_that_cannot_be_used_is_told_by_line_and_name(keys, says):
    with pytest.raises(SettingsWrong) as caught:
        read(f"[keys]\n{keys}")
    assert says in str(caught.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8200", "http://localhost", "http://[::1]:8200", "https://bao"])
def test_without_tls_a_server_is_reached_on_this_machine_alone(address):
    assert read(f"[keys]\n{SERVER}".replace("https://bao.example.org:8200", address)).address == address


@pytest.mark.parametrize("text", ["", HSM, f'country = "US"\n[keys]\n{HSM}', f"[keys]\n{HSM}[ledger]\n", "[keys\n"])
def test_a_file_of_keys_holds_that_section_and_nothing_else(tmp_path, text):
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(SettingsWrong, match=r"keys\.toml"):
        load_keys(file)
    file.write_text(f"# ours\n[keys]\n{HSM}")
    assert load_keys(file) == file.read_text()
    with pytest.raises(SettingsWrong, match="none"):
        load_keys(tmp_path / "none")
