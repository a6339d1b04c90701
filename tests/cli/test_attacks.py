# SPDX-License-Identifier: Apache-2.0
"""Images made to pass here and to run as root elsewhere.

Each case was first seen to deceive: the comment says which engine took the other reading.
"""
import io
import json
import os
import tarfile

import pytest

from conftest import ARCHITECTURE, base_layer, config, make, setuid

LAYER = base_layer()
GOOD, EVIL = config([LAYER]), config([LAYER], user="0")


def refused(rootout, *args, words, **more):
    report = rootout.json(*args, status=2, **more)
    assert report["targets"] == []
    error, = report["errors"]
    assert words in error["message"], error["message"]


def judged(rootout, *args, status=1, **more):
    """{name: verdict} of all images."""
    report = rootout.json(*args, status=status, **more)
    assert report["errors"] == []
    return {target["name"]: target["verdict"] for target in report["targets"]}


# --- docker-archive: what engines unpack to a disk, and what stands in the archive ---


def docker_archive(place, members, config_name="config.json"):
    """members: (name, bytes), or (name, str): a symlink, in the order given."""
    manifest = [{"Config": config_name, "RepoTags": ["web:1"], "Layers": ["layer.tar"]}]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        make.add_file(tar, "layer.tar", LAYER)
        make.add_file(tar, "manifest.json", json.dumps(manifest).encode())
        for name, content in members:
            if isinstance(content, bytes):
                make.add_file(tar, name, content)
                continue
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, content
            tar.addfile(info)
    place.write_bytes(out.getvalue())
    return place


HEX_NAME = "a" * 64 + "x.json"

TWO_CONFIGS = {
    # dockerd writes through the link: the second configuration counts
    "below-a-link": ([("config.json", GOOD), ("d", "."), ("d/config.json", EVIL)], "config.json",
                     "lies below a link"),
    "below-a-file": ([("config.json", GOOD), ("d", b""), ("d/config.json", EVIL)], "config.json",
                     "lies below a link"),
    # dockerd takes the last, podman the first
    "link-twice": ([("good", GOOD), ("evil", EVIL), ("config.json", "evil"),
                    ("config.json", "good")], "config.json", "twice"),
    "much-like-a-digest": ([(HEX_NAME, EVIL), (HEX_NAME, GOOD)], HEX_NAME, "twice"),
}


@pytest.mark.parametrize("case", TWO_CONFIGS)
@pytest.mark.parametrize("how", ["file", "stdin"])
def test_archive_of_two_readings(rootout, tmp_path, case, how):
    members, config_name, words = TWO_CONFIGS[case]
    archive = docker_archive(tmp_path / "web.tar", members, config_name)
    if how == "file":
        refused(rootout, archive, words=words)
    else:
        refused(rootout, "-", words=words, stdin=archive.read_bytes())


def test_directories_and_links_of_honest_archives(rootout, tmp_path):
    """Links that lead somewhere else than below them stay allowed."""
    archive = docker_archive(tmp_path / "web.tar", [("real.json", GOOD), ("config.json",
                                                                          "real.json")])
    assert judged(rootout, archive, status=0) == {"web:1": "pass"}


# --- layers: attributes that are overlayfs's own ---


@pytest.mark.parametrize("name", ["trusted.overlay.redirect", "trusted.overlay.metacopy"])
def test_overlay_redirect(rootout, build, name):
    """dockerd's overlay2 mounts it: /etc is the lower layer's /data, where app is UID 0; and a
    removed directory's setuid files are back under another name."""
    lower = make.tar_bytes([make.member("d", "data", 0o755),
                            make.member("f", "data/passwd", body=b"app:x:0:0::/:/bin/sh\n"),
                            make.member("d", "etc", 0o755),
                            make.member("f", "etc/passwd", body=b"app:x:1000:1000::/:/bin/sh\n")])
    upper = make.tar_bytes([make.member("d", "etc", 0o755, xattrs={name: b"/data"})])
    archive = build.archive([lower, upper], user="app")
    refused(rootout, archive, words=name)


@pytest.mark.parametrize("name", ["trusted.overlay.origin", "trusted.overlay.impure",
                                  "trusted.overlay.opaque", "user.overlay.redirect"])
