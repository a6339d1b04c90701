# SPDX-License-Identifier: Apache-2.0
"""Images for tests, made from lists of tar members: docker-archives and OCI layouts.

A layer is a list of members (see member()); an image is a config dict and layers. Nothing here asks
rootout for anything, so that a mistake is not made twice.
"""
import bz2
import ctypes
import gzip
import hashlib
import io
import json
import lzma
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
        blobs = [put_layer(layout, gzip_compress(layer)) for layer in layers]
        name = {"org.opencontainers.image.ref.name": reference}
        manifests.append(put_image(layout, config, blobs, annotations=name))
    finish_layout(layout, manifests)


# --- what tarfile does not write: header fields byte by byte ---

BLOCK = 512
END = bytes(2 * BLOCK)


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def base256(number, size):
    """A number field as GNU tar writes what octal digits cannot hold."""
    field = bytearray((number & ((1 << 8 * size) - 1)).to_bytes(size, "big"))
    field[0] |= 0x80
    return bytes(field)


def raw_header(path, kind=b"0", size=0, link=b"", magic=b"ustar\x0000", prefix=b"", **fields):
    """One header block. Number fields (mode, uid, gid, size) may be given as the bytes to write."""
    def number(value, width):
        return value if isinstance(value, bytes) else b"%0*o\0" % (width - 1, value)

    block = bytearray(BLOCK)
    block[0:100] = path[:100].ljust(100, b"\0")
    block[100:108] = number(fields.get("mode", 0o644), 8)
    block[108:116] = number(fields.get("uid", 0), 8)
    block[116:124] = number(fields.get("gid", 0), 8)
    block[124:136] = number(size, 12)
    block[136:148] = number(0, 12)
    block[156:157] = kind
    block[157:257] = link[:100].ljust(100, b"\0")
    block[257:265] = magic
    block[329:345] = number(0, 8) * 2
    block[345:500] = prefix[:155].ljust(155, b"\0")
    return with_checksum(block)


def with_checksum(block):
    block = bytearray(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def raw_member(path, body=b"", **fields):
    return raw_header(path, size=len(body), **fields) + padded(body)


def pax_record(key, value):
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d" % length + body


def pax_header(records, kind=b"x"):
    """The extended header that stands before a member; records: {bytes: bytes}, or raw bytes."""
    data = records if isinstance(records, bytes) else b"".join(
        pax_record(key, value) for key, value in records.items())
    return raw_member(b"PaxHeaders/x", data, kind=kind)


# --- compression ---

def zstd_library():
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_compressBound.restype = zstd.ZSTD_compress.restype = ctypes.c_size_t
    zstd.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
    zstd.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                   ctypes.c_size_t, ctypes.c_int]
    return zstd


def zstd_compress(data, level=1):
    zstd = zstd_library()
    out = ctypes.create_string_buffer(zstd.ZSTD_compressBound(len(data)))
    size = zstd.ZSTD_compress(out, len(out), data, len(data), level)
    assert size <= len(out)
    return out.raw[:size]


def zstd_skippable(data):
    """A frame that decoders pass over; zstd:chunked keeps its table of contents in one."""
    return b"\x50\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def zstd_zeros(blocks):
    """A frame of `blocks` times 128 KiB of zeros, 4 bytes each."""
    body = bytearray(((1 << 17) << 3 | 1 << 1).to_bytes(3, "little") + b"\0") * blocks
    body[-4] |= 1
    return b"\x28\xb5\x2f\xfd\x00\x38" + bytes(body)


def lz4_compress(data):
    lz4 = ctypes.CDLL("liblz4.so.1")
    lz4.LZ4F_compressFrameBound.restype = lz4.LZ4F_compressFrame.restype = ctypes.c_size_t
    lz4.LZ4F_compressFrameBound.argtypes = [ctypes.c_size_t, ctypes.c_void_p]
    lz4.LZ4F_compressFrame.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                       ctypes.c_size_t, ctypes.c_void_p]
    out = ctypes.create_string_buffer(lz4.LZ4F_compressFrameBound(len(data), None))
    size = lz4.LZ4F_compressFrame(out, len(out), data, len(data), None)
    assert size <= len(out)
    return out.raw[:size]


def gzip_compress(data):
    return gzip.compress(data, 1, mtime=0)


def gzip_members(data, step=700):
    """Many members that together hold data: pigz, eStargz."""
    return b"".join(gzip_compress(data[at:at + step]) for at in range(0, len(data), step))


def zstd_chunked(data, step=700):
    """Many frames and a skippable one at the end, as zstd:chunked has it."""
    frames = [zstd_compress(data[at:at + step]) for at in range(0, len(data), step)]
    return b"".join(frames) + zstd_skippable(b"table of contents")


COMPRESSIONS = {"none": lambda data: data, "gzip": gzip_compress, "gzip-members": gzip_members,
                "zstd": zstd_compress, "zstd-chunked": zstd_chunked, "bzip2": bz2.compress,
                "xz": lzma.compress, "lz4": lz4_compress}


# --- OCI layouts piece by piece ---

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


def put_json(layout, document, media_type, **more):
    """Stores a document and describes it; more: fields of the descriptor."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {"mediaType": media_type, "digest": put_blob(layout, data), "size": len(data), **more}


def put_layer(layout, blob, media_type=LAYER_TYPE, **more):
    return {"mediaType": media_type, "digest": put_blob(layout, blob), "size": len(blob), **more}


def put_image(layout, config, layers, manifest=None, **more):
    """Stores the manifest of a config (bytes) and of layer descriptors; returns its descriptor."""
    document = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                "config": put_json(layout, config, CONFIG_TYPE), "layers": layers}
    document.update(manifest or {})
    return put_json(layout, document, MANIFEST_TYPE, **more)


def put_index(layout, manifests, **more):
    return put_json(layout, {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests},
                    INDEX_TYPE, **more)


def finish_layout(layout, manifests):
    with open(os.path.join(layout, "oci-layout"), "w", encoding="ascii") as file:
        file.write('{"imageLayoutVersion": "1.0.0"}')
    with open(os.path.join(layout, "index.json"), "w", encoding="ascii") as file:
        json.dump({"schemaVersion": 2, "manifests": manifests}, file)


def archive_files(files):
    """A tar of {name: bytes}, or of (name, bytes) where names repeat; in the order given."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items() if isinstance(files, dict) else files:
            add_file(tar, name, data)
    return out.getvalue()


def read_tree(place):
    """{path below place: bytes} of every file, in a fixed order."""
    found = {}
    for folder, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, place)] = file.read()
    return found


def skopeo_dir(place, config, layers):
    """What skopeo copies to dir:, with gzip layers."""
    os.makedirs(place)
    blobs = [gzip_compress(layer) for layer in layers]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                "config": {"mediaType": CONFIG_TYPE, "digest": sha256(config), "size": len(config)},
                "layers": [{"mediaType": LAYER_TYPE, "digest": sha256(blob), "size": len(blob)}
                           for blob in blobs]}
    files = {sha256(data)[7:]: data for data in [config, *blobs]}
    files["manifest.json"] = json.dumps(manifest).encode()
    files["version"] = b"Directory Transport Version: 1.1\n"
    for name, data in files.items():
        with open(os.path.join(place, name), "wb") as file:
            file.write(data)
