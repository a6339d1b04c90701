# SPDX-License-Identifier: Apache-2.0
"""Input made by an adversary: a clear error or a correct verdict within the limits, never a pass
of what was not read, never a crash, and nothing left behind.

Under ROOTOUT_SANITIZED sizes are smaller, and neither time nor memory is measured.
"""
import gzip
import hashlib
import io
import json
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import time
import xml.etree.ElementTree

import pytest
import yaml

from conftest import ARCHITECTURE, PROGRAM, base_layer, checks_of, config, make, setuid, short

SANITIZED = os.environ.get("ROOTOUT_SANITIZED", "") not in ("", "0")
STATUSES = {0, 1, 2, 64}


def tar(*members):
    return make.tar_bytes(members)


def run_json(rootout, *args, **more):
    """(status, report) of a run whose report must be well-formed whatever the input was."""
    done = rootout("check", "--format", "json", *args, **more)
    assert done.returncode in STATUSES, done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 2) == bool(report["errors"])
    if report["errors"]:
        assert report["verdict"] not in ("pass", "not-applicable")
    return done.returncode, report


def fails_to_read(rootout, *args, words=(), **more):
    """Exit status 2, no verdict, one error which says these words."""
    status, report = run_json(rootout, *args, **more)
    assert status == 2 and report["targets"] == []
    error, = report["errors"]
    for word in [words] if isinstance(words, str) else words:
        assert word in error["message"], error["message"]
    assert not any(ord(c) < 32 for c in error["message"])
    return error["message"]


def layout_of(build, blobs, layers, name="layout", media_type=make.LAYER_TYPE, user="1000:1000"):
    """A layout of an image whose layers are stored as these blobs."""
    place = build.place / name
    place.mkdir()
    described = [make.put_layer(str(place), blob, media_type) for blob in blobs]
    make.finish_layout(str(place), [make.put_image(str(place), config(layers, user), described)])
    return place


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

# Started by a small process: a child's peak counts what its parent had when it was forked.
STARTER = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as out:
    out.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""


def measured(rootout, *args, stdin=None, timeout=100):
    """(exit status, seconds, peak RSS in MiB, stdout)."""
    peak = rootout.cwd.parent / "peak"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", STARTER, peak, PROGRAM, "check", *map(str, args)],
        stdin=stdin or subprocess.DEVNULL, capture_output=True, cwd=rootout.cwd, check=False,
        env=rootout.environment(), timeout=timeout)
    assert done.returncode in STATUSES and b"Sanitizer" not in done.stderr, done.stderr
    return done.returncode, time.monotonic() - start, int(peak.read_text()) / 1024, done.stdout


def bound(rss, most):
    assert SANITIZED or rss < most, f"peak RSS {rss} MiB"


def big_member(size):
    return make.raw_header(b"zeros", size=make.base256(size, 12), magic=b"ustar  \0")


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
    assert SANITIZED or seconds < 5


def test_the_default_bounds_a_bomb(rootout, build):
    """64 GiB of zeros end in the limit; digests left out, as only the bound is of interest."""
    blob = make.zstd_compress(big_member(1 << 43)) + make.zstd_zeros(1 << 17) * 5
    place = layout_of(build, [blob], [b"never"])
    status, seconds, rss, stdout = measured(rootout, "--no-verify", "--format", "json", place)
    assert status == 2 and "layer-bytes" in json.loads(stdout)["errors"][0]["message"]
    bound(rss, 60)
    assert SANITIZED or seconds < 90


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
        assert SANITIZED or seconds < 2


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
    assert SANITIZED or seconds < 20


