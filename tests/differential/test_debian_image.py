# SPDX-License-Identifier: Apache-2.0
"""A real Debian image, made by mmdebstrap: unpacked by dockerd and by umoci it must be what rootout
merged; what `find` sees of setuid files in it must be what rootout reports.
"""
import json
import os
import stat
import subprocess

import pytest

from images import docker_archive, image_config, member, oci_layout, tar_bytes
from test_layers import difference, mounted, on_disk, parse_dump, umoci_unpacked


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """(docker-archive, OCI layout) of one image: Debian with a file capability, and a layer above
    that takes files away."""
    place = tmp_path_factory.mktemp("debian")
    tar = place / "debian.tar"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=iputils-ping,sudo",
                    "bookworm", tar], check=True, stdin=subprocess.DEVNULL)
    layers = [tar.read_bytes(),
              tar_bytes([member("d", "usr", 0o755), member("d", "usr/bin", 0o755),
                         member("f", "usr/bin/.wh.sudo"), member("d", "usr/share/doc", 0o755),
                         member("f", "usr/share/doc/.wh..wh..opq")])]
    config = image_config(layers, {"User": "65534"})
    docker_archive(place / "image.tar", [(["debian:test"], config, layers)])
    (place / "layout").mkdir()
    oci_layout(place / "layout", [("test", config, layers)])
    return place / "image.tar", place / "layout"


def test_same_files(debian, docker, merged_dump, tmp_path):
    archive, layout = debian
    docker.run("load", "-i", str(archive))
    (tmp_path / "mount").mkdir()
    theirs = mounted(docker, "debian:test", str(tmp_path / "mount"))
    assert len(theirs) > 5000
    assert any("security.capability" in row[5] for row in theirs.values())
    (ours,) = parse_dump(merged_dump(f"docker-archive:{archive}")).values()
    assert not difference(ours, theirs, "dockerd")
    (ours,) = parse_dump(merged_dump(f"oci:{layout}")).values()
    unpacked = umoci_unpacked(layout, "test", str(tmp_path / "bundle"))
    assert not difference(ours, unpacked, "umoci")


def test_same_setuid_files(debian, tmp_path):
    archive, layout = debian
    umoci_unpacked(layout, "test", str(tmp_path / "bundle"))
    rows = on_disk(os.path.join(tmp_path, "bundle", "rootfs"))
    seen = {os.fsdecode(path) for path, row in rows.items()
            if stat.S_ISREG(int(row[0], 8)) and int(row[0], 8) & stat.S_ISUID and row[1] == 0}
    assert "/usr/bin/passwd" in seen and "/usr/bin/sudo" not in seen
    done = subprocess.run([os.environ["ROOTOUT"], "check", "--no-policy", "--format", "json",
                           f"docker-archive:{archive}"], check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    assert done.returncode == 1
    (target,) = json.loads(done.stdout)["targets"]
    found = [f for f in target["findings"] if f["check"] == "image-setuid-root"]
    assert {name for f in found for name in f["evidence"]["names"]} == seen
    assert {f["location"]["path"]: f["location"]["package"] for f in found}[
        "/usr/bin/passwd"] == "dpkg:passwd"
    assert [f["location"]["path"] for f in target["findings"]
            if f["check"] == "image-file-capability"] == ["/usr/bin/ping"]
