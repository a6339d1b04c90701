# SPDX-License-Identifier: Apache-2.0
"""Formats that other tools got wrong; one test each, named as the list of cases names it."""
import base64
import io
import json
import tarfile

import pytest

from conftest import ARCHITECTURE, base_layer, config, make, setuid
from facts import only, setuid_paths, tar

LAYER_TYPES = ["application/vnd.oci.image.layer.v1.tar", make.LAYER_TYPE,
               "application/vnd.oci.image.layer.v1.tar+zstd",
               "application/vnd.docker.image.rootfs.diff.tar.gzip",
               "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
               "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "text/plain", None]


@pytest.mark.parametrize("compression", make.COMPRESSIONS)
def test_layers_are_judged_by_their_bytes(rootout, build, compression):
    """Whatever the media type says."""
    layer = base_layer(setuid(), make.member("f", "data", body=bytes(range(256)) * 40))
    blob = make.COMPRESSIONS[compression](layer)
    for number, media_type in enumerate(LAYER_TYPES):
        place = build.place / str(number)
        place.mkdir()
        described = make.put_layer(str(place), blob, media_type)
        if media_type is None:
            del described["mediaType"]
        make.finish_layout(str(place), [make.put_image(str(place), config([layer]), [described])])
        assert setuid_paths(only(rootout.json(place, status=1))) == ["/usr/bin/su"]


@pytest.mark.parametrize("compression", make.COMPRESSIONS)
def test_compressed_layers_in_docker_archives(rootout, build, compression):
    """skopeo and containerd leave layers compressed there too."""
    layer = base_layer(setuid())
    blob = make.COMPRESSIONS[compression](layer)
    files = {"layer.v1.tar": blob, "config.json": config([layer]), "manifest.json": json.dumps(
        [{"Config": "config.json", "RepoTags": ["a:1"], "Layers": ["layer.v1.tar"]}]).encode()}
    data = make.archive_files(files)
    (build.place / "a.tar").write_bytes(data)
    assert setuid_paths(only(rootout.json(build.place / "a.tar", status=1))) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=data, status=1))) == ["/usr/bin/su"]


@pytest.mark.parametrize("compression", ["gzip", "gzip-members", "zstd", "zstd-chunked", "xz",
                                         "bzip2", "lz4"])
@pytest.mark.parametrize("manifest_first", [True, False])
def test_whole_archive_compressed(rootout, build, compression, manifest_first):
    layer = base_layer(setuid(), make.member("f", "data", body=bytes(range(256)) * 400))
    files = [("layer.tar", layer), ("config.json", config([layer])),
             ("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": None,
                                            "Layers": ["layer.tar"]}]).encode())]
    data = make.COMPRESSIONS[compression](make.archive_files(files[::-1 if manifest_first else 1]))
    (build.place / "a").write_bytes(data)
    assert setuid_paths(only(rootout.json(build.place / "a", status=1))) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=data, status=1))) == ["/usr/bin/su"]


def test_buildx_oci_archive(rootout, build):
    """buildx -o type=oci: an index with an image index and an attestation manifest in it."""
    place = build.place / "l"
    place.mkdir()
    layer = base_layer(setuid())
    blob = make.put_layer(str(place), make.gzip_compress(layer))
    image = make.put_image(str(place), config([layer]), [blob],
                           platform={"os": "linux", "architecture": ARCHITECTURE})
    statement = make.put_json(str(place), {"predicate": 1}, "application/vnd.in-toto+json")
    attestation = make.put_image(
        str(place), b'{"architecture":"unknown","os":"unknown","rootfs":{"diff_ids":["%s"]}}'
        % make.sha256(b"x").encode(), [statement],
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest",
                     "vnd.docker.reference.digest": image["digest"]})
    index = make.put_index(str(place), [image, attestation])
    index["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    make.finish_layout(str(place), [index])
    data = make.archive_files(make.read_tree(str(place)))
    (build.place / "oci.tar").write_bytes(data)
    for target in (place, build.place / "oci.tar", f"oci-archive:{build.place / 'oci.tar'}:1"):
        for more in ([], ["--platform", "all"]):
            report = rootout.json(*more, target, status=1)
            assert setuid_paths(only(report)) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=data, status=1))) == ["/usr/bin/su"]