def test_overlay_attributes_without_effect_on_roots(rootout, build, name):
    """Left over in images that were made from a mounted layer: no reason to refuse them."""
    upper = make.tar_bytes([make.member("d", "etc", 0o755, xattrs={name: b"y"})])
    archive = build.archive([base_layer(), upper])
    assert judged(rootout, archive, status=0) == {"web:1": "pass"}


# --- OCI indexes: which of two manifests an engine takes ---


HERE = {"os": "linux", "architecture": ARCHITECTURE}
ALIAS = {"amd64": "x86_64", "arm64": "aarch64"}.get(ARCHITECTURE, ARCHITECTURE.upper())
UNKNOWN = {"os": "unknown", "architecture": "unknown"}
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


def name(reference):
    return {"org.opencontainers.image.ref.name": reference}


def layout_of(place, entries, nested=True):
    """entries: (config, fields of its descriptor)."""
    place.mkdir()
    layers = [make.put_layer(str(place), make.gzip_compress(LAYER))]
    images = [make.put_image(str(place), data, layers, **more) for data, more in entries]
    make.finish_layout(str(place), [make.put_index(str(place), images, annotations=name("1"))]
                       if nested else images)
    return place


TAKEN_FIRST = {
    # every engine: the annotation means nothing to them, the platform does
    "called-an-attestation": [(EVIL, {"platform": HERE, "annotations": ATTESTATION}),
                              (GOOD, {"platform": HERE})],
    # containerd: spellings are normalised, then the first one is taken
    "alias": [(EVIL, {"platform": dict(HERE, architecture=ALIAS)}), (GOOD, {"platform": HERE})],
    "upper-case": [(EVIL, {"platform": dict(HERE, os="Linux")}), (GOOD, {"platform": HERE})],
    "no-os": [(EVIL, {"platform": {"architecture": ARCHITECTURE}}), (GOOD, {"platform": HERE})],
    # containerd and podman: who says no platform comes last, or not at all
    "no-platform": [(GOOD, {}), (EVIL, {"platform": HERE})],
}


@pytest.mark.parametrize("case", TAKEN_FIRST)
def test_index_of_two_readings(rootout, tmp_path, case):
    place = layout_of(tmp_path / "layout", TAKEN_FIRST[case])
    assert set(judged(rootout, place).values()) == {"fail"}


@pytest.mark.parametrize("more", [{"platform": UNKNOWN}, {"annotations": ATTESTATION}],
                         ids=["unknown-platform", "called-an-attestation"])
def test_hidden_name(rootout, tmp_path, more):
    """podman pulls oci:DIR:evil, whatever its entry in index.json says besides the name."""
    fields = dict(more, annotations={**more.get("annotations", {}), **name("evil")})
    place = layout_of(tmp_path / "layout", [(EVIL, fields), (GOOD, {"annotations": name("good")})],
                      nested=False)
    assert judged(rootout, place) == {f"{place}:evil": "fail", f"{place}:good": "pass"}
    assert judged(rootout, f"oci:{place}:evil") == {f"{place}:evil": "fail"}


def test_attestations_beside_names(rootout, tmp_path):
    """What a tool that unrolls an index leaves: about the image of the same name, and no image."""
    place = tmp_path / "layout"
    about = json.dumps({**UNKNOWN, "config": {}, "rootfs": {"type": "layers", "diff_ids": []}})
    layout_of(place, [(GOOD, {"platform": HERE, "annotations": name("1")}),
                      (about.encode(), {"platform": UNKNOWN, "annotations": name("1")}),
                      (about.encode(), {"platform": UNKNOWN, "annotations": name("other")})],
              nested=False)
    assert judged(rootout, place, status=0) == {f"{place}:1": "pass"}
    assert judged(rootout, "--platform", "all", place, status=0) == {f"{place}:1": "pass"}


# --- one archive or directory that is two things ---


def manifest_json(place, images):
    """Adds docker's manifest.json and what it names; images: (reference, config)."""
    listed = []
    for reference, data in images:
        file = make.sha256(data)[7:] + ".json"
        (place / file).write_bytes(data)
        listed.append({"Config": file, "RepoTags": [reference], "Layers": ["layer.tar"]})
    (place / "layer.tar").write_bytes(LAYER)
    (place / "manifest.json").write_text(json.dumps(listed))


def archive_of(place):
    archive = place.with_suffix(".tar")
    archive.write_bytes(make.archive_files(make.read_tree(str(place))))
    return archive


