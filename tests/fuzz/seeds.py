#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpora: seeds.py DIRECTORY [--stamp FILE]. Always the same bytes."""
import argparse
import bz2
import gzip
import io
import json
import lzma
import pathlib
import random
import sys
import tarfile
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from images import (docker_archive, image_config, member, oci_layout, sha256,  # noqa: E402
                    tar_bytes)

CAPABILITY = bytes([1, 0, 0, 2, 0, 0x24, 0, 0] + [0] * 12)


def tars():
    plain = [member("d", "./"), member("d", "usr", 0o755), member("f", "usr/su", 0o4755, body=b"#!x"),
             member("h", "su", 0o4755, link="usr/su"), member("l", "bin", link="usr"),
             member("c", "null", dev=(1, 3)), member("p", "pipe")]
    pax = [member("f", "a" * 200, 0o644, pax={"comment": "x" * 300}),
           member("f", "cap", 0o755, xattrs={"security.capability": CAPABILITY}),
           member("f", "big", pax={"uid": "4294967296", "gid": "-1"})]
    white = [member("f", "usr/.wh.su"), member("f", "bin/.wh..wh..opq"), member("c", "x", dev=(0, 0))]
    yield "plain", tar_bytes(plain)
    yield "ustar", tar_bytes(plain, tarfile.USTAR_FORMAT)
    yield "gnu", tar_bytes(plain + [member("f", "b" * 300, body=b"long"),
                                    member("f", "u", uid=2**40)], tarfile.GNU_FORMAT)
    yield "pax", tar_bytes(pax)
    yield "white", tar_bytes(white)
    yield "empty", tar_bytes([])
    yield "nothing", b""
    yield "cut", tar_bytes(plain)[:700]
    yield "sparse-0.1", tar_bytes([member("f", "s", body=b"abcd", pax={
        "GNU.sparse.map": "0,2,1000,2", "GNU.sparse.size": "2000", "GNU.sparse.numblocks": "2",
        "GNU.sparse.name": "real"})])
    body = b"2\n0\n2\n1000\n2\n".ljust(512, b"\0") + b"abcd"
    yield "sparse-1.0", tar_bytes([member("f", "s", body=body, pax={
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "2000",
        "GNU.sparse.name": "etc/passwd"})])
    yield "accounts", tar_bytes([member("f", "etc/passwd", body=b"root::0:0:::\n"),
                                 member("f", "entry.sh", 0o755, body=b"#!/bin/sh\nexec gosu a b\n"),
                                 member("f", "var/lib/dpkg/info/x.list", body=b"/.\n/usr/su\n"),
                                 member("f", "lib/apk/db/installed", body=b"P:x\nF:usr\nR:su\n\n")])


def layers():
    parts = dict(tars())
    for name, data in parts.items():
        yield name, data
    yield "stack", b"LAYR".join([parts["plain"], parts["white"], parts["pax"]])
    yield "gzip", gzip.compress(parts["plain"], mtime=0)
    yield "members", gzip.compress(parts["plain"][:512], mtime=0) + gzip.compress(
        parts["plain"][512:], mtime=0)
    yield "bzip2", bz2.compress(parts["plain"])
    yield "xz", lzma.compress(parts["plain"])
    yield "zstd-magic", b"\x28\xb5\x2f\xfd" + b"\0" * 20
    yield "lz4-magic", b"\x04\x22\x4d\x18" + b"\0" * 20


