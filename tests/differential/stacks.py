# SPDX-License-Identifier: Apache-2.0
"""Random layer stacks that real runtimes accept.

Two families. "common": what the OCI image-spec settles, so that every tool must agree. "overlay":
also what only overlay storage settles (a whiteout and a directory of one name in a layer, parents
that a lower layer holds as a symlink, directories that no entry names): there dockerd is right.
"""
import random

from images import member

NAMES = ["a", "b", "c", "usr", "bin", "lib", "etc", "x y", "ü", "long-" + "n" * 110]
CAPABILITY = bytes([1, 0, 0, 2, 0, 0x24, 0, 0] + [0] * 12)
MODES = [0o644, 0o755, 0o600, 0o4755, 0o2755, 0o6711, 0o4644, 0o0, 0o7777]
OWNERS = [0, 0, 0, 1, 1000, 65534, 2097152, 4294967294]


class Layer:
    """Members of one layer; names is what the layer itself holds, so that it stays unpackable."""

    def __init__(self, rng, below, family):
        self.rng, self.below, self.family = rng, below, family
        self.members, self.names, self.touched, self.hidden = [], {}, set(), set()
        self.attributes = {}

    def path(self, parent):
        name = self.rng.choice(NAMES)
        return name if not parent else parent + "/" + name

    def spelled(self, path):
        return self.rng.choice(["", "", "./", "/"]) + path

    def add(self, kind, path, **more):
        if path in self.touched:
            return False
        self.touched.add(path)
        more.setdefault("uid", self.rng.choice(OWNERS))
        more.setdefault("gid", self.rng.choice(OWNERS))
        more.setdefault("mode", self.rng.choice(MODES))
        self.attributes[path] = {key: more.get(key) for key in ("mode", "uid", "gid", "xattrs")}
        if kind in "fd" and self.rng.random() < 0.1:
            more["pax"] = {"comment": "x" * self.rng.randrange(600)}
        self.members.append(member(kind, self.spelled(path), **more))
        self.names[path] = kind
        return True

    def directory(self):
        """A directory that this layer names (with all its parents), or the root."""
        known = [""] + [path for path, kind in self.names.items() if kind == "d"]
        parent = self.rng.choice(known)
        path = self.path(parent)
        lower = self.below.get(path)
        if self.family == "common" and lower not in (None, "d", "f"):
            return parent
        if len(path) < 400 and path.count("/") < 5:
            self.add("d", path, mode=self.rng.choice([0o755, 0o700, 0o1777, 0o2775, 0o4755]))
        return path if self.names.get(path) == "d" else parent

    def step(self):
        kind = self.rng.choices("fdlhcpwo", [30, 20, 8, 10, 3, 2, 15, 6])[0]
        parent = self.directory() if self.rng.random() < 0.5 else self.rng.choice(
            [""] + [path for path, what in self.names.items() if what == "d"])
        path = self.path(parent)
        if kind == "f":
            xattrs = {"security.capability": CAPABILITY} if self.rng.random() < 0.15 else None
            self.add("f", path, body=b"z" * self.rng.randrange(0, 1500), xattrs=xattrs)
        elif kind == "d":
            self.directory()
        elif kind == "l":
            target = self.rng.choice(NAMES + ["../a", "/usr", "nowhere"])
            self.add("l", path, link=target)
        elif kind == "h":
            self.hardlink(path)
        elif kind == "c":
            self.add(self.rng.choice("cb"), path, dev=(1, self.rng.randrange(1, 300)))
        elif kind == "p":
            self.add("p", path)
        elif kind == "w":
            self.whiteout(parent)
        elif kind == "o" and parent and parent + "/.opaque" not in self.touched:
            self.touched.add(parent + "/.opaque")
            self.members.append(member("f", self.spelled(parent + "/.wh..wh..opq"), mode=0))

    def hardlink(self, path):
        files = [name for name, kind in self.names.items() if kind == "f"]
        if not files or path in self.names:
            return
        target = self.rng.choice(files)
        # umoci leaves the target's attributes alone; real archives repeat them.
        same = self.attributes[target] if self.family == "common" else {}
        self.add("h", path, link=self.spelled(target), **same)

    def whiteout(self, parent):
        inside = [path for path in self.below
                  if path.rpartition("/")[0] == parent and path not in self.touched | self.hidden]
        if not inside:
            return
        path = self.rng.choice(inside)
        name = path.rpartition("/")[2]
        self.members.append(
            member("f", self.spelled((parent + "/" if parent else "") + ".wh." + name), mode=0))
        self.hidden.add(path)
        if self.family == "overlay" and self.rng.random() < 0.5:
            return  # the same layer may make the name again
        self.touched.add(path)

    def implicit(self):
        """A file below directories that this layer does not name."""
        path = "/".join(self.rng.choice(NAMES[:7]) for _ in range(3))
        parts = path.split("/")
        used = self.touched | self.hidden
        if all("/".join(parts[:i]) not in used for i in range(1, 4)):
            if self.add("f", path):
                for i in range(1, 3):
                    self.touched.add("/".join(parts[:i]))
                    self.names["/".join(parts[:i])] = "d"


def merge_names(below, layer):
    """Roughly what is there afterwards: only to choose interesting names for the next layer."""
    merged = dict(below)
    for path, kind in layer.names.items():
        if kind != "d":
            for old in [name for name in merged if name.startswith(path + "/")]:
                del merged[old]
        merged[path] = kind
    return merged


def stack(seed):
    """(family, [layers]) for a seed; a layer is a list of members."""
    rng = random.Random(seed)
    family = "common" if seed % 2 else "overlay"
    below, layers = {}, []
    for _ in range(rng.randrange(1, 6)):
        layer = Layer(rng, below, family)
        for _ in range(rng.randrange(3, 40)):
            if family == "overlay" and rng.random() < 0.08:
                layer.implicit()
            else:
                layer.step()
        below = merge_names(below, layer)
        layers.append(layer.members)
    return family, layers