def many_entries(count, path):
    """count empty files in 1,000 directories as an uncompressed tar, written block by block."""
    template = bytearray(make.raw_header(b"d000/f000000000"))
    base = sum(template[:148]) + sum(template[156:]) + 8 * 32 - 12 * ord("0")
    with open(path, "wb") as out:
        for start in range(0, count, 1000):
            blocks = []
            for number in range(start, min(start + 1000, count)):
                name = b"d%03d/f%09d" % (number // 1000 % 1000, number)
                template[0:15] = name
                total = base + sum(name) - sum(b"d/f")
                total += sum(b"d/f") - (ord("d") + ord("/") + ord("f"))
                template[148:156] = b"%06o\0 " % total
                blocks.append(bytes(template))
            out.write(b"".join(blocks))
        out.write(make.END)


def test_a_million_entries(rootout, build):
    count = 50_000 if SANITIZED else 1_000_000
    many_entries(count, build.place / "many.tar")
    target = f"rootfs-archive:{build.place / 'many.tar'}"
    status, seconds, rss, stdout = measured(rootout, "--format", "json", "--user", "1", target)
    assert status == 0, stdout
    bound(rss, 35 + count * (200 + 16) / (1 << 20))
    assert SANITIZED or seconds < 20
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
            assert SANITIZED or seconds < 2
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


# --- JSON ---

DEEP = b"[" * 100000
WRONG = [1, -1, 1.5, 1e300, 10 ** 30, True, "x", "", [], [1], {}, {"a": 1}, [None], [[]]]


@pytest.mark.parametrize("text", [
    b"", b" ", b"{", b"[", b"null", b"true", b"1", b'""', b"{}", b"[]", b"[[]]", b"[null]", DEEP,
    b'{"a":' * 100000, b"[" * 257 + b"]" * 257, b"\xef\xbb\xbf[]", b"[]x", b"[{}]", b"[\xff]",
    b'"\\ud800"', b"[1e99999]", b"[" + b"9" * 5000 + b"]", b'{"a": 1, "a": 2}', b"[]" * 2,
    b"\0", b"[" + b" " * 200000, b'["' + b"a" * 1000000 + b'"]', b"NaN", b"[Infinity]",
    b'[{"Config": 1}]', b'[{"Config": "c.json", "Layers": {}}]', b'[{"Config": ""}]',
    b'[{"Config": "c.json", "Layers": [1]}]', b'[{"Config": "../c.json", "Layers": []}]',
    b'[{"Config": "/etc/passwd", "Layers": []}]', b'[{"Config": "manifest.json", "Layers": []}]',
    b'[{"Config": "c.json", "Layers": ["c.json"]}]', b'[{"Layers": []}]',
    b'[{"Config": "c.json", "RepoTags": "x"}]', b'[{"Config": "c.json", "RepoTags": [null]}]'], ids=short)
def test_odd_manifests(rootout, build, text):
    layers = [base_layer()]
    for packed in (False, True):
        data = make.archive_files({"manifest.json": text, "c.json": config(layers),
                                   "layer.tar": layers[0]})
        (build.place / "m").write_bytes(make.gzip_compress(data) if packed else data)
        fails_to_read(rootout, f"docker-archive:{build.place / 'm'}")
    data = make.archive_files({"index.json": text, "oci-layout": b"{}", "blobs/sha256/x": b""})
    (build.place / "m").write_bytes(data)
    fails_to_read(rootout, f"oci-archive:{build.place / 'm'}")
    (build.place / "d").mkdir()
    for name in ("manifest.json", "index.json"):
        (build.place / "d" / name).write_bytes(text)
    (build.place / "d" / "version").write_bytes(b"Directory Transport Version: 1.1\n")
    fails_to_read(rootout, f"oci:{build.place / 'd'}")
    fails_to_read(rootout, f"dir:{build.place / 'd'}")


CONFIG_FIELDS = ["User", "WorkingDir", "Entrypoint", "Cmd", "Env", "Shell", "OnBuild",
                 "ExposedPorts", "Volumes", "Healthcheck", "Labels", "ArgsEscaped", "StopSignal"]


@pytest.mark.parametrize("field", CONFIG_FIELDS)
def test_wrong_types_in_config(rootout, build, field):
    """Go refuses the whole configuration; a pass needs a configuration that was understood."""
    layers = [base_layer()]
    for value in WRONG:
        settings = {"User": "0", field: value}
        archive = build.archive_of([(["a:1"], make.image_config(layers, settings), layers)])
        status, report = run_json(rootout, archive)
        assert status == 2 or report["targets"][0]["verdict"] in (
            ("fail", "wont-start") if field == "User" else ("fail",)), (field, value)


@pytest.mark.parametrize("field", ["config", "rootfs", "history", "os", "architecture", "variant",
                                   "container_config", "created"])
def test_wrong_types_around_config(rootout, build, field):
    layers = [base_layer()]
    for value in WRONG:
        data = json.dumps({**json.loads(config(layers, "0")), field: value}).encode()
        status, report = run_json(rootout, build.archive_of([(["a:1"], data, layers)]))
        assert status in (1, 2), (field, value)
        assert all(target["verdict"] == "fail" for target in report["targets"])


@pytest.mark.parametrize("diff_ids", [
    None, [], {}, "x", [1], [None], ["x"], ["sha256:"], ["sha256:" + "0" * 63],
    ["sha256:" + "G" * 64], ["sha1:" + "0" * 40], ["md5:" + "0" * 32], ["sha256:" + "A" * 64],
    ["../" * 20 + "etc"], ["sha256:" + "0" * 64] * 2, ["sha256:" + "0" * 64], ["sha512:" + "0" * 64],
    ["sha512:" + "0" * 128]], ids=short)
@pytest.mark.parametrize("packed", [False, True])
def test_diff_ids(rootout, build, diff_ids, packed):
    layers = [base_layer()]
    data = json.loads(config(layers))
    data["rootfs"]["diff_ids"] = diff_ids
    archive = build.archive_of([(["a:1"], json.dumps(data).encode(), layers)])
    if packed:
        archive.write_bytes(make.gzip_compress(archive.read_bytes()))
    fails_to_read(rootout, archive)


def test_layers_that_the_config_does_not_have(rootout, build):
    """One more or one less in the manifest: which one would be missing?"""
    layers = [base_layer(), tar(setuid())]
    for used in (layers[:1], layers + layers[:1], []):
        archive = build.archive_of([(["a:1"], config(layers), used)])
        fails_to_read(rootout, archive, words="layers")
    place = build.place / "l"
    place.mkdir()
    blob = make.put_layer(str(place), make.gzip_compress(layers[0]))
    make.finish_layout(str(place), [make.put_image(str(place), config(layers), [blob])])
    fails_to_read(rootout, place, words="layers")


@pytest.mark.parametrize("change", [
    {"size": 1}, {"size": -1}, {"size": 1 << 62}, {"size": 10 ** 30}, {"size": 1.5}, {"size": "x"},
    {"digest": None}, {"digest": ""}, {"digest": "sha256"}, {"digest": "sha1:" + "0" * 40},
    {"digest": "sha256:" + "0" * 64}, {"digest": "sha256:../../../../etc/passwd"},
    {"digest": "md5:" + "0" * 32}, {"digest": "sha256:" + "0" * 65}, {"digest": 5},
    {"digest": "blake3:" + "0" * 64}, {"mediaType": 5}, {"annotations": []}, {"platform": "x"}])
@pytest.mark.parametrize("where", ["manifest", "config", "layer"])
def test_odd_descriptors(rootout, build, change, where):
    layers, place = [base_layer()], build.place / "l"
    place.mkdir()
    blob = make.put_layer(str(place), make.gzip_compress(layers[0]))
    described = make.put_json(str(place), config(layers), make.CONFIG_TYPE)
    {"manifest": {}, "config": described, "layer": blob}[where].update(change)
    image = make.put_json(str(place), {"schemaVersion": 2, "config": described, "layers": [blob]},
                          make.MANIFEST_TYPE)
    if where == "manifest":
        image.update(change)
    make.finish_layout(str(place), [image])
    fails_to_read(rootout, place)
    # Nor below an index.
    make.finish_layout(str(place), [make.put_index(str(place), [image])])
    fails_to_read(rootout, place)


def test_encrypted_layer(rootout, build):
    layer = base_layer()
    place = layout_of(build, [layer], [layer], media_type=make.LAYER_TYPE + "+encrypted")
    fails_to_read(rootout, place, words="encrypted")


def test_sha512_descriptors(rootout, build):
    """A digest that the specification registers is verified, right or wrong."""
    layers, place = [base_layer(setuid())], build.place / "l"
    place.mkdir()
    (place / "blobs" / "sha512").mkdir(parents=True)
    blob = make.gzip_compress(layers[0])
    described = make.put_layer(str(place), blob)
    digest = hashlib.sha512(blob).hexdigest()
    described["digest"] = "sha512:" + digest
    (place / "blobs" / "sha512" / digest).write_bytes(blob)
    make.finish_layout(str(place), [make.put_image(str(place), config(layers), [described])])
    assert run_json(rootout, place)[0] == 1
    data = make.archive_files(make.read_tree(str(place)))
    assert run_json(rootout, "-", stdin=data)[0] == 1
    assert run_json(rootout, "-", stdin=make.gzip_compress(data))[0] == 1
    (place / "blobs" / "sha512" / digest).write_bytes(blob + b"x")
    fails_to_read(rootout, place, words=digest[:12])


# --- indexes ---

def self_index(place, depth):
    """An index nested `depth` deep over an image."""
    layers = [base_layer()]
    blob = make.put_layer(str(place), make.gzip_compress(layers[0]))
    described = make.put_image(str(place), config(layers), [blob])
    for _ in range(depth):
        described = make.put_index(str(place), [described])
    make.finish_layout(str(place), [described])


@pytest.mark.parametrize("depth, status", [(1, 0), (7, 0), (8, 0), (9, 2), (100, 2)])
def test_nested_indexes(rootout, build, depth, status):
    place = build.place / "l"
    place.mkdir()
    self_index(place, depth)
    assert run_json(rootout, place)[0] == status
    if status == 2:
        fails_to_read(rootout, place, words="index-depth")


def test_manifest_that_lists_itself(rootout, build):
    """A blob cannot hold its own digest, but skopeo's manifest.json has none, nor has index.json."""
    place = build.place / "l"
    place.mkdir()
    data = b"{}"
    for _ in range(3):
        index = {"schemaVersion": 2, "manifests": [
            {"mediaType": make.INDEX_TYPE, "digest": make.sha256(data), "size": len(data)}]}
        data = json.dumps(index).encode()
        make.put_blob(str(place), data)
    (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (place / "index.json").write_bytes(data)
    fails_to_read(rootout, place)
    name = make.sha256(data)[7:]
    os.unlink(place / "blobs" / "sha256" / name)
    os.symlink("../../index.json", place / "blobs" / "sha256" / name)
    fails_to_read(rootout, place)
    (build.place / "d").mkdir()
    (build.place / "d" / "version").write_bytes(b"Directory Transport Version: 1.1\n")
    (build.place / "d" / "manifest.json").write_bytes(data)
    os.symlink("manifest.json", build.place / "d" / (make.sha256(data)[7:] + ".manifest.json"))
    fails_to_read(rootout, f"dir:{build.place / 'd'}")
    fails_to_read(rootout, "--platform", "all", f"dir:{build.place / 'd'}")


@pytest.mark.parametrize("platform", [[], ["--platform", "all"]])
def test_index_that_fans_out(rootout, build, platform):
    """Eight levels of ten: a hundred million manifests by a few kilobytes, bounded by images."""
    place = build.place / "l"
    place.mkdir()
    layers = [base_layer()]
    blob = make.put_layer(str(place), make.gzip_compress(layers[0]))
    described = make.put_image(str(place), config(layers), [blob])
    for _ in range(8):
        described = make.put_index(str(place), [described] * 10)
    make.finish_layout(str(place), [described])
    start = time.monotonic()
    fails_to_read(rootout, *platform, place, words="images")
    assert SANITIZED or time.monotonic() - start < 10


def test_artifacts_are_no_images(rootout, build):
    """A chart, a signature: said to be artifacts, neither passed nor failed."""
    place = build.place / "l"
    place.mkdir()
    chart = make.put_json(str(place), b"chart", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    described = make.put_json(str(place), {
        "schemaVersion": 2, "config": make.put_json(
            str(place), {}, "application/vnd.cncf.helm.config.v1+json"), "layers": [chart]},
        make.MANIFEST_TYPE)
    make.finish_layout(str(place), [described])
    fails_to_read(rootout, place, words="artifact")
    empty = make.put_json(str(place), {
        "schemaVersion": 2, "artifactType": "application/x", "config": make.put_json(
            str(place), b"{}", "application/vnd.oci.empty.v1+json"), "layers": [chart]},
        make.MANIFEST_TYPE)
    make.finish_layout(str(place), [empty])
    fails_to_read(rootout, place, words="artifact")


def test_no_image_at_all(rootout, build):
    place = build.place / "l"
    place.mkdir()
    make.finish_layout(str(place), [])
    fails_to_read(rootout, place, words="no image")
    make.finish_layout(str(place), [make.put_index(str(place), [])])
    fails_to_read(rootout, place, words="no image")
    make.docker_archive(str(build.place / "none.tar"), [])
    fails_to_read(rootout, build.place / "none.tar", words="no image")


@pytest.mark.parametrize("platform, status", [
    (f"linux/{ARCHITECTURE}", 0), ("linux/s390x", 1), ("linux/arm/v7", 1), ("linux/arm/v6", 2),
    ("windows/amd64", 2), ("all", 1), ("linux/mips", 2)])
def test_platform_selection(rootout, build, platform, status):
    place = build.place / "l"
    place.mkdir()
    layers, images = [base_layer()], []
    for wanted, user in (((ARCHITECTURE, None), "1000"), (("s390x", None), "0"), (("arm", "v7"), "0")):
        described = {"os": "linux", "architecture": wanted[0]}
        if wanted[1]:
            described["variant"] = wanted[1]
        blob = make.put_layer(str(place), make.gzip_compress(layers[0]))
        images.append(make.put_image(str(place), make.image_config(layers, {"User": user},
                                                                   **described), [blob],
                                     platform=described))
    make.finish_layout(str(place), [make.put_index(str(place), images)])
    result, report = run_json(rootout, "--platform", platform, place)
    assert result == status, report
    assert len(report["targets"]) == (3 if platform == "all" else int(status != 2))
    assert run_json(rootout, place)[0] == 0


# --- blobs and members that are something else ---

def test_blobs_that_are_links_out_of_the_layout(rootout, build):
    layers = [base_layer()]
    place = layout_of(build, [make.gzip_compress(layers[0])], layers)
    for name, data in make.read_tree(str(place)).items():
        outside = build.place / "outside"
        outside.write_bytes(data)
        for link in (str(outside), os.path.relpath(outside, (place / name).parent)):
            os.unlink(place / name)
            os.symlink(link, place / name)
            status, report = run_json(rootout, f"oci:{place}")
            # Without "oci-layout" index.json says enough.
            assert status == 2, name
        os.unlink(place / name)
        (place / name).write_bytes(data)
    inside = place / "blobs" / "sha256"
    blob = sorted(os.listdir(inside))[0]
    os.rename(inside / blob, place / "kept")
    os.symlink("../../kept", inside / blob)
    assert run_json(rootout, f"oci:{place}")[0] == 0


NO_FILES = ["fifo", "directory", "socket", "loop"] + (
    ["device"] if os.geteuid() == 0 else ["unreadable"])


@pytest.mark.parametrize("what", NO_FILES)
def test_blobs_that_are_no_files(rootout, build, what):
    layers = [base_layer()]
    place = layout_of(build, [make.gzip_compress(layers[0])], layers)
    for name in make.read_tree(str(place)):
        kept = (place / name).read_bytes()
        os.unlink(place / name)
        if what == "fifo":
            os.mkfifo(place / name)
        elif what == "directory":
            (place / name).mkdir()
        elif what == "socket":
            with socket.socket(socket.AF_UNIX) as bound_to:
                os.chdir((place / name).parent)
                bound_to.bind("s")
            os.rename("s", place / name)
            os.chdir("/")
        elif what == "device":
            os.mknod(place / name, 0o20666, os.makedev(1, 5))
        elif what == "unreadable":
            (place / name).write_bytes(kept)
            os.chmod(place / name, 0)
        else:
            os.symlink(os.path.basename(name), place / name)
        assert rootout("check", f"oci:{place}").returncode == 2
        os.rmdir(place / name) if what == "directory" else os.unlink(place / name)
        (place / name).write_bytes(kept)


@pytest.mark.parametrize("kind, link", [
    ("l", "/etc/passwd"), ("l", "../../etc/passwd"), ("l", "layer.tar"), ("l", "nowhere"),
    ("h", "/etc/passwd"), ("h", "layer.tar"), ("h", "nowhere"), ("d", ""), ("p", ""), ("c", ""),
    ("l", "../manifest.json")])
@pytest.mark.parametrize("packed", [False, True])
def test_layers_that_are_no_files_in_archives(rootout, build, kind, link, packed):
    layers, out = [base_layer()], io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        make.add_file(archive, "c.json", config(layers))
        make.add_file(archive, "manifest.json", json.dumps(
            [{"Config": "c.json", "RepoTags": [], "Layers": ["x/layer.tar"]}]).encode())
        info, _ = make.member(kind, "x/layer.tar", link=link)
        archive.addfile(info)
    data = out.getvalue()
    (build.place / "a").write_bytes(make.gzip_compress(data) if packed else data)
    fails_to_read(rootout, build.place / "a")


@pytest.mark.parametrize("name", ["../c.json", "/c.json", "./c.json", "x/../c.json"])
def test_members_named_from_elsewhere(rootout, build, name):
    """Names are names of members; the file system is never asked."""
    layers = [base_layer()]
    (build.place / "c.json").write_bytes(config(layers))
    data = make.archive_files({"manifest.json": json.dumps(
        [{"Config": name, "RepoTags": [], "Layers": ["l.tar"]}]).encode(), "l.tar": layers[0]})
    (build.place / "sub").mkdir()
    (build.place / "sub" / "a.tar").write_bytes(data)
    fails_to_read(rootout, build.place / "sub" / "a.tar", words="missing")


@pytest.mark.parametrize("repeated", ["manifest.json", "c.json", "l.tar"])
@pytest.mark.parametrize("packed", [False, True])
def test_members_that_are_there_twice(rootout, build, repeated, packed):
    """Readers differ in which one counts, so no verdict may hang on it."""
    good, bad = [base_layer()], [base_layer(setuid())]
    files = {"manifest.json": (b'[{"Config": "c.json", "RepoTags": [], "Layers": ["l.tar"]}]',
                               b'[{"Config": "d.json", "RepoTags": [], "Layers": ["m.tar"]}]'),
             "c.json": (config(good), config(bad, "0")), "l.tar": (good[0], bad[0])}
    entries = [(name, values[0]) for name, values in files.items()]
    entries += [("d.json", config(bad, "0")), ("m.tar", bad[0])]
    for twice in (entries + [(repeated, files[repeated][1])],
                  [(repeated, files[repeated][1])] + entries):
        data = make.archive_files(twice)
        (build.place / "a").write_bytes(make.gzip_compress(data) if packed else data)
        # Of two layers only the one with the digest can count.
        statuses = (0, 2) if repeated == "l.tar" else (2,)
        assert run_json(rootout, build.place / "a")[0] in statuses
        assert run_json(rootout, "-", stdin=data)[0] in statuses


def test_a_layer_used_twice(rootout, build):
    layer, top = base_layer(setuid()), tar(make.member("f", "usr/bin/.wh.su"))
    for packed in (False, True):
        for layers, status in (([layer, layer], 1), ([layer, top, layer], 1), ([layer, top], 0),
                               ([layer, top, top], 0), ([layer, top, layer, top], 0)):
            archive = build.archive(layers)
            if packed:
                archive.write_bytes(make.gzip_compress(archive.read_bytes()))
            assert run_json(rootout, archive)[0] == status
            assert run_json(rootout, "-", stdin=archive.read_bytes())[0] == status


def test_images_that_share_layers(rootout, build):
    base, bad, mend = base_layer(), tar(setuid()), tar(make.member("f", "usr/bin/.wh.su"))
    stacks = [[base], [base, bad], [base, bad, mend], [bad], [base, bad, mend, bad]]
    images = [([f"i:{n}"], config(layers), layers) for n, layers in enumerate(stacks)]
    archive = build.archive_of(images)
    packed = build.place / "p"
    packed.write_bytes(make.zstd_compress(archive.read_bytes()))
    for args, stdin in (([archive], b""), ([packed], b""), (["-"], packed.read_bytes())):
        report = rootout.json(*args, stdin=stdin, status=1)
        assert [t["verdict"] for t in report["targets"]] == ["pass", "fail", "pass", "fail", "fail"]


def test_a_hundred_images(rootout, build):
    base = base_layer()
    images = []
    for number in range(100):
        layers = [base, tar(setuid() if number % 3 == 0 else make.member("f", f"{number}"))]
        images.append(([f"i:{number}"], config(layers), layers))
    archive = build.archive_of(images)
    report = rootout.json(archive, status=1)
    assert [t["verdict"] == "fail" for t in report["targets"]] == [n % 3 == 0 for n in range(100)]
    assert [t["name"] for t in report["targets"]] == [f"i:{n}" for n in range(100)]
    one = rootout.json(f"docker-archive:{archive}:@7", status=0)
    assert [t["name"] for t in one["targets"]] == ["i:7"]
    fails_to_read(rootout, "--limit", "images=99", archive, words="99")


# --- targets that are no images ---

@pytest.mark.parametrize("data", [
    b"", b"\0", bytes(512), bytes(1024), bytes(10240), b"x" * 10000, b"\x1f\x8b", b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0", b"\x04\x22\x4d\x18", b"PK\x03\x04" + bytes(100),
    b"hsqs" + bytes(100), b"\x7fELF" + bytes(600), b"FROM debian\nUSER root\n", b"{}", b"[]",
    make.gzip_compress(b""), make.gzip_compress(bytes(10240)), make.zstd_compress(b""),
    make.zstd_skippable(b"x" * 100), make.gzip_compress(make.gzip_compress(b"x" * 1000))],
    ids=short)
def test_files_that_are_no_archives(rootout, build, data):
    (build.place / "f").write_bytes(data)
    for target in (str(build.place / "f"), f"docker-archive:{build.place / 'f'}",
                   f"oci-archive:{build.place / 'f'}"):
        fails_to_read(rootout, target)
    fails_to_read(rootout, "-", stdin=data)
    # A root file system without any file in it is nothing that could pass either.
    assert run_json(rootout, "--user", "1", f"rootfs-archive:{build.place / 'f'}")[0] in (0, 2)
    for prefix in ("oci", "dir", "rootfs"):
        fails_to_read(rootout, f"{prefix}:{build.place / 'f'}")


def test_directories_that_are_no_images(rootout, build):
    (build.place / "empty").mkdir()
    for prefix in ("", "oci:", "dir:", "docker-archive:", "oci-archive:", "rootfs-archive:"):
        fails_to_read(rootout, f"{prefix}{build.place / 'empty'}")
    fails_to_read(rootout, build.place / "absent")
    fails_to_read(rootout, "docker-archive:")


def test_devices_as_targets(rootout):
    fails_to_read(rootout, "/dev/null")
    fails_to_read(rootout, "docker-archive:/dev/null")
    status, seconds, rss, _ = measured(rootout, "/dev/zero", timeout=60)
    assert status == 2
    bound(rss, 60)
    fails_to_read(rootout, "/dev/fd/99")


# The program is opened first: root's home may be closed to others.
OTHER_USER = """
import os, sys
program = os.open(sys.argv[1], os.O_RDONLY)
os.chdir("/")
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
os.execve(program, ["rootout", "check", sys.argv[2]], {})
"""


def test_sockets_and_unreadable_files(rootout, build):
    os.chdir(build.place)
    with socket.socket(socket.AF_UNIX) as bound_to:
        bound_to.bind("s")
    os.chdir("/")
    fails_to_read(rootout, build.place / "s")
    path = build.archive()
    path.chmod(0)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", OTHER_USER, PROGRAM, path],
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 2 and b"denied" in done.stderr


def test_a_fifo_as_target(rootout, build):
    """Read as a pipe is, once and to its end."""
    path = build.place / "fifo"
    os.mkfifo(path)
    data = build.archive([base_layer(setuid())]).read_bytes()
    process = rootout.start("check", "--format", "json", path, stdout=subprocess.PIPE)
    with open(path, "wb") as fifo:
        fifo.write(data)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and len(json.loads(stdout)["targets"]) == 1


@pytest.mark.parametrize("state", ["unopened", "stalled"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_at_a_fifo_that_stalls(rootout, build, state, number):
    """Dies of the signal at once, and leaves neither report nor temporary file."""
    path = build.place / "fifo"
    os.mkfifo(path)
    before = sorted(os.listdir("/tmp"))
    process = rootout.start("check", "--format", "json=report.json", "--format", "text=t", path,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    fifo = None
    if state == "stalled":
        fifo = open(path, "wb")
        fifo.write(build.archive().read_bytes()[:2000])
        fifo.flush()
    time.sleep(0.4)
    start = time.monotonic()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    if fifo:
        fifo.close()
    assert time.monotonic() - start < 5
    assert process.returncode == -number, stderr
    assert stdout == b"" and os.listdir(rootout.cwd) == []
    assert not [name for name in os.listdir("/tmp") if name not in before and "rootout" in name]


def test_interrupted_while_inflating(rootout, build):
    """Threads at work stop too: seconds of zeros are ahead."""
    blob = make.zstd_compress(big_member(1 << 43)) + make.zstd_zeros(1 << 17) * 2
    place = layout_of(build, [blob, blob + b""], [b"never", b"ever"])
    process = rootout.start("check", "--format", "json=report.json", place,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.7)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - start < 3
    assert os.listdir(rootout.cwd) == []


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "2>&-", "<&- >/dev/null 2>&-"])
def test_closed_descriptors(rootout, build, closed):
    """Files that are opened next take the numbers of closed ones; reports must not go into them."""
    archive = build.archive([base_layer(setuid())])
    before = archive.read_bytes()
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" check --format json=r.json --format text "$1" {closed}', PROGRAM,
         archive], cwd=rootout.cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert archive.read_bytes() == before
    assert json.loads((rootout.cwd / "r.json").read_text())["verdict"] == "fail"
    done = subprocess.run(["sh", "-c", f'exec "$0" check - {closed}', PROGRAM], cwd=rootout.cwd,
                          capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 2


def test_everything_closed(rootout, build):
    archive = build.archive()
    before = archive.read_bytes()
    done = subprocess.run(["sh", "-c", 'exec "$0" check "$1" <&- >&- 2>&-', PROGRAM, archive],
                          cwd=rootout.cwd, check=False, timeout=60)
    assert done.returncode == 2
    assert archive.read_bytes() == before


# --- many targets, exit statuses, reports ---

@pytest.mark.parametrize("given, status", [
    ("p", 0), ("f", 1), ("w", 1), ("u", 1), ("e", 2), ("pp", 0), ("pf", 1), ("fp", 1), ("pe", 2),
    ("ep", 2), ("fe", 2), ("ef", 2), ("we", 2), ("ue", 2), ("fwu", 1), ("pfwue", 2), ("ee", 2)])
def test_exit_statuses(rootout, build, given, status):
    """Unreadable beats failing, failing beats passing, wherever they stand."""
    makers = {
        "p": lambda: build.archive(name="p"), "f": lambda: build.archive(user="0", name="f"),
        "w": lambda: build.archive(user="nobody", name="w"), "e": lambda: build.place / "absent",
        "u": lambda: f"rootfs:{build.place / 'rootfs'}"}
    if "u" in given:
        build.rootfs()
    result, report = run_json(rootout, *[makers[letter]() for letter in given])
    assert result == status
    assert len(report["targets"]) == len(given.replace("e", ""))
    assert len(report["errors"]) == given.count("e")
    allowed = run_json(rootout, "--allow-unknown", *[makers[letter]() for letter in given])[0]
    assert allowed == (0 if set(given) <= set("pu") else status)


def test_many_targets_with_one_bad(rootout, build):
    good = build.archive()
    targets = [str(good)] * 30
    targets.insert(13, str(build.place / "absent"))
    status, report = run_json(rootout, *targets)
    assert status == 2 and len(report["targets"]) == 30
    assert report["errors"][0]["target"].endswith("absent")


def test_standard_input_twice(rootout, build):
    data = build.archive().read_bytes()
    done = rootout("check", "-", "-", stdin=data)
    assert done.returncode in (2, 64)


@pytest.mark.parametrize("place", ["no/dir/r.json", ".", "/proc/nothing", "/dev/full",
                                   "n" * 300, "/"])
def test_reports_to_unwritable_places(rootout, build, place):
    """Exit status 2 although everything passes, and the other reports are written."""
    done = rootout("check", "--format", f"json={place}", "--format", "text", "--format",
                   "sarif=good.sarif", build.archive())
    assert done.returncode == 2
    assert done.stderr
    assert "PASS" in done.stdout
    assert json.loads((rootout.cwd / "good.sarif").read_text())["version"] == "2.1.0"
    assert os.listdir(rootout.cwd) == ["good.sarif"]


def test_reports_to_devices_and_links(rootout, build):
    """A report that replaces its file atomically must not replace /dev/null, nor break a link."""
    os.symlink("there.json", rootout.cwd / "link.json")
    (rootout.cwd / "there.json").write_text("old")
    assert rootout("check", "--format", "json=/dev/null", "--format", "sarif=link.json",
                   build.archive()).returncode == 0
    assert not os.path.isfile("/dev/null")
    assert "2.1.0" in (rootout.cwd / "there.json").read_text()


# --- text from the image in reports ---

NASTY = ["\033[2J\033]0;owned\007", "\u202egnp.exe", "\u200b\ufeff\u2066", "a\nFAIL\n# b", "a\r\nb",
         "<script>alert(1)</script>&\"'", "]]>", "| a | b |", "`code` ![x](http://x)", "%s%n%d",
         "::error file=x::y", "- status: passed", "\u0085\u2028\u2029", "\x7f\x80\x9b", "{{7*7}}",
         "a\tb", "\\", "&#27;", "<!--", "${jndi:x}", "@everyone", "https://evil.example/", "😀" * 5]
FORMATS = ["text", "json", "sarif", "junit", "markdown", "cnti"]


def nasty_image(text):
    name = text.replace("/", "_")
    passwd = f"root:x:0:0\n{text}:x:0:0:{text}:/:/bin/sh\napp:x:1000:1000\n".encode(
        "utf-8", "surrogateescape")
    return [tar(make.member("d", "etc", 0o755), make.member("f", "etc/passwd", body=passwd),
                make.member("f", "etc/shadow", body=f"{text}::1::::::\n".encode()),
                setuid("bin/" + name), make.member("h", "bin/x" + name, 0o4755, link="bin/" + name))]


def check_clean(name, text):
    """Well-formed in its format; nothing that a terminal or browser would act on."""
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text)
    if name in ("text", "markdown"):
        assert not set("\u202e\u200b\ufeff\u2066\u2028\u2029") & set(text)
    if name in ("json", "sarif"):
        json.loads(text)
    elif name == "junit":
        xml.etree.ElementTree.fromstring(text)
    elif name == "markdown":
        assert "<script" not in text and "![x]" not in text and "<!--" not in text
    elif name == "cnti":
        document = yaml.safe_load(text)
        assert document["status"] == "failed" and len(document["items"]) == 3


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_hostile_text_in_every_format(rootout, build, text):
    """In paths, account names, USER, commands, history, references, and in the target itself."""
    layers = nasty_image(text)
    history = [{"created_by": text}]
    data = config(layers, text, history=history, Entrypoint=[text], Cmd=["gosu", text],
                  OnBuild=["USER " + text], ExposedPorts={text: {}}, Env=[text])
    path = build.place / text.replace("/", "_")
    make.docker_archive(str(path), [([text + ":1"], data, layers)])
    statuses = set()
    for name in FORMATS:
        for more in ([], ["-v"]):
            done = rootout("check", "--format", name, *more, path)
            statuses.add(done.returncode)
            check_clean(name, done.stdout)
            check_clean("text", done.stderr)
    assert statuses == {1}
    report = rootout.json(path)
    paths = [f["location"]["path"] for f in report["targets"][0]["findings"]
             if f["check"] == "image-setuid-root"]
    name = text.replace("/", "_")
    assert paths == [min("/bin/" + name, "/bin/x" + name, key=os.fsencode)]


@pytest.mark.parametrize("text", NASTY[:6], ids=ascii)
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_in_errors(rootout, build, text, name):
    done = rootout("check", "--format", name, build.place / text.replace("/", "_"))
    assert done.returncode == 2
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160
                   for c in done.stdout + done.stderr)
    manifest = json.dumps([{"Config": text, "RepoTags": [text], "Layers": []}]).encode()
    (build.place / "a").write_bytes(make.archive_files({"manifest.json": manifest}))
    done = rootout("check", "--format", name, build.place / "a")
    assert done.returncode == 2
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160
                   for c in done.stdout + done.stderr)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                                 b"a\xffb", b"\x80" * 50])
