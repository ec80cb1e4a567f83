"""Files that stay as they came (BAM, notes, the original DICOM) are read byte for byte from wherever one wants."""

import gzip
import io
import random
import struct
import zlib

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.errors import Broken
from residency.store.directory import DirectoryStore
from residency.store.frames import FRAME_SIZE, TAG
from residency.store.sealed import GroupKey, Sealed
from tests.dataset.ct_series import files_of
from tests.fakes.counting_objects import CountingObjects
from tests.fakes.memory_objects import MemoryObjects

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}
MARKER = b"PLANTED^MARKER 1955-03-02"
FRAME = 1000  # no power of two, so that no border of a format falls on one of ours
_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAM/BAM specification 4.1.2


def bgzf(blocks):
    """A file of gzip members, each with its own length in it, as BAM is; and where each begins."""
    out, starts = bytearray(), []
    for block in blocks:
        starts.append(len(out))
        squeezed = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = squeezed.compress(block) + squeezed.flush()
        length = 18 + len(body) + 8
        out += bytes.fromhex("1f8b08040000000000ff060042430200") + struct.pack("<H", length - 1) + body
        out += struct.pack("<II", zlib.crc32(block), len(block))
    return bytes(out) + _EOF, starts


CHANCE = random.Random(4)
BLOCKS = [
    b"\n".join(b"read%07d\t%s" % (n + 1000 * m, CHANCE.randbytes(12).hex().encode()) for n in range(300))
    for m in range(30)
]
BAM, STARTS = bgzf(BLOCKS)
NOTE = ("Seen in clinic. " * 200 + MARKER.decode() + "\nGrüße\n").encode()
DICOM = files_of(np.arange(4 * 50 * 60).reshape(4, 50, 60) % 2000 - 1000)[0]
FILES = {"bam": BAM, "note": NOTE, "dicom": DICOM, "empty": b"", "byte": b"x", "frame": CHANCE.randbytes(3 * FRAME)}


@pytest.fixture(scope="module", params=["memory", "disk"])
def kept(request, tmp_path_factory):
    """All files, sealed in one place; and their references."""
    disk = DirectoryStore(tmp_path_factory.mktemp("objects")) if request.param == "disk" else MemoryObjects()
    place = Sealed(CountingObjects(disk), frame_size=FRAME)
    return place, {name: place.write(data, KEY, context=f"intake/{name}") for name, data in FILES.items()}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_back_byte_for_byte(kept, name):
    place, refs = kept
    assert place.read(refs[name], KEYS) == FILES[name]
    assert refs[name].size == len(FILES[name])
    with place.open(refs[name], KEYS) as file:
        assert file.read() == FILES[name]
        assert file.read() == file.read(5) == b""


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_range_is_what_the_file_holds_there(kept, data):
    place, refs = kept
    name = data.draw(st.sampled_from(sorted(FILES)))
    wanted = FILES[name]
    start = data.draw(st.integers(0, len(wanted) + 10))
    length = data.draw(st.integers(0, 3 * FRAME))
    with place.open(refs[name], KEYS) as file:
        whence = data.draw(st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END]))
        assert file.seek(start - (len(wanted) if whence == io.SEEK_END else 0), whence) == start == file.tell()
        assert file.read(length) == wanted[start : start + length]
        assert file.tell() == start + len(wanted[start : start + length])


@pytest.mark.parametrize("edge", [-1, 0, 1])
def test_ranges_that_begin_or_end_at_a_frame_are_exact(kept, edge):
    place, refs = kept
    with place.open(refs["bam"], KEYS) as file:
        for start in range(FRAME + edge, len(BAM), FRAME):
            for length in (1, FRAME - 1, FRAME, FRAME + 1):
                file.seek(start)
                assert file.read(length) == BAM[start : start + length]


def test_a_block_of_a_bam_is_unpacked_from_where_its_index_says(kept):
    """Random access as an index gives it: the place of a gzip member, then bytes inside it."""
    place, refs = kept
    order = list(range(len(BLOCKS)))
    random.Random(9).shuffle(order)
    with place.open(refs["bam"], KEYS) as file:
        for number in order:
            file.seek(STARTS[number])
            head = file.read(18)
            length = struct.unpack("<H", head[16:18])[0] + 1
            body = file.read(length - 18)
            assert zlib.decompress(body[:-8], -15) == BLOCKS[number]


def test_readers_of_others_take_a_sealed_file_for_a_file(kept):
    place, refs = kept
    with place.open(refs["bam"], KEYS) as file, gzip.open(file) as unpacked:
        assert unpacked.read() == b"".join(BLOCKS)
    with place.open(refs["note"], KEYS) as file, io.TextIOWrapper(io.BufferedReader(file), "utf-8") as text:
        assert text.readlines()[-1] == "Grüße\n"
    with place.open(refs["dicom"], KEYS) as file:
        head = pydicom.dcmread(file, defer_size=100, stop_before_pixels=True)
        assert (head.Rows, head.Columns) == (50, 60)
    with place.open(refs["dicom"], KEYS) as file:
        assert pydicom.dcmread(file).pixel_array.shape == (50, 60)


def test_a_range_opens_only_the_frames_that_it_touches(kept):
    place, refs = kept
    with place.open(refs["bam"], KEYS) as file:
        place.objects.forget()
        file.seek(10 * FRAME + 5)
        file.read(FRAME)
    assert [length for _, _, length in place.objects.ranges] == [FRAME + TAG] * 2


def test_a_file_of_real_frames_is_exact_too():
    place, data = Sealed(MemoryObjects()), random.Random(1).randbytes(3 * FRAME_SIZE + 77)
    ref = place.write(data, KEY, context="c")
    with place.open(ref, KEYS) as file:
        for start in (0, FRAME_SIZE - 1, FRAME_SIZE, 2 * FRAME_SIZE + 5, len(data) - 3):
            for length in (1, 2, FRAME_SIZE + 1):
                file.seek(start)
                assert file.read(length) == data[start : start + length]


def test_a_changed_byte_is_an_error_where_it_lies_and_nowhere_else():
    place = Sealed(MemoryObjects(), frame_size=FRAME)
    ref = place.write(BAM, KEY, context="c")
    data = bytearray(place.objects.bytes_of[ref.name])
    start = ref.stored - 32 - ref.size - -(-ref.size // FRAME) * TAG
    data[start + 7 * (FRAME + TAG) + 3] ^= 1
    place.objects.bytes_of[ref.name] = bytes(data)
    with place.open(ref, KEYS) as file:
        for number in range(-(-ref.size // FRAME)):
            file.seek(number * FRAME)
            if number == 7:
                with pytest.raises(Broken, match="Frame 7"):
                    file.read(1)
            else:
                assert file.read(FRAME) == BAM[number * FRAME : (number + 1) * FRAME]


def test_no_plaintext_of_a_file_rests_in_the_store(kept):
    place, refs = kept
    stored = b"".join(place.objects.read(ref.name) for ref in refs.values())
    assert MARKER in NOTE
    for trace in (MARKER, b"Seen in clinic", b"BC\x02\x00", b"DICM", _EOF):
        assert trace not in stored
    assert len(stored) == sum(ref.stored for ref in refs.values())