def manifests():
    layer = tar_bytes([])
    descriptor = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                  "digest": sha256(layer), "size": len(layer)}
    yield "oci", json.dumps({"schemaVersion": 2, "config": dict(
        descriptor, mediaType="application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor]}).encode()
    yield "index", json.dumps({"schemaVersion": 2, "manifests": [dict(
        descriptor, platform={"os": "linux", "architecture": "arm", "variant": "v7"},
        annotations={"org.opencontainers.image.ref.name": "x"})]}).encode()
    yield "docker", json.dumps([{"Config": "c.json", "RepoTags": ["a:b"],
                                 "Layers": ["l/layer.tar"]}]).encode()
    yield "config", image_config([layer], {
        "User": "app:0", "Entrypoint": ["/e"], "Cmd": None, "Env": ["A=b"],
        "ExposedPorts": {"80/tcp": {}}, "OnBuild": ["USER root"], "Healthcheck": {"Test": ["NONE"]}},
        history=[{"created_by": "x"}, {"empty_layer": True}])
    for number, text in enumerate(["null", "[]", "{}", '{"config":{"User":1}}', '{"a":' * 300,
                                   '{"config":{"User":"a","user":"b"}}', '"', "{\"\\ud800\":1}"]):
        yield f"odd{number}", text.encode()


def accounts():
    yield "passwd", b"root:x:0:0:r:/root:/bin/sh\napp:x:1000:1000::/:/x\nbad:x:abc:1\nshort\n\n"
    yield "group", b"root:x:0:\nadm:x:4:a,b,c\nx:y\n:::\n"
    yield "shadow", b"root:*:1:0:9:7:::\nopen::1::::::\n"
    yield "odd", b"+::::::\n\0:\0:\0\n" + b"x" * 70000 + b"\r\n\xff:\xc2\xa0:1:1\n"
    yield "numbers", b"a:x:4294967296:-1\nb:x:99999999999999999999:+5\nc:x: 1:1 \n"


def capabilities():
    yield "v1", bytes([1, 0, 0, 1] + [0xff] * 8)
    yield "v2", CAPABILITY
    yield "v3", bytes([1, 0, 0, 3] + [0xff] * 16 + [1, 0, 0, 0])
    yield "v4", bytes([1, 0, 0, 4] + [0] * 16)
    yield "short", b"\1\0\0"


def references():
    for number, text in enumerate(["nginx", "docker.io/library/nginx:1.25", "localhost:5000/a/b:c",
                                   "a@sha256:" + "0" * 64, "[::1]:80/a", "A/b", "a:b@c", "a" * 300,
                                   "sha256:" + "f" * 64, "a--b__c.d/e:F_g-h.1"]):
        yield f"r{number}", text.encode()


def shells():
    yield "entry", b"""#!/bin/sh
set -e
if [ "$1" = 'x' ] && [ "$(id -u)" = '0' ]; then
\tfind . ! -user x -exec chown x '{}' + ; exec gosu x "$0" "$@"
fi
case "$1" in (a|b) su-exec y:z sh ;; *) ;; esac
cat <<-EOF | sort
\tgosu inside
\tEOF
f() { exec setpriv --reuid=1 -- "$@"; } # gosu comment
"""
    yield "odd", b"'\"$(`\\\n<<X\n<<<<&&||;;{}()"


def policies():
    yield "good", b"""version: 1
fail-on: high
profile: cbpp-0002
waivers:
  - check: image-setuid-root
    target: "*nginx*"
    path: /usr/bin/passwd
    uid: 0
    mode: "4755"
    reason: "needed"
    owner: team
    expires: 2027-01-31
"""
    yield "alias", b"a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\nversion: 1\n"
    yield "cycle", b"&a [*a]"
    yield "odd", b"version: 1\nwaivers:\n\t- x: [}\n"
    yield "docs", b"---\nversion: 1\n---\nversion: 2\n...\n"


def archives():
    layer = tar_bytes([member("f", "etc/passwd", body=b"app:x:1000:1000:::\n")])
    config = image_config([layer], {"User": "app"})
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place)
        docker_archive(path / "d.tar", [(["a:b"], config, [layer])])
        yield "docker", (path / "d.tar").read_bytes()
        yield "docker-gzip", gzip.compress((path / "d.tar").read_bytes(), mtime=0)
        (path / "o").mkdir()
        oci_layout(path / "o", [("x", config, [layer])])
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for file in sorted((path / "o").rglob("*")):
                info = tarfile.TarInfo(str(file.relative_to(path / "o")))
                if file.is_dir():
                    continue
                info.size = file.stat().st_size
                tar.addfile(info, io.BytesIO(file.read_bytes()))
        yield "oci", out.getvalue()
    yield "rootfs", layer


def mutated(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data[:rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--stamp", type=pathlib.Path)
    args = parser.parse_args()
    corpora = {"tar": tars, "layer": layers, "manifest": manifests, "accounts": accounts,
               "capability": capabilities, "reference": references, "shell": shells,
               "policy": policies, "archive": archives}
    for target, make in corpora.items():
        place = args.directory / target
        place.mkdir(parents=True, exist_ok=True)
        rng = random.Random(target)
        for name, data in make():
            (place / name).write_bytes(data)
            for number in range(8):
                (place / f"{name}.{number}").write_bytes(mutated(rng, data))
    if args.stamp:
        args.stamp.write_text("made\n", encoding="ascii")


if __name__ == "__main__":
    main()