@pytest.mark.parametrize("name", FORMATS)
def test_names_that_are_no_utf8(rootout, build, raw, name):
    layer = make.raw_member(b"bin/" + raw, b"x", mode=0o4755) + make.raw_member(
        b"etc/passwd", b"root:x:0:0\n" + raw + b":x:0:0\n") + make.END
    done = subprocess.run([PROGRAM, "check", "--format", name, build.archive([layer])],
                          cwd=rootout.cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    check_clean(name, done.stdout.decode("utf-8"))
    place = os.fsencode(build.place) + b"/" + raw
    os.rename(build.place / "web.tar", place)
    done = subprocess.run([os.fsencode(PROGRAM), b"check", b"--format", name.encode(), place],
                          cwd=rootout.cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    done.stdout.decode("utf-8")


# --- every limit, at the cap and one past it ---

def limit_cases(build):
    """{limit: (cap that just suffices, arguments)}; one less must be an error that names it."""
    base = base_layer()
    plain = build.archive([base, base, base], name="plain.tar")
    members = len(tarfile.open(plain).getnames())
    layers = [base, tar(make.member("f", "a"), make.member("f", "b"))]
    # Directories that no entry names are entries too; these layers name all.
    archive = build.archive(layers, name="entries.tar")
    data = json.loads(config([base]))
    data["x"] = json.loads(b"[" * 30 + b"]" * 30)
    deep = build.archive_of([(["a:1"], json.dumps(data).encode(), [base])], "deep.tar")
    long = build.archive([base, tar(make.member("f", "d/" * 100 + "f"))], name="long.tar")
    named = build.archive([base, tar(make.member("f", "n" * 100))], name="named.tar")
    value = bytes(range(65, 91)) * 4
    marked = build.archive([base, tar(make.member("f", "x", xattrs={
        "security.capability": value[:20]}))], name="xattr.tar")
    passwd = build.archive([base], "app", name="passwd.tar")
    nested = build.place / "nested"
    nested.mkdir()
    self_index(nested, 3)
    policy = build.place / "policy.yaml"
    waiver = ("  - {check: image-setuid, path: /x, uid: 1, mode: \"4755\", reason: r, owner: o, "
              "expires: 2999-01-01}\n")
    policy.write_text("version: 1\nwaivers:\n" + waiver + waiver.replace("/x", "/y"))
    three = build.archive_of([([f"i:{n}"], config([base]), [base]) for n in range(3)], "three.tar")
    record = make.pax_header({b"comment": b"c" * 2000})
    padded = build.archive([base, record + make.raw_member(b"x") + make.END], name="pax.tar")
    sparse = make.pax_header({b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0",
                              b"GNU.sparse.name": b"s", b"GNU.sparse.realsize": b"9000"})
    sparse += make.raw_member(b"s", make.padded(b"3\n0\n1\n4000\n1\n8000\n1\n") + b"abc")
    holes = build.archive([base, sparse + make.END], name="sparse.tar")
    return {
        "images": (3, [three]), "index-depth": (3, [f"oci:{nested}"]), "layers": (3, [plain]),
        "archive-members": (members, [plain]), "json-depth": (31, [deep]),
        "entries": (len(tarfile.open(fileobj=io.BytesIO(base)).getnames()) + 2, [archive]),
        "layer-bytes": (len(base), [f"oci:{build.layout([base])}"]),
        "path-bytes": (201, [long]), "name-bytes": (100, [named]),
        "pax-bytes": (len(make.pax_record(b"comment", b"c" * 2000)), [padded]),
        "xattr-bytes": (20, [marked]), "sparse-extents": (3, [holes]),
        "body-bytes": (len(b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"),
                       [passwd]),
        "waivers": (2, ["--policy", policy, plain]),
        "policy-bytes": (policy.stat().st_size, ["--policy", policy, plain]),
        "json-bytes": (max(len(config([base] * 3)), 1024), [plain]),
    }


LIMITS = ["images", "index-depth", "layers", "archive-members", "json-depth", "entries",
          "layer-bytes", "path-bytes", "name-bytes", "pax-bytes", "xattr-bytes", "sparse-extents",
          "body-bytes", "waivers", "policy-bytes", "json-bytes"]
# Spent in pieces that only the program knows: a tiny cap, and the default.
SOFT_LIMITS = ["tree-bytes", "bodies-bytes", "script-bytes", "package-db-bytes", "symlinks",
               "findings"]


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_at_the_cap_and_one_past(rootout, build, limit):
    cap, args = limit_cases(build)[limit]
    allowed = rootout("check", "--limit", f"{limit}={cap}", *args)
    refused = rootout("check", "--limit", f"{limit}={cap - 1}", *args)
    if limit == "json-bytes":
        refused = rootout("check", "--limit", "json-bytes=100", *args)
    assert allowed.returncode in ((0,) if limit != "xattr-bytes" else (0, 1)), \
        allowed.stderr + allowed.stdout
    if limit == "body-bytes":
        # Runtimes refuse a passwd file that is too large: so is the verdict.
        assert refused.returncode in (1, 2)
    else:
        assert refused.returncode == 2, refused.stdout
        assert limit in refused.stdout + refused.stderr or limit.partition("-")[0] in refused.stderr


@pytest.mark.parametrize("limit", SOFT_LIMITS)
def test_tiny_limits_never_turn_into_a_pass(rootout, build, limit):
    script = b"#!/bin/sh\n" + b"# words\n" * 100 + b"exec gosu app x\n"
    layer = base_layer(make.member("l", "entry", link="run/a"), make.member("d", "run", 0o755),
                       make.member("f", "run/a", 0o755, body=script), setuid(), setuid("bin/x"),
                       make.member("f", "var/lib/dpkg/info/x.list", body=b"/usr/bin/su\n" * 100))
    archive = build.archive([layer], "app", Entrypoint=["/entry"])
    for value in (1, 2, 10, 100, 1000):
        status, report = run_json(rootout, "--limit", f"{limit}={value}", archive)
        assert status in (1, 2)
        assert all(target["verdict"] != "pass" for target in report["targets"])
        assert run_json(rootout, "--limit", f"{limit}={value}", "-",
                        stdin=archive.read_bytes())[0] in (1, 2)


def test_every_limit_is_tested():
    """No row of limits.def without a case here."""
    text = subprocess.run([PROGRAM, "__generate", "man", "check"], capture_output=True, check=True)
    manual = text.stdout.decode().replace("\\-", "-")
    for name in LIMITS + SOFT_LIMITS:
        assert name in manual
    known = set(LIMITS + SOFT_LIMITS)
    definitions = os.path.join(os.path.dirname(__file__), "..", "..", "src", "base", "limits.def")
    with open(definitions, encoding="ascii") as file:
        rows = {line.split('"')[1] for line in file if line.startswith("LIMIT(")}
    assert rows - known <= {"layer-bytes"} and known <= rows


@pytest.mark.parametrize("value", ["-1", "x", "1x", "", " 1", "1 ", "99999999999999999999999",
                                   "18446744073709551616", "0x10", "1e3", "+5", "16e", "99999999t"])
def test_limits_that_make_no_sense(rootout, build, value):
    done = rootout("check", "--limit", f"layers={value}", build.archive())
    assert done.returncode == 64


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
    assert SANITIZED or seconds < 3


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


# --- root file systems ---

def test_rootfs_with_odd_files(rootout, build):
    """FIFOs, sockets, loops and deep directories in a tree on disk."""
    root = build.rootfs()
    os.mkfifo(root / "fifo")
    os.symlink("loop", root / "loop")
    os.symlink("/etc/shadow", root / "etc" / "shadow")
    (root / "etc" / "group").unlink(missing_ok=True)
    os.mkfifo(root / "etc" / "group")
    path = os.open(root, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=path)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=path)
        os.close(path)
        path = below
    os.close(path)
    assert run_json(rootout, "--user", "1000:1000", f"rootfs:{root}")[0] in (0, 2)
    status, report = run_json(rootout, "--user", "app", f"rootfs:{root}")
    assert status in (1, 2) or report["targets"][0]["user"]["uid"] == 1000
    os.unlink(root / "etc" / "passwd")
    os.symlink("/etc/passwd", root / "etc" / "passwd")
    status, report = run_json(rootout, "--user", "daemon", f"rootfs:{root}")
    assert status in (1, 2) and all(t["verdict"] != "pass" for t in report["targets"])


def test_rootfs_raw_capability(rootout, build):
    """v2 and v3 of security.capability as the kernel keeps them, where we may set one."""
    root = build.rootfs()
    program = root / "ping"
    program.write_bytes(b"x")
    program.chmod(0o755)
    try:
        os.setxattr(program, "security.capability",
                    struct.pack("<5I", 2 << 24 | 1, 1 << 13, 0, 0, 0))
    except OSError:
        pytest.skip("may not set security.capability here")
    report = rootout.json("--user", "1000:1000", f"rootfs:{root}")
    assert "image-file-capability" in checks_of(report["targets"][0])
