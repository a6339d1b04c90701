# SPDX-License-Identifier: Apache-2.0
"""Input made by an adversary: archives cut and changed, claims and bombs, odd names and tars.

A clear error or a correct verdict within the limits, never a pass of what was not read, never a
crash.
"""
import gzip
import io
import json
import random
import resource
import subprocess
import tarfile

import pytest

from conftest import PROGRAM, base_layer, checks_of, config, make, setuid, short
from hostile import (HANG, SANITIZED, big_member, bound, fails_to_read, layout_of, many_entries,
                     measured, run_json, tar)

# --- truncated and bit-flipped archives ---

FORMS = ["docker-archive", "docker-archive.gz", "docker-archive.zst", "docker-archive.xz",
         "oci-archive", "oci-archive.gz", "rootfs-archive", "rootfs-archive.gz"]


def form(build, name):
    """(bytes, prefix) of one small failing image, with a layer gzip and one zstd where it can."""
    layers = [base_layer(make.member("f", "data", body=random.Random(1).randbytes(700))),
              tar(setuid(), make.member("f", "etc/group", body=b"root:x:0:\n"))]
    kind, _, packed = name.partition(".")
    if kind == "docker-archive":
        data = build.archive(layers, name="form.tar").read_bytes()
    elif kind == "oci-archive":
        place = layout_of(build, [make.gzip_compress(layers[0]), make.zstd_compress(layers[1])],
                          layers)
        data = make.archive_files(make.read_tree(str(place)))
    else:
        data = tar(*[make.member("f", "etc/passwd", body=b"root:x:0:0\n"), setuid()])
    pack = {"gz": "gzip", "zst": "zstd", "xz": "xz"}.get(packed, "none")
    return make.COMPRESSIONS[pack](data), kind


@pytest.mark.parametrize("name", FORMS)
def test_truncated(rootout, build, name):
    """Cut anywhere: never a pass, and never another verdict than the whole archive's."""
    data, kind = form(build, name)
    path = build.place / "cut"
    path.write_bytes(data)
    assert run_json(rootout, "--user", "1000", f"{kind}:{path}")[0] == 1
    # The padding behind the last member belongs to nobody.
    used = len(data.rstrip(b"\0")) if "." not in name else len(data)
    rng = random.Random(2)
    offsets = {0, 1, 100, 511, 512, 513, used - 1} | {rng.randrange(used) for _ in range(30)}
    for offset in sorted(offset for offset in offsets if offset < used):
        path.write_bytes(data[:offset])
        status, report = run_json(rootout, "--user", "1000", f"{kind}:{path}")
        if kind != "rootfs-archive" or "." in name:
            assert status == 2, offset
        assert status in (1, 2) or "image-setuid-root" not in str(report), offset
        assert rootout("check", path).returncode in (1, 2), offset
        assert rootout("check", "-", stdin=data[:offset]).returncode in (1, 2), offset


@pytest.mark.parametrize("name", FORMS)
def test_bit_flips(rootout, build, name):
    data, kind = form(build, name)
    path = build.place / "flipped"
    rng = random.Random(3)
    for _ in range(25 if SANITIZED else 60):
        flipped = bytearray(data)
        for _ in range(rng.choice([1, 1, 1, 3])):
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        for args, stdin in (([f"{kind}:{path}"], b""), ([path], b""), (["-"], bytes(flipped))):
            status, report = run_json(rootout, "--user", "1000", *args, stdin=stdin)
            if kind != "rootfs-archive":
                assert status in (1, 2), report
                for target in report["targets"]:
                    assert target["verdict"] == "fail"


@pytest.mark.parametrize("name", ["docker-archive", "oci-archive", "docker-archive.gz"])
def test_changed_layer_bytes_are_named(rootout, build, name):
    """Every byte of a layer that changes is an error that names the layer; also behind its end."""
    data, kind = form(build, name)
    plain = gzip.decompress(data) if name.endswith(".gz") else data
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        members = [(m.offset_data, m.size, m.name) for m in archive if m.isfile() and
                   (m.name.endswith("layer.tar") or m.name.startswith("blobs/"))]
    rng = random.Random(4)
    assert members
    for offset, size, member in members:
        for at in [0, size - 1] + [rng.randrange(size) for _ in range(6)]:
            changed = bytearray(plain)
            changed[offset + at] ^= 1 << rng.randrange(8)
            (build.place / "x").write_bytes(make.gzip_compress(bytes(changed))
                                            if name.endswith(".gz") else changed)
            fails_to_read(rootout, f"{kind}:{build.place / 'x'}", words=[
                member.removesuffix("/layer.tar").rpartition("/")[2][:12]])


