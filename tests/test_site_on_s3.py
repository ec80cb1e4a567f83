"""A site whose objects lie on an S3 server: the story as on a disk, and workers that are told the way in secret."""

from datetime import timedelta
from pathlib import Path

import pytest

from residency.engine.halt import Halt
from residency.engine.worker import work
from residency.kernel.clock import system_clock
from residency.runs.run import Run
from residency.site import store_access
from residency.store.access import CredentialsExposed, CredentialsMissing, StoreAccess
from residency.store.frames import intact
from residency.store.s3 import S3Store
from residency.study import RunStudy
from residency.wiring import open_site
from tests.engine.world import Gang, Listener, World, tiny_spec
from tests.fakes.clinic import Clinic, copy_clinic
from tests.fakes.frozen import carry_to_freezing, export

CREDENTIALS = "s3-credentials.toml"


def move_to(folder: Path, access: StoreAccess, mode: int = 0o600) -> None:
    """Let the site in this folder keep its objects there."""
    store = f'url = "{access.url}"\nendpoint = "{access.endpoint}"\ncredentials = "{CREDENTIALS}"'
    settings = folder / "site.toml"
    settings.write_text(settings.read_text().replace('[store]\nurl = ""', f"[store]\n{store}"))
    keys = access.credentials
    file = folder / CREDENTIALS
    file.write_text(f'access_key_id = "{keys.access_key_id}"\nsecret_access_key = "{keys.secret_access_key}"\n')
    file.chmod(mode)


@pytest.mark.long
def test_a_study_is_carried_from_ingest_to_evaluation_on_an_s3_store(clinics, seaweed, tmp_path):
    access = seaweed.access()
    copy_clinic(clinics / "empty", tmp_path / "site").site.ledger.close()
    move_to(tmp_path / "site", access)
    frozen = carry_to_freezing(Clinic(open_site(tmp_path / "site")), export(tmp_path / "hospital"))
    clinic = Clinic(open_site(frozen.site))
    report = clinic.do("marsh", "study.run", RunStudy(file=frozen.study))
    (run,) = clinic.site.ledger.all(Run)
    assert {chapter.outcome for chapter in report.chapters} <= {"done", "there already"}
    assert [path for path in (tmp_path / "site").glob("objects/**/*") if path.is_file()] == []
    names = list(S3Store(access).names())
    assert any(name.startswith(run.prefix) for name in names)
    assert all(intact(clinic.site.objects, name) for name in names)
    text = b"".join(path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file())
    assert text.count(access.credentials.secret_access_key.encode()) == 1
    clinic.site.ledger.close()


def test_workers_on_an_s3_store_end_with_the_bits_of_those_on_a_disk_and_show_no_credentials(seaweed, tmp_path):
    spec, ends = tiny_spec(processes=1, steps=6), []
    access = seaweed.access()
    for world in (World(tmp_path), World(tmp_path, access)):
        items = {"train": tuple(world.item(number) for number in range(3)), "tune": (world.item(9),)}
        listener, halt = Listener(), Halt(system_clock() + timedelta(hours=1))
        work(world.ticket(spec, items), rank=0, listening=None, say=listener.say, halt=halt)
        ends.append(listener.last("finished").digest)
    gang = Gang(world.ticket(spec, items, run="run-2", checkpoints="checkpoints/run-2"))
    gang.until("started")
    for pid in gang.gang.pids:
        seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert access.credentials.secret_access_key.encode() not in seen
    assert gang.done() == (0,)
    assert ends == [gang.last("finished").digest] * 2
    assert access.credentials.secret_access_key not in gang.story()


def test_a_ticket_that_cannot_be_read_shows_no_credentials(seaweed, tmp_path):
    world = World(tmp_path, seaweed.access())
    ticket = world.ticket(tiny_spec(processes=1), {"train": (world.item(1),)})
    assert seaweed.writer.secret_access_key not in repr(ticket)
    with pytest.raises(ValueError, match="purpose") as wrong:
        type(ticket).model_validate_json(ticket.model_dump_json().replace('"train"', '"steal"'))
    assert seaweed.writer.secret_access_key not in str(wrong.value)


def test_a_site_is_not_opened_with_credentials_that_others_may_read(clinics, seaweed, tmp_path):
    copy_clinic(clinics / "empty", tmp_path / "site").site.ledger.close()
    move_to(tmp_path / "site", seaweed.access(), mode=0o644)
    with pytest.raises(CredentialsExposed, match=CREDENTIALS):
        open_site(tmp_path / "site")
    (tmp_path / "site" / CREDENTIALS).unlink()
    with pytest.raises(CredentialsMissing, match=CREDENTIALS):
        open_site(tmp_path / "site")


def test_credentials_that_were_renewed_are_in_the_next_ticket(clinics, seaweed, tmp_path):
    copy_clinic(clinics / "empty", tmp_path / "site").site.ledger.close()
    access = seaweed.access()
    move_to(tmp_path / "site", access)
    site = open_site(tmp_path / "site")
    assert store_access(site.folder, site.settings) == access
    renewed = 'access_key_id = "R-id"\nsecret_access_key = "renewed"\nsession_token = "token"\n'
    (tmp_path / "site" / CREDENTIALS).write_text(renewed)
    assert store_access(site.folder, site.settings).credentials.session_token == "token"
    site.ledger.close()
