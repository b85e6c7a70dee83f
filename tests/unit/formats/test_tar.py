"""An archive of somebody else's must neither write where it wants, nor fill memory, nor pass for a whole one."""

import gzip
import io
import tarfile
from collections.abc import Iterator

import pytest

from tui.errors import ForeignFileError
from tui.formats.tar import TarWriter, fits, read_tar

FILES = {"a/one.txt": b"one", "a/empty": b"", "a/long.bin": bytes(range(256)) * 3_000, "ä/ö.md": b"x" * 512}


def written(files: dict[str, bytes] = FILES) -> bytes:
    out = io.BytesIO()
    writer = TarWriter(out, 1_700_000_000)
    for name, data in files.items():
        writer.add(name, len(data), iter([data[:100], data[100:]]))
    writer.close()
    return out.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    return {member.name: b"".join(member.chunks) for member in read_tar(io.BytesIO(data))}


def test_what_is_written_can_be_read_here_and_by_every_tar() -> None:
    assert read(written()) == FILES
    with tarfile.open(fileobj=io.BytesIO(written())) as theirs:
        found = {one.name: theirs.extractfile(one) for one in theirs}
        assert {name: file and file.read() for name, file in found.items()} == FILES
        assert {one.mode for one in theirs} == {0o600}


def test_wherever_an_archive_is_cut_it_is_noticed() -> None:
    whole = written({"a": b"some words " * 200, "b": bytes(range(256))})
    for length in range(len(whole)):
        with pytest.raises(ForeignFileError):
            read(whole[:length])


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", gzip.compress(b"x" * 5_000), gzip.compress(b""), b"\x1f\x8b" * 99],
    ids=["nothing", "text", "packed text", "packed nothing", "heads"],  # of the bytes they would have the time
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ForeignFileError):
        read(data)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_links_devices_and_folders_are_refused(kind: bytes) -> None:
    member = tarfile.TarInfo("a")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(ForeignFileError, match="that is no file"):
        read(gzip.compress(member.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)))


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
def test_a_header_that_claims_a_name_of_8_gb_takes_no_memory(kind: bytes) -> None:
    member = tarfile.TarInfo("a")
    member.type, member.size = kind, 0o77777777777
    with pytest.raises(ForeignFileError, match="that is no file"):
        read(gzip.compress(member.tobuf(tarfile.USTAR_FORMAT)))


def test_a_file_below_nothing_is_refused() -> None:
    header = bytearray(tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 12  # a size of -1
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    with pytest.raises(ForeignFileError):
        read(gzip.compress(bytes(header) + bytes(1024)))


def test_what_changes_while_it_is_read_is_noticed() -> None:
    with pytest.raises(ValueError, match="has changed"):
        TarWriter(io.BytesIO(), 0).add("a", 5, iter([b"four"]))


def test_a_file_over_8_gb_has_a_header_too() -> None:
    size_bytes, out = 9 << 30, io.BytesIO()

    def none() -> Iterator[bytes]:
        return iter(())

    with pytest.raises(ValueError, match="has changed"):  # of what is not there
        TarWriter(out, 0).add("a", size_bytes, none())
    member = next(read_tar(io.BytesIO(gzip.compress(_header_of(size_bytes)))))
    assert member.size_bytes == size_bytes


def _header_of(size_bytes: int) -> bytes:
    from tui.formats.tar import _header

    return _header("a", size_bytes, 0)


def test_names_that_no_header_can_have_are_known_before() -> None:
    assert fits("a" * 100) and fits("ä" * 40 + "/" + "b" * 90)
    assert not fits("a" * 300) and not fits("\ud800")
