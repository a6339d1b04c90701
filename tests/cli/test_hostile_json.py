# SPDX-License-Identifier: Apache-2.0
"""Manifests, indexes and configurations by an adversary, and blobs that are something else."""
import hashlib
import io
import json
import os
import socket
import tarfile
import time

import pytest

from conftest import ARCHITECTURE, base_layer, config, make, setuid, short
from hostile import SANITIZED, fails_to_read, layout_of, run_json, self_index, tar

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
    b'[{"Config": "c.json", "RepoTags": "x"}]', b'[{"Config": "c.json", "RepoTags": [null]}]'],
    ids=short)
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
    ["../" * 20 + "etc"], ["sha256:" + "0" * 64] * 2, ["sha256:" + "0" * 64],
    ["sha512:" + "0" * 64],
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

@pytest.mark.parametrize("depth, status", [(1, 0), (7, 0), (8, 0), (9, 2), (100, 2)])
def test_nested_indexes(rootout, build, depth, status):
    place = build.place / "l"
    place.mkdir()
    self_index(place, depth)
    assert run_json(rootout, place)[0] == status
    if status == 2:
        fails_to_read(rootout, place, words="index-depth")


def test_manifest_that_lists_itself(rootout, build):
    """A blob cannot hold its own digest, but manifest.json of dir: and index.json have none."""
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
    chart = make.put_json(str(place), b"chart",
                          "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
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
    for wanted, user in (((ARCHITECTURE, None), "1000"), (("s390x", None), "0"),
                         (("arm", "v7"), "0")):
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
