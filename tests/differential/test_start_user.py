# SPDX-License-Identifier: Apache-2.0
"""Every way to write USER: started by dockerd, and what rootout said of the same image.

The test's own dockerd runs a static program that prints its UID, GID and groups. Where dockerd
refuses, rootout must have said so.
"""
import json
import os
import pathlib
import subprocess

import pytest

from images import docker_archive, image_config, member, tar_bytes

PASSWD = b"""root:x:0:0:root:/root:/bin/sh
toor:x:0:0::/root:/bin/sh
app:x:1000:1000::/app:/bin/sh
bad:x:abc:100::/:/bin/sh
empty:x::100::/:/bin/sh
short
short2:x

2147483648:x:0:0::/:/bin/sh
1001:x:0:0::/:/bin/sh
big:x:4294967296:0::/:/bin/sh
sp:x: 1000:0::/:/bin/sh
huge:x:99999999999999999999:7::/:/bin/sh
  trimmed:x:1002:1002::/home:/bin/sh\x20\x20
twice:x:1003:1003::/a:/bin/sh
twice:x:0:0::/b:/bin/sh
other1003:x:1003:0::/c:/bin/sh
"""
GROUP = b"""root:x:0:
wheel:x:0:
app:x:1000:
adm:x:4:app
root2:x:0:app
broken:x:abc:app
nogid
many:x:77:a,b,twice
last:x:78:other1003,app
"""

USERS = [
    None, "", "0", "00", "+0", "-0", "00000000000000000000", "0:0", "0:1000", "root", "root:app",
    "root:root", "toor", ":0", ":app", "app", "app:0", "app:root", "app:wheel", "app:app", "1000",
    "1000:", "1000:1000", "4242", "4242:4242", "1001", "2147483647", "2147483648", "4294967295",
    "4294967296", "4294968296", "-1", "99999999999999999999", "bad", "empty", "short", "short2",
    "sp", "big", "huge", "trimmed", "twice", "1003", "nobody", "Root", "0x0", " 0", "0 ", "0b0",
    "0_0", "\uff10", "1:2:3", "a:b:c", "1:", ":", "app:", "app:4", "app:77", "app:none", "0:none",
    "1000:many", "app:2147483648", "1000:-1", "1000:+5", "1000:005", "other1003", "1:4294967296",
]

# moby/sys/user before 0.5 dropped what follows a second colon; today's looks for a group "2:3".
OLDER_ONLY = {"1:2:3": (1, 2)}


def refused(error):
    """What dockerd says when the user, and nothing else, is why it does not start."""
    return any(words in error for words in (
        "unable to find user", "unable to find group", "uids and gids must be in range",
        "no matching entries"))


@pytest.fixture(scope="module")
def started(docker, tmp_path_factory):
    """{user: (uid, gid, [groups]) or the error} by dockerd, and the archive of all images."""
    place = tmp_path_factory.mktemp("users")
    source = pathlib.Path(__file__).with_name("whoami.c")
    subprocess.run(["gcc", "-static", "-O1", "-o", place / "whoami", source], check=True)
    layer = tar_bytes([
        member("d", "etc", 0o755), member("f", "etc/passwd", body=PASSWD),
        member("f", "etc/group", body=GROUP),
        member("f", "whoami", 0o755, body=(place / "whoami").read_bytes())])
    images = []
    for number, user in enumerate(USERS):
        config = {"Cmd": ["/whoami"], "Labels": {"number": str(number)}}
        if user is not None:
            config["User"] = user
        images.append(([f"user:{number}"], image_config([layer], config), [layer]))
    docker_archive(place / "users.tar", images)
    docker.run("load", "-i", str(place / "users.tar"))
    results = {}
    for number, user in enumerate(USERS):
        done = docker.run("run", "--rm", "--network", "none", f"user:{number}", check=False,
                          encoding="utf-8")
        if done.returncode == 0:
            uid, gid, groups = done.stdout.rstrip("\n").split(" ")
            results[user] = (int(uid), int(gid), [int(g) for g in groups.split(",") if g])
        else:
            assert refused(done.stderr), f"{user!r}: {done.stderr}"
            results[user] = done.stderr
    return results, place / "users.tar"


@pytest.fixture(scope="module")
def judged(started):
    """{user: the user object of rootout's report}."""
    done = subprocess.run(
        [os.environ["ROOTOUT"], "check", "--format", "json", f"docker-archive:{started[1]}"],
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert done.returncode == 1
    targets = json.loads(done.stdout)["targets"]
    by_name = {target["name"].rpartition(":")[2]: target for target in targets}
    return {user: by_name[str(number)] for number, user in enumerate(USERS)}


@pytest.mark.parametrize("user", USERS, ids=repr)
def test_user(user, started, judged):
    real, ours = started[0][user], judged[user]
    view = ours["user"]["views"]["docker"]
    older = [finding for finding in ours["findings"]
             if "older" in finding["message"] or "CVE" in finding["message"]]
    if isinstance(real, str):
        assert view["outcome"] == "refused", f"dockerd: {real}"
        assert ours["verdict"] == "wont-start"
        return
    if user in OLDER_ONLY and real[:2] == OLDER_ONLY[user]:
        assert view["outcome"] == "refused"
        return
    if view["outcome"] == "refused":
        # Patched runtimes refuse what this dockerd still starts: then the report must warn.
        assert older and real[0] == 0, f"dockerd started it as {real}"
        return
    assert (view["uid"], view["gid"]) == real[:2]
    assert (ours["user"]["uid"], ours["user"]["gid"]) == real[:2]
    # runc puts the primary group first; which supplementary ones there are is what counts.
    assert sorted(set(ours["user"]["groups"])) == sorted(set(real[2]) - {real[1]}) or \
        sorted(set(ours["user"]["groups"])) == sorted(set(real[2]))
    expected = "fail" if real[0] == 0 else "pass"
    assert ours["score"]["cbpp-0002"]["static"]["first-process-non-root"] == expected
