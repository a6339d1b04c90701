# SPDX-License-Identifier: Apache-2.0
"""Every limit at the cap and one past it."""
import io
import json
import os
import subprocess
import tarfile

import pytest

from conftest import PROGRAM, base_layer, config, make, setuid
from hostile import run_json, self_index, tar


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
