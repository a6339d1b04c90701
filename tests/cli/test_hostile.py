# SPDX-License-Identifier: Apache-2.0
"""Hostile and broken input: an error or a right verdict, in bounded time, and never a pass."""
import io
import json
import random
import tarfile
import zlib

import pytest

from conftest import base_layer, config, make, setuid

SEED = 20240607


def failing_layers():
    return [base_layer(setuid()), make.tar_bytes([setuid("opt/x")])]


def judge(rootout, target, *args):
    """Exit status and report; whatever happens, the report is whole."""
    done = rootout("check", "--format", "json", *args, target)
    assert done.returncode in (0, 1, 2), done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 2) == bool(report["errors"])
    return done.returncode, report


@pytest.mark.parametrize("part", range(4))
def test_truncated_archive(rootout, build, part):
    archive = build.archive(failing_layers(), user="0")
    data = archive.read_bytes()
    numbers = random.Random(SEED + part)
    for _ in range(12):
        archive.write_bytes(data[:numbers.randrange(len(data) - 1024)])
        status, _ = judge(rootout, archive)
        assert status != 0, f"seed {SEED + part}"
        assert rootout("check", "-", stdin=archive.read_bytes()).returncode != 0


@pytest.mark.parametrize("part", range(4))
def test_flipped_bits(rootout, build, part):
    """The image fails, and everything that decides is under a digest: no flip may make it pass."""
    numbers = random.Random(SEED + part)
    archive = build.archive(failing_layers(), user="0")
    clean = archive.read_bytes()
    for _ in range(25):
        data = bytearray(clean)
        for _ in range(numbers.choice((1, 1, 1, 8, 64))):
            data[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
        archive.write_bytes(data)
        status, _ = judge(rootout, archive)
        assert status != 0, f"seed {SEED + part}"


def test_flipped_layout(rootout, build):
    layout = build.layout(failing_layers(), user="0")
    numbers = random.Random(SEED)
    for file in sorted(path for path in layout.rglob("*") if path.is_file()):
        clean = file.read_bytes()
        for _ in range(6):
            data = bytearray(clean)
            data[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
            file.write_bytes(data)
            assert judge(rootout, layout)[0] != 0, file.name
        file.write_bytes(clean)
    assert judge(rootout, layout)[0] == 1


WRONG = [None, True, 7, -1, 1e99, "x", [], [[]], {}, {"": ""}, ["x", 7], "\ud800" * 2]


@pytest.mark.parametrize("key", ["config", "rootfs", "history", "architecture", "os"])
def test_config_of_wrong_types(rootout, build, key):
    layers = [base_layer(setuid())]
    for value in WRONG:
        document = json.loads(config(layers, user="0"))
        document[key] = value
        archive = build.archive_of([(["web:1"], json.dumps(document).encode(), layers)])
        assert judge(rootout, archive)[0] != 0, value


@pytest.mark.parametrize("key", ["User", "Entrypoint", "Cmd", "Env", "ExposedPorts", "Volumes",
                                 "OnBuild", "Shell", "Healthcheck", "WorkingDir"])
def test_settings_of_wrong_types(rootout, build, key):
    layers = [base_layer(setuid())]
    for value in WRONG:
        document = json.loads(config(layers, user="0"))
        document["config"][key] = value
        archive = build.archive_of([(["web:1"], json.dumps(document).encode(), layers)])
        assert judge(rootout, archive)[0] != 0, value


def test_user_twice(rootout, build):
    """Which of two decides is an accident of the reader: no verdict may hang on it."""
    layers = [base_layer()]
    text = config(layers, user="1000").decode().replace('"User"', '"User": "0", "User"')
    assert '"User": "0"' in text
    assert judge(rootout, build.archive_of([(["web:1"], text.encode(), layers)]))[0] == 2


def test_manifest_lists_itself(rootout, build):
    layout = build.layout()
    index = json.loads((layout / "index.json").read_text())
    index["manifests"] *= 2000
    (layout / "index.json").write_text(json.dumps(index))
    assert judge(rootout, layout)[0] == 2
    nested = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
              "manifests": index["manifests"][:1]}
    for _ in range(20):
        data = json.dumps(nested).encode()
        nested["manifests"] = [{"mediaType": nested["mediaType"], "size": len(data),
                                "digest": make.put_blob(str(layout), data)}]
    (layout / "index.json").write_text(json.dumps(nested))
    assert judge(rootout, layout)[0] == 2


def test_layer_used_twice(rootout, build):
    layer = base_layer(setuid())
    for target in (build.archive([layer, layer]), build.layout([layer, layer])):
        status, report = judge(rootout, target)
        assert status == 1
        found = [f for f in report["targets"][0]["findings"] if f["check"] == "image-setuid-root"]
        assert len(found) == 1


def test_deep_json(rootout, build):
    layers = [base_layer()]
    deep = b'{"config": ' + b"[" * 100000 + b"]" * 100000 + b"}"
    assert judge(rootout, build.archive_of([(["web:1"], deep, layers)]))[0] == 2
    layout = build.layout()
    (layout / "index.json").write_bytes(b'{"manifests":' * 100000)
    assert judge(rootout, layout)[0] == 2


@pytest.mark.parametrize("path", ["../escape", "a/../../escape", "/abs/su", "usr/./bin//su",
                                  "./usr/bin/su", "usr/bin/su/../su2"])
def test_odd_paths(rootout, build, path):
    """No runtime lets a path leave the root; one that stays inside counts where it ends."""
    assert judge(rootout, build.archive([base_layer(setuid(path))]))[0] in (1, 2)
    assert not (build.place / "escape").exists()


def test_cyclic_symlinks(rootout, build):
    loop = [make.member("l", "etc/passwd", link="loop"), make.member("l", "etc/loop", link="passwd")]
    status, _ = judge(rootout, build.archive([make.tar_bytes(loop)], user="app"))
    assert status in (1, 2)
    assert judge(rootout, build.archive([make.tar_bytes(loop)], user="1000"))[0] in (0, 1)


@pytest.mark.parametrize("part, times, status", [
    ("a", 255, 1), ("a", 256, 2), ("a/", 1900, 1), ("a", 1 << 20, 2), ("b/", 1 << 19, 2)])
def test_long_names(rootout, build, part, times, status):
    name = part * times + ("su" if part.endswith("/") else "")
    assert judge(rootout, build.archive([base_layer(setuid(name))]))[0] == status


def test_inflating_bomb(rootout, build):
    """A gigabyte of zeros in a megabyte: within the limit it is read, past it refused."""
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1 << 20)
    info = tarfile.TarInfo("zeros")
    info.size = 1 << 30
    blob = packer.compress(info.tobuf())
    for _ in range(1 << 10):
        blob += packer.compress(zeros)
    blob += packer.compress(bytes(1024)) + packer.flush()
    layout = build.layout()
    document = json.loads(config([b""]))
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                            "digest": make.put_blob(str(layout), blob), "size": len(blob)}]}
    data = json.dumps(document).encode()
    manifest["config"] = {"mediaType": "application/vnd.oci.image.config.v1+json",
                          "digest": make.put_blob(str(layout), data), "size": len(data)}
    data = json.dumps(manifest).encode()
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": manifest["mediaType"], "digest": make.put_blob(str(layout), data),
         "size": len(data)}]}))
    status, report = judge(rootout, layout, "--limit", "layer-bytes=64M")
    assert status == 2
    assert "layer-bytes" in report["errors"][0]["message"]


def test_sparse_claim(rootout, build):
    """A member that claims 10 GB and brings nothing is truncated, not awaited."""
    info = tarfile.TarInfo("huge")
    info.size = 10 << 30
    layer = io.BytesIO()
    layer.write(info.tobuf())
    assert judge(rootout, build.archive([layer.getvalue()]))[0] == 2


def test_many_entries(rootout, build):
    members = [make.member("f", f"d/{i}") for i in range(5000)]
    archive = build.archive([base_layer(*members)])
    assert judge(rootout, archive, "--limit", "entries=5002")[0] == 0
    status, report = judge(rootout, archive, "--limit", "entries=4999")
    assert status == 2
    assert "entries" in report["errors"][0]["message"]


def test_many_findings(rootout, build):
    members = [setuid(f"d/{i}") for i in range(300)]
    archive = build.archive([base_layer(*members)])
    status, report = judge(rootout, archive)
    assert status == 1
    assert len(report["targets"][0]["findings"]) >= 300
    assert judge(rootout, archive, "--limit", "findings=100")[0] in (1, 2)
