#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which room may see which: includes, link dependencies, third-party headers, unique file names.

    tools/layering.py [ROOT]    prints each breach, exits 1 if there is one
"""
import pathlib
import re
import sys

# The table of docs/ARCHITECTURE.md.
MAY_INCLUDE = {
    "base": [],
    "format": ["base"],
    "io": ["base"],
    "model": ["base"],
    "source": ["base", "format", "io", "model"],
    "check": ["base", "format", "model"],
    "report": ["base", "format", "model"],
    "engine": ["base", "format", "io", "model", "source", "check", "report"],
    "cmd": ["base", "format", "io", "model", "source", "check", "report", "engine"],
}

# Headers of the C library and the kernel; everything else in <> is a third party's.
SYSTEM = re.compile(
    r"^(assert|ctype|dirent|dlfcn|endian|errno|fcntl|float|fnmatch|getopt|grp|immintrin|cpuid|"
    r"inttypes|limits|locale|math|poll|pthread|pwd|sched|semaphore|setjmp|signal|stdalign|"
    r"stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|termios|time|unistd|"
    r"sys/.*|linux/.*)\.h$")

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)


def breaches_of_includes(root):
    third_party = {}
    for path in sorted((root / "src").rglob("*.[ch]")):
        room = path.relative_to(root / "src").parts[0]
        name = path.relative_to(root)
        for own, system in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if system and not SYSTEM.match(system):
                library = system.split("/")[0] if "/" in system else system
                third_party.setdefault(library, set()).add(str(name))
            if not own:
                continue
            target = own.split("/")[0]
            if "/" not in own:
                yield f"{name}: includes \"{own}\" without its folder"
            elif target != room and target not in MAY_INCLUDE.get(room, []):
                yield f"{name}: {room} may not include {own}"
            elif own.endswith("_internal.h") and target != room:
                yield f"{name}: {own} is internal to {target}"
    for library, names in sorted(third_party.items()):
        if len(names) > 1:
            yield f"<{library}> is included by more than one file: {', '.join(sorted(names))}"


def breaches_of_links(root):
    for room, allowed in MAY_INCLUDE.items():
        place = root / "src" / room / "meson.build"
        if not place.exists():
            yield f"src/{room} has no meson.build"
            continue
        used = set(re.findall(r"\bdep_([a-z]+)\b", place.read_text(encoding="utf-8"))) - {room}
        for other in sorted(used & MAY_INCLUDE.keys() - set(allowed)):
            yield f"{place.relative_to(root)}: {room} may not link {other}"
        tests = root / "tests" / "unit" / room / "meson.build"
        if not tests.exists():
            continue
        used = set(re.findall(r"\bdep_([a-z]+)\b", tests.read_text(encoding="utf-8"))) - {room}
        for other in sorted(used & MAY_INCLUDE.keys() - set(allowed)):
            yield f"{tests.relative_to(root)}: a unit test of {room} may not link {other}"


def breaches_of_names(root):
    seen = {}
    for path in sorted((root / "src").rglob("*.[ch]")):
        if path.name in seen:
            yield f"{path.relative_to(root)}: the name stands also at {seen[path.name]}"
        seen[path.name] = path.relative_to(root)
    for path in (root / "src").iterdir():
        if path.is_dir() and path.name not in MAY_INCLUDE:
            yield f"src/{path.name} is not in the table of rooms"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = [*breaches_of_includes(root), *breaches_of_links(root), *breaches_of_names(root)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