@pytest.mark.parametrize("how", ["file", "stdin", "gzip"])
def test_two_lists_of_images(rootout, tmp_path, how):
    """docker reads manifest.json; podman, and docker with containerd's image store, index.json."""
    place = layout_of(tmp_path / "both", [(EVIL, {"annotations": name("evil:1")})], nested=False)
    manifest_json(place, [("good:1", GOOD)])
    archive = archive_of(place)
    expected = {"good:1": "pass", "evil:1": "fail"}
    if how == "stdin":
        assert judged(rootout, "-", stdin=archive.read_bytes()) == expected
    elif how == "gzip":
        archive.write_bytes(make.gzip_compress(archive.read_bytes()))
        assert judged(rootout, archive) == expected
    else:
        assert judged(rootout, archive) == expected
        assert judged(rootout, f"docker-archive:{archive}", status=0) == {"good:1": "pass"}
        assert judged(rootout, f"oci-archive:{archive}") == {"evil:1": "fail"}


@pytest.mark.parametrize("how", [(), ("--platform", "all"), ("--platform", "linux/s390x")])
def test_same_image_listed_twice(rootout, tmp_path, how):
    """`docker save` since 25; and from containerd's store, with platforms that are not there."""
    place = layout_of(tmp_path / "both", [(GOOD, {"platform": HERE})])
    manifest_json(place, [("good:1", GOOD)])
    assert judged(rootout, *how, archive_of(place), status=0) == {"good:1": "pass"}


def test_directory_of_two_kinds(rootout, tmp_path):
    place = layout_of(tmp_path / "both", [(GOOD, {})])
    (place / "usr").mkdir()
    refused(rootout, place, words="holds two things")
    judged(rootout, f"oci:{place}", status=0)


def test_archive_of_image_and_tree(rootout, build):
    """`docker load` and `docker import` of it are two different images."""
    archive = build.archive()
    with tarfile.open(archive, "a") as tar:
        info, _ = setuid()
        info.size = 0
        tar.addfile(info)
    refused(rootout, archive, words="holds two things")
    judged(rootout, f"docker-archive:{archive}", status=0)


# --- what overlayfs shows, and what the specification says ---


def test_opaque_root_hides_nothing(rootout, build):
    """dockerd and podman mount the layers: the marker on a layer's root is never looked at."""
    layers = [base_layer(setuid()), make.tar_bytes([make.member("f", ".wh..wh..opq")])]
    report = rootout.json(build.archive(layers), status=1)
    finding, = report["targets"][0]["findings"]
    assert finding["check"] == "image-setuid-root"
    assert finding["location"]["path"] == "/usr/bin/su"


# --- small images that cost much ---


def deep_layer(depth, names, kind=b"1", mode=0o4755):
    """Hardlinks of one setuid file, in a directory that symlinks put depth times 4000 bytes deep:
    each name is 512 bytes of the layer."""
    below, parts, top = b"a/" * 2000, [], b""
    for level in range(depth):
        parts.append(make.pax_header({b"path": top + below + b"d/"}) +
                     make.raw_member(b"x/", kind=b"5", mode=0o755))
        parts.append(make.pax_header({b"linkpath": top + below + b"d"}) +
                     make.raw_member(b"s%d" % level, kind=b"2"))
        top = b"s%d/" % level
    parts.append(make.raw_member(top + b"f", b"x", mode=mode))
    parts += [make.raw_header(top + b"h%d" % n, kind=kind, link=top + b"f", mode=mode)
              for n in range(names)]
    return b"".join(parts) + make.END


def test_names_of_setuid_files(rootout, build):
    """100 kB made a report of 400 MB, in a gigabyte of memory."""
    few = rootout.json(build.archive([base_layer(), deep_layer(1, 100)]), status=1)
    finding, = few["targets"][0]["findings"]
    assert len(finding["evidence"]["names"]) == 101
    refused(rootout, build.archive([base_layer(), deep_layer(1, 5000)]), words="bodies-bytes")


@pytest.mark.skipif(os.environ.get("ROOTOUT_SANITIZED", "") not in ("", "0"), reason="takes long under sanitizers")
def test_components_of_symlinks(rootout, build):
    """A million such entries took hours; the engines' time is their own."""
    refused(rootout, build.archive([base_layer(), deep_layer(30, 3000, mode=0o755)]),
            words="components")
