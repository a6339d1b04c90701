# SPDX-License-Identifier: Apache-2.0
"""Layer stacks unpacked by dockerd's overlay2 and by umoci must be what rootout merged.

Every path, mode, owner, device, link target and security xattr. ROOTOUT_STACKS: how many (default
320); ROOTOUT_SEED: the first seed. A failure prints the seed: `stacks.stack(seed)` makes it again.
"""
import os
import stat
import subprocess

import pytest

from images import docker_archive, image_config, oci_layout, tar_bytes
from stacks import stack

COUNT = int(os.environ.get("ROOTOUT_STACKS", "320"))
SEED = int(os.environ.get("ROOTOUT_SEED", "1"))
BATCH = 40


def is_kept(name):
    return name.startswith("security.") and name != "security.selinux"


def on_disk(root):
    """{path: row} of a directory tree, in the form of parse_dump()."""
    rows = {}
    for directory, directories, files in os.walk(os.fsencode(root)):
        for name in directories + files:
            place = os.path.join(directory, name)
            try:
                info = os.lstat(place)
            except FileNotFoundError:
                continue  # overlayfs lists a whiteout of nothing, and then denies it
            path = b"/" + os.path.relpath(place, os.fsencode(root))
            xattrs = {key: os.getxattr(place, key, follow_symlinks=False).hex()
                      for key in os.listxattr(place, follow_symlinks=False) if is_kept(key)}
            device = info.st_rdev if stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(
                info.st_mode) else 0
            target = os.readlink(place) if stat.S_ISLNK(info.st_mode) else b""
            mode = info.st_mode
            rows[path] = (oct(mode), info.st_uid, info.st_gid, device, target, xattrs)
    return rows


def parse_dump(text):
    """{image name: {path: row}} of merged_dump's output."""
    images, rows = {}, None
    for line in text.splitlines():
        if line.startswith("image "):
            rows = images[line[6:]] = {}
            continue
        mode, uid, gid, device, path, target, xattrs = line.split("\t")
        path = bytes.fromhex(path)
        if path == b"/":
            continue  # dockerd does not apply "./" to the root directory, others do
        pairs = [pair.split("=") for pair in xattrs.strip().split(",") if pair]
        rows[path] = (oct(int(mode, 8)), int(uid), int(gid), int(device),
                      b"" if target == "-" else bytes.fromhex(target),
                      {key: value for key, value in pairs if is_kept(key)})
    return images


def difference(ours, theirs, who):
    lines = []
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path) != theirs.get(path):
            lines.append(f"{path!r}: rootout {ours.get(path)}, {who} {theirs.get(path)}")
    return "\n".join(lines[:20])


def mounted(docker, image, place):
    directories = docker.layer_directories(image)
    if len(directories) == 1:
        return on_disk(directories[0])
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                    "ro,lowerdir=" + ":".join(directories), place], check=True)
    try:
        return on_disk(place)
    finally:
        subprocess.run(["umount", place], check=True)


def umoci_unpacked(layout, reference, bundle):
    subprocess.run(["umoci", "unpack", "--image", f"{layout}:{reference}", bundle], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)
    return on_disk(os.path.join(bundle, "rootfs"))


@pytest.mark.parametrize("first", range(SEED, SEED + COUNT, BATCH))
def test_stacks(first, docker, merged_dump, tmp_path):
    images, families = [], {}
    for seed in range(first, min(first + BATCH, SEED + COUNT)):
        family, layers = stack(seed)
        tars = [tar_bytes(layer) for layer in layers]
        name = f"stack:{seed}"
        families[name] = family
        images.append(([name], image_config(tars, {"Labels": {"seed": str(seed)}}), tars))
    archive, layout = tmp_path / "stacks.tar", tmp_path / "layout"
    docker_archive(archive, images)
    layout.mkdir()
    oci_layout(layout, [(refs[0].replace(":", "-"), config, tars) for refs, config, tars in images])
    docker.run("load", "-i", str(archive))
    (tmp_path / "mount").mkdir()

    ours = parse_dump(merged_dump(f"docker-archive:{archive}"))
    ours_oci = {name.rpartition(":")[2]: rows
                for name, rows in parse_dump(merged_dump(f"oci:{layout}")).items()}
    assert len(ours) == len(ours_oci) == len(images)
    for name, family in families.items():
        theirs = mounted(docker, name, str(tmp_path / "mount"))
        diff = difference(ours[name], theirs, "dockerd")
        assert not diff, f"seed {name[6:]} ({family}):\n{diff}"
        reference = name.replace(":", "-")
        diff = difference(ours_oci[reference], theirs, "dockerd")
        assert not diff, f"seed {name[6:]} ({family}), from the layout:\n{diff}"
        if family == "common":
            bundle = str(tmp_path / ("bundle" + name[6:]))
            diff = difference(ours[name], umoci_unpacked(layout, reference, bundle), "umoci")
            assert not diff, f"seed {name[6:]}:\n{diff}"
            subprocess.run(["rm", "-rf", bundle], check=True)
    docker.run("image", "rm", "-f", *families)


def test_generator_is_varied():
    """The stacks hold what they are meant to hold."""
    seen = {"whiteout": 0, "opaque": 0, "hardlink": 0, "implicit": 0, "pax": 0, "capability": 0}
    for seed in range(SEED, SEED + COUNT):
        for layer in stack(seed)[1]:
            for info, _ in layer:
                base = info.name.rpartition("/")[2]
                seen["opaque"] += base == ".wh..wh..opq"
                seen["whiteout"] += base.startswith(".wh.") and base != ".wh..wh..opq"
                seen["hardlink"] += info.islnk()
                seen["pax"] += "comment" in info.pax_headers
                seen["capability"] += "SCHILY.xattr.security.capability" in info.pax_headers
            names = {info.name.lstrip("./") for info, _ in layer}
            seen["implicit"] += any("/" in name and name.rpartition("/")[0] not in names
                                    for name in names)
    assert all(count > COUNT / 4 for count in seen.values()), seen