def test_changed_layouts(rootout, build):
    """The same for every file of a layout, truncated, extended, changed, emptied and removed."""
    layers = [base_layer(), tar(setuid())]
    place = layout_of(build, [make.gzip_compress(layers[0]), make.zstd_compress(layers[1])], layers)
    for name, data in make.read_tree(str(place)).items():
        if name in ("index.json", "oci-layout"):
            continue
        path = place / name
        changes = [data[:-1], data + b"\0", b"", bytes([data[0] ^ 1]) + data[1:],
                   data[:-1] + bytes([data[-1] ^ 128])]
        for changed in changes:
            path.write_bytes(changed)
            fails_to_read(rootout, place, words=path.name[:12])
        path.unlink()
        fails_to_read(rootout, place, words=path.name[:12])
        path.write_bytes(data)
    assert run_json(rootout, place)[0] == 1


# --- size claims and bombs ---

def bomb(kind):
    """A blob that inflates to a tar of terabytes; the test itself never does."""
    if kind == "zstd":
        return make.zstd_compress(big_member(1 << 43)) + make.zstd_zeros(1 << 14)
    head = make.gzip_compress(big_member(1 << 43))
    return head + gzip.compress(bytes(1 << 26), 9) * 16


@pytest.mark.parametrize("kind", ["zstd", "gzip"])
@pytest.mark.parametrize("form_of", ["layout", "docker-archive", "whole", "stdin"])
def test_decompression_bombs(rootout, build, kind, form_of):
    blob, args, stdin = bomb(kind), ["--limit", "layer-bytes=300M"], None
    assert len(blob) < 2 << 20
    layers = [b"never"]
    if form_of == "layout":
        target = layout_of(build, [blob], layers)
    else:
        files = {"l.tar": blob, "c.json": config(layers), "manifest.json": json.dumps(
            [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l.tar"]}]).encode()}
        target = build.place / "bomb"
        target.write_bytes(blob if form_of == "whole" else make.archive_files(files))
    if form_of == "stdin":
        stdin, target = open(target, "rb"), "-"
    status, seconds, rss, stdout = measured(rootout, "--format", "json", *args, target, stdin=stdin)
    if stdin:
        stdin.close()
    report = json.loads(stdout)
    assert status == 2 and report["targets"] == []
    assert "layer-bytes" in report["errors"][0]["message"]
    bound(rss, 60)
    assert seconds < HANG


def test_the_default_bounds_a_bomb(rootout, build):
    """64 GiB of zeros end in the limit; digests left out, as only the bound is of interest."""
    blob = make.zstd_compress(big_member(1 << 43)) + make.zstd_zeros(1 << 17) * 5
    place = layout_of(build, [blob], [b"never"])
    status, seconds, rss, stdout = measured(rootout, "--no-verify", "--format", "json", place)
    assert status == 2 and "layer-bytes" in json.loads(stdout)["errors"][0]["message"]
    bound(rss, 60)
    assert SANITIZED or seconds < 3 * HANG


def test_claims_without_data(rootout, build):
    """Sizes that only a header claims cost nothing."""
    huge = [1 << 33, 10 << 30, 1 << 43, (1 << 63) - 1]
    for number, size in enumerate(huge):
        layer = big_member(size) + bytes(1024)
        done = measured(rootout, "--format", "json", layout_of(
            build, [make.gzip_compress(layer)], [layer], name=str(number)))
        assert done[0] == 2
        bound(done[2], 40)
    layer = make.pax_header({b"size": b"99999999999999999999"}) + make.raw_member(b"a") + make.END
    fails_to_read(rootout, layout_of(build, [layer], [layer]))


def test_sparse_claims(rootout, build):
    """10 GB that are all hole: judged, without reading or writing a hole."""
    records = {b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0", b"GNU.sparse.name": b"opt/su",
               b"GNU.sparse.realsize": b"10000000000"}
    for name, numbers in (("one", b"1\n10000000000\n0\n"), ("none", b"0\n")):
        layer = make.pax_header(records) + make.raw_member(
            b"GNUSparseFile.0/su", make.padded(numbers), mode=0o4755) + make.END
        status, seconds, rss, stdout = measured(rootout, "--format", "json", layout_of(
            build, [layer], [layer], name=name))
        assert status == 1 and json.loads(stdout)["targets"][0]["findings"]
        bound(rss, 40)
        assert seconds < HANG


@pytest.mark.parametrize("path", ["etc/passwd", "etc/group", "etc/shadow",
                                  "var/lib/dpkg/status", "entry.sh"])
def test_sparse_bodies_that_are_read(rootout, build, path):
    """A file that a check reads, of 10 GB in two blocks."""
    records = {b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0", b"GNU.sparse.name":
               path.encode(), b"GNU.sparse.realsize": b"10000000000"}
    layer = make.pax_header(records) + make.raw_member(
        b"GNUSparseFile.0/x", make.padded(b"1\n0\n5\n") + b"#!/bi", mode=0o755) + make.END
    layers = [base_layer(), layer]
    archive = build.archive(layers, "app", Entrypoint=["/entry.sh"])
    status, seconds, rss, stdout = measured(rootout, "--format", "json", archive)
    report = json.loads(stdout)
    assert status in (0, 1, 2)
    if path == "etc/passwd":
        assert status and all(t["verdict"] != "pass" for t in report["targets"])
    bound(rss, 80)
    assert seconds < HANG


def test_a_million_entries(rootout, build):
    count = 50_000 if SANITIZED else 1_000_000
    many_entries(count, build.place / "many.tar")
    target = f"rootfs-archive:{build.place / 'many.tar'}"
    status, seconds, rss, stdout = measured(rootout, "--format", "json", "--user", "1", target)
    assert status == 0, stdout
    bound(rss, 35 + count * (200 + 16) / (1 << 20))
    assert seconds < HANG
    fails_to_read(rootout, "--limit", f"entries={count - 1}", target, words="entries")


def test_many_setuid_files(rootout, build):
    """As many findings as the limit, reported in every format; one more is said, not hidden."""
    layers = [base_layer(*(setuid(f"bin/{n}") for n in range(1000)))]
    archive = build.archive(layers)
    for name in ("text", "json", "sarif", "junit", "markdown", "cnti"):
        assert rootout("check", "--format", name, archive).returncode == 1
    assert rootout("check", "--limit", "findings=1000", archive).returncode in (1, 2)
    status, report = run_json(rootout, "--limit", "findings=10", archive)
    assert status in (1, 2) and report["verdict"] in ("fail", "unknown")


# --- names ---

def long_name(kind, path, link=b""):
    """GNU long-name members before one entry."""
    out = b""
    for letter, text in ((b"L", path), (b"K", link)):
        if len(text) > 100:
            out += make.raw_member(b"././@LongLink", text + b"\0", kind=letter, magic=b"ustar  \0")
    return out + make.raw_header(path, kind=kind, link=link, mode=0o4755, magic=b"ustar  \0")


@pytest.mark.parametrize("length", [1 << 20, (1 << 20) - 600, 5000, 4097])
def test_names_of_a_mebibyte(rootout, build, length):
    for number, path in enumerate((b"n" * length, b"d/" * (length // 2), b"/" * length + b"su")):
        for form_of, made in (("gnu", long_name(b"0", path)), ("pax", make.pax_header(
                {b"path": path}) + make.raw_header(b"x", mode=0o4755))):
            layer = made + make.END
            place = layout_of(build, [layer], [layer], name=f"{form_of}{number}")
            status, seconds, rss, stdout = measured(rootout, "--format", "json", place)
            assert status in (1, 2)
            assert seconds < HANG
            bound(rss, 50)
            report = json.loads(stdout)
            assert not report["targets"] or report["verdict"] == "fail"


@pytest.mark.parametrize("link", [b"l" * 5000, b"/" * 1000000, b"../" * 300000], ids=short)
def test_links_of_a_mebibyte(rootout, build, link):
    layer = long_name(b"2", b"etc/passwd", link) + make.END
    place = layout_of(build, [layer], [layer], user="app")
    assert measured(rootout, place)[0] in (1, 2)


@pytest.mark.parametrize("length, status", [(255, 1), (256, 2)])
def test_name_bytes(rootout, build, length, status):
    archive = build.archive([base_layer(setuid("bin/" + "n" * length))])
    assert rootout("check", archive).returncode == status


def test_deep_paths(rootout, build):
    """2,000 directories in one another, in each of 20 layers."""
    layers = [base_layer()] + [tar(setuid("d/" * 2000 + str(n))) for n in range(20)]
    status, seconds, rss, stdout = measured(rootout, "--format", "json", build.archive(layers))
    assert status == 1
    assert len(json.loads(stdout)["targets"][0]["findings"]) >= 20
    bound(rss, 60)


ESCAPING = ["../su", "../../../../su", "a/../../su", "/../su", "..", "a/..", "./../su", "a/../su"]


@pytest.mark.parametrize("path", ESCAPING)
def test_dotdot_in_layers(rootout, build, path):
    """docker refuses what leaves the root; what stays in it is where it says."""
    status, report = run_json(rootout, build.archive([base_layer(setuid(path))]))
    assert status in (1, 2)
    for target in report["targets"]:
        for finding in target["findings"]:
            assert ".." not in (finding["location"]["path"] or "").split("/")


@pytest.mark.parametrize("link", ["../../etc/passwd", "/etc/passwd", "../../../../../etc/passwd"])
@pytest.mark.parametrize("kind", ["l", "h"])
def test_links_out_of_the_image(rootout, build, kind, link):
    """The host's files are never looked at: root's and daemon's names are only in the host's."""
    layer = tar(make.member("d", "etc", 0o755), make.member(kind, "etc/passwd", link=link),
                make.member("l", "etc/group", link=link))
    for user in ("daemon", "root", "nobody"):
        status, report = run_json(rootout, build.archive([layer], user))
        assert status in (1, 2)
        for target in report["targets"]:
            assert target["user"]["name"] is None and target["user"]["uid"] is None


def test_symlinked_parents_in_layers(rootout, build):
    """Entries below symlinks that lead out of the image stay in it."""
    for link in ("/", "..", "../..", "/tmp", "/proc/self/root", "a"):
        layer = tar(make.member("l", "a", link=link), setuid("a/su"), setuid("a/b/c"))
        assert run_json(rootout, build.archive([layer]))[0] in (1, 2)
        layers = [tar(make.member("l", "a", link=link)), tar(setuid("a/su"))]
        assert run_json(rootout, build.archive(layers))[0] in (1, 2)


def test_cyclic_symlinks(rootout, build):
    layer = tar(make.member("l", "a", link="b"), make.member("l", "b", link="a"),
                make.member("l", "etc", link="etc"), make.member("l", "bin", link="a/b"),
                *(make.member("l", f"l{n}", link=f"l{n + 1}") for n in range(200)))
    layers = [layer, tar(setuid("l0/su"), setuid("a/b/su"), setuid("etc/passwd/su"))]
    assert run_json(rootout, build.archive(layers, "app", Entrypoint=["/l0/x"], Cmd=["bin/x"]))[0] \
        in (1, 2)
    status, report = run_json(rootout, build.archive([layer], "app"))
    assert status in (1, 2) and report["verdict"] != "pass"


def test_symlink_loops_in_scripts(rootout, build):
    """A script that starts a script that starts the first."""
    layer = base_layer(make.member("f", "a", 0o755, body=b"#!/b\nexec /b\n"),
                       make.member("f", "b", 0o755, body=b"#!/a\nexec /a\n"))
    assert run_json(rootout, build.archive([layer], None, Entrypoint=["/a"]))[0] == 1


# --- odd tars ---

def test_members_of_unknown_type(rootout, build):
    """What the runtimes refuse to unpack is an error, not left out."""
    for kind in (b"V", b"M", b"D", b"Z", b"\xff"):
        layer = make.raw_member(b"a", b"x", kind=kind) + make.END
        assert run_json(rootout, build.archive([base_layer(), layer]))[0] == 2


@pytest.mark.parametrize("tail", [b"", bytes(512), make.END, make.END * 20,
                                  make.END + b"garbage" * 100, b"x" * 100], ids=short)
def test_ends_of_layers(rootout, build, tail):
    """What follows the end counts for the digest only; a tar without its end is still one."""
    layer = make.raw_member(b"su", b"x", mode=0o4755) + tail
    status, _ = run_json(rootout, build.archive([base_layer(), layer]))
    assert status in ((1,) if not tail.startswith(b"x") else (1, 2))


def test_setuid_hidden_behind_the_end(rootout, build):
    """docker stops at two zero blocks, and so a file behind them does not exist."""
    layer = make.raw_member(b"a", b"x") + make.END + make.raw_member(b"su", b"x", mode=0o4755)
    assert run_json(rootout, build.archive([base_layer(), layer]))[0] == 0


def test_headers_with_wrong_checksums(rootout, build):
    bad = bytearray(make.raw_member(b"su", b"x", mode=0o4755))
    bad[0] ^= 1
    layer = make.raw_member(b"a", b"x") + bytes(bad) + make.END
    assert run_json(rootout, build.archive([base_layer(), layer]))[0] == 2


@pytest.mark.parametrize("records", [
    b"1\n", b"0 a=b\n", b"5 a=b\n", b"999999999999999999999 a=b\n", b"-1 a=b\n", b"6 a=b", b" ",
    b"\0" * 100, b"6 a=b\n6 a=", b"10 path=\0x\n", b"9999 path=x\n", b"12 size=-1\n\n",
    b"11 uid=abc\n", b"13 size=1e10\n\n"], ids=short)
def test_malformed_pax_records(rootout, build, records):
    layer = make.pax_header(records) + make.raw_member(b"su", b"x", mode=0o4755) + make.END
    status, report = run_json(rootout, build.archive([base_layer(), layer]))
    assert status in (1, 2), report


def test_thousands_of_xattrs(rootout, build):
    records = {b"SCHILY.xattr.user.%d" % n: b"v" * 10 for n in range(20000)}
    layer = make.pax_header(records) + make.raw_member(b"su", b"x", mode=0o4755) + make.END
    status, seconds, rss, _ = measured(rootout, build.archive([base_layer(), layer]))
    assert status in (1, 2)
    bound(rss, 60)
    assert seconds < HANG


def test_hardlink_chains_and_cycles(rootout, build):
    """A link may name a link; one that names itself has no target."""
    chain = [make.member("f", "l0", 0o755, body=b"x")]
    chain += [make.member("h", f"l{n + 1}", 0o4755, link=f"l{n}") for n in range(2000)]
    report = rootout.json(build.archive([base_layer(*chain)]), status=1)
    assert checks_of(report["targets"][0]).count("image-setuid-root") == 1
    for members in ([make.member("h", "a", 0o4755, link="a")],
                    [make.member("h", "a", link="b"), make.member("h", "b", link="a")]):
        assert run_json(rootout, build.archive([base_layer(*members)]))[0] == 2


def test_whiteouts_of_odd_things(rootout, build):
    names = [".wh..", ".wh...", ".wh..wh.", ".wh..wh.x", "a/.wh..wh..plnk", ".wh..wh..opq",
             ".wh..wh.aufs", "a/.wh..", "a/.wh..wh..opq", ".wh.etc/passwd", ".wh./x"]
    for number, name in enumerate(names):
        layers = [base_layer(setuid("a/su")), tar(make.member("f", name))]
        status, report = run_json(rootout, build.archive(layers, name=f"{number}.tar"))
        assert status in (0, 1, 2), name
        if status == 0:
            assert name in (".wh..wh..opq", "a/.wh..wh..opq")


if not SANITIZED:  # which needs terabytes of addresses
    @pytest.mark.parametrize("mebibytes", [24, 32, 48, 64, 96])
    def test_little_memory(rootout, build, mebibytes):
        """Out of memory is an error like another."""
        many_entries(200_000, build.place / "many.tar")

        def confine():
            resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))

        done = subprocess.run([PROGRAM, "check", "--user", "1",
                               f"rootfs-archive:{build.place / 'many.tar'}"], cwd=rootout.cwd,
                              preexec_fn=confine, capture_output=True, check=False, timeout=60)
        assert done.returncode in (0, 2, 127), done.stderr


def test_few_descriptors(rootout, build):
    """Many layers and directories do not need many open files."""
    layers = [base_layer()] + [tar(make.member("f", str(n))) for n in range(100)]
    target = build.layout(layers)

    def confine():
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

    done = subprocess.run([PROGRAM, "check", target], cwd=rootout.cwd, preexec_fn=confine,
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
