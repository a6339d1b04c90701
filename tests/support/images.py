# SPDX-License-Identifier: Apache-2.0
"""Images for tests, made from lists of tar members: docker-archives and OCI layouts.

A layer is a list of members (see member()); an image is a config dict and layers. Nothing here asks
rootout for anything, so that a mistake is not made twice.
"""
import gzip
import hashlib
import io
import json
import os
import tarfile

TYPES = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE,
         "c": tarfile.CHRTYPE, "b": tarfile.BLKTYPE, "p": tarfile.FIFOTYPE}


def member(kind, path, mode=0o644, uid=0, gid=0, link="", body=b"", dev=(0, 0), xattrs=None,
           pax=None):
    """One tar member: kind is a letter of TYPES; xattrs maps names to bytes."""
    info = tarfile.TarInfo(path)
    info.type = TYPES[kind]
    info.mode, info.uid, info.gid, info.linkname = mode, uid, gid, link
    info.devmajor, info.devminor = dev
    info.size = len(body) if kind == "f" else 0
    headers = dict(pax or {})
    for name, value in (xattrs or {}).items():
        headers["SCHILY.xattr." + name] = value.decode("utf-8", "surrogateescape")
    info.pax_headers = headers
    return info, body


def tar_bytes(members, fmt=tarfile.PAX_FORMAT):
    """The members as an uncompressed tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=fmt) as tar:
        for info, body in members:
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image_config(layers, config=None, **more):
    """The configuration of an image with these (uncompressed) layers, as bytes."""
    document = {"architecture": "amd64", "os": "linux", "config": config or {},
                "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]}}
    document.update(more)
    return json.dumps(document).encode()


def add_file(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def docker_archive(path, images):
    """images: list of (references, config bytes, [uncompressed layers])."""
    manifest, done = [], set()
    with tarfile.open(path, "w") as tar:
        for references, config, layers in images:
            names = []
            for layer in layers:
                name = sha256(layer)[7:] + "/layer.tar"
                names.append(name)
                if name not in done:
                    add_file(tar, name, layer)
                    done.add(name)
            config_name = sha256(config)[7:] + ".json"
            if config_name not in done:
                add_file(tar, config_name, config)
                done.add(config_name)
            manifest.append({"Config": config_name, "RepoTags": references, "Layers": names})
        add_file(tar, "manifest.json", json.dumps(manifest).encode())


def put_blob(layout, data):
    digest = sha256(data)
    place = os.path.join(layout, "blobs", "sha256")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, digest[7:]), "wb") as file:
        file.write(data)
    return digest


def oci_layout(layout, images):
    """images: list of (reference, config bytes, [uncompressed layers]); layers become gzip."""
    manifests = []
    for reference, config, layers in images:
        blobs = [gzip.compress(layer, 1, mtime=0) for layer in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                       "digest": put_blob(layout, config), "size": len(config)},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                        "digest": put_blob(layout, blob), "size": len(blob)} for blob in blobs],
        }
        data = json.dumps(manifest).encode()
        manifests.append({"mediaType": manifest["mediaType"], "digest": put_blob(layout, data),
                          "size": len(data),
                          "annotations": {"org.opencontainers.image.ref.name": reference}})
    with open(os.path.join(layout, "oci-layout"), "w", encoding="ascii") as file:
        file.write('{"imageLayoutVersion": "1.0.0"}')
    with open(os.path.join(layout, "index.json"), "w", encoding="ascii") as file:
        json.dump({"schemaVersion": 2, "manifests": manifests}, file)