def both_manifests(build, layers, oci_layers):
    """docker since 25: one tar with manifest.json and index.json."""
    place = build.place / "both"
    place.mkdir()
    blobs = [make.put_layer(str(place), layer, LAYER_TYPES[0]) for layer in oci_layers]
    make.finish_layout(str(place), [make.put_image(str(place), config(oci_layers), blobs)])
    named = ["blobs/sha256/" + make.put_blob(str(place), layer)[7:] for layer in layers]
    image_config = make.put_blob(str(place), config(layers))
    files = make.read_tree(str(place))
    files["manifest.json"] = json.dumps([{"Config": "blobs/sha256/" + image_config[7:],
                                          "RepoTags": ["a:1"], "Layers": named}]).encode()
    (build.place / "both.tar").write_bytes(make.archive_files(files))
    return build.place / "both.tar"


def test_manifest_json_and_index_json_in_one(rootout, build):
    layers = [base_layer(), tar(setuid())]
    archive = both_manifests(build, layers, layers)
    for target in (archive, f"docker-archive:{archive}", f"oci-archive:{archive}"):
        assert setuid_paths(only(rootout.json(target, status=1))) == ["/usr/bin/su"]


def test_layer_tar_that_is_a_symlink(rootout, build):
    """Old docker save stored a layer once and linked to it from the directories of others."""
    layer, top = base_layer(), tar(setuid())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("aa/layer.tar", layer), ("cc/layer.tar", top),
                           ("c.json", config([layer, top, layer])),
                           ("manifest.json", json.dumps(
                               [{"Config": "c.json", "RepoTags": [],
                                 "Layers": ["aa/layer.tar", "cc/layer.tar", "bb/layer.tar"]}]
                           ).encode())):
            make.add_file(archive, name, data)
        info = tarfile.TarInfo("bb/layer.tar")
        info.type, info.linkname = tarfile.SYMTYPE, "../aa/layer.tar"
        archive.addfile(info)
    (build.place / "old.tar").write_bytes(out.getvalue())
    (build.place / "old.tar.gz").write_bytes(make.gzip_compress(out.getvalue()))
    for name in ("old.tar", "old.tar.gz"):
        assert setuid_paths(only(rootout.json(build.place / name, status=1))) == ["/usr/bin/su"]
    assert setuid_paths(only(rootout.json("-", stdin=out.getvalue()))) == ["/usr/bin/su"]


def test_dir_of_skopeo(rootout, build):
    layers = [base_layer(setuid())]
    make.skopeo_dir(str(build.place / "d"), config(layers), layers)
    for target in (build.place / "d", f"dir:{build.place / 'd'}"):
        assert setuid_paths(only(rootout.json(target, status=1))) == ["/usr/bin/su"]


def test_rootfs_tar_given_as_an_image(rootout, build):
    place = build.place / "rootfs.tar"
    place.write_bytes(base_layer(setuid()))
    done = rootout("check", f"docker-archive:{place}")
    assert done.returncode == 2
    assert f"rootfs-archive:{place}" in done.stderr + done.stdout
    done = rootout("check", f"oci-archive:{place}")
    assert done.returncode == 2
    assert f"rootfs-archive:{place}" in done.stderr + done.stdout


def test_estargz(rootout, build):
    """A gzip member per file, an index at the end, and files of its own in the tar."""
    layer = base_layer(setuid(), make.member("f", "stargz.index.json", body=b"{}"),
                       make.member("f", ".no.prefetch.landmark", body=b"\x0f"))
    place = build.place / "e"
    place.mkdir()
    described = make.put_layer(str(place), make.gzip_members(layer, 512), annotations={
        "containerd.io/snapshot/stargz/toc.digest": make.sha256(b"toc")})
    make.finish_layout(str(place), [make.put_image(str(place), config([layer]), [described])])
    assert setuid_paths(only(rootout.json(place, status=1))) == ["/usr/bin/su"]


def test_inline_data_is_not_believed(rootout, build):
    """A descriptor may carry the blob in "data"; what is judged is what has the digest."""
    layer = base_layer()
    place = build.place / "i"
    place.mkdir()
    other = base64.b64encode(make.gzip_compress(base_layer(setuid()))).decode()
    described = make.put_layer(str(place), make.gzip_compress(layer), data=other)
    make.finish_layout(str(place), [make.put_image(str(place), config([layer]), [described])])
    assert only(rootout.json(place, status=0))["verdict"] == "pass"
