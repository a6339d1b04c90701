#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every check on ourselves. Prints "ok   NAME SECONDS" or "FAIL NAME SECONDS" for each, with what
it said before.

    tools/lint.py [--build DIR] [NAME...]    exits 1 if one fails; DIR holds compile_commands.json
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]

BANNED = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|strtol|"
                    r"strtoll|strtoul|strtoull|gets|scanf|sscanf|fscanf|system|popen|alloca)\s*\(")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MAX_LINES, MAX_FUNCTION, MAX_COLUMNS = 600, 100, 100


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--",
                             *patterns], cwd=ROOT, check=True, stdout=subprocess.PIPE,
                            encoding="utf-8").stdout.split()
    return [name for name in listed if (ROOT / name).exists()]


def command(*words):
    done = subprocess.run(words, cwd=ROOT, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          errors="replace")
    return done.returncode, done.stdout


def parallel(function, items):
    """Joins what function says of each item; an empty string is approval."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return "".join(pool.map(function, items))


def clang_format(_):
    code, text = command("clang-format", "--dry-run", "-Werror", *tracked("*.c", "*.h"))
    return text if code else ""


def compile_commands(build):
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    for entry in entries:
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.suffix == ".c" and (ROOT / "src") in path.parents:
            yield entry, path


def clang_tidy(build):
    def one(path):
        code, text = command("clang-tidy", "--quiet", "-p", str(build),
                             "--extra-arg=-Wno-unknown-warning-option",  # a build by gcc
                             str(path))
        return text if code or "warning:" in text else ""
    return parallel(one, sorted({path for _, path in compile_commands(build)}))


def cppcheck(build):
    code, text = command("cppcheck", "--quiet", "--enable=warning,performance,portability",
                         "--inline-suppr", "--error-exitcode=1", "--std=c11", "-j",
                         str(os.cpu_count() or 2), "--suppress=missingIncludeSystem",
                         "--suppress=memleak",  # does not know the cleanup attribute; ASan does
                         "-Isrc",
                         "-D_GNU_SOURCE", '-DROOTOUT_VERSION="0"', "src")
    return text if code else ""


def analyzer(build):
    """gcc -fanalyzer, one file at a time, with the build's own options."""
    with tempfile.TemporaryDirectory() as scratch:
        def one(pair):
            entry, path = pair
            words = shlex.split(entry["command"])
            out = os.path.join(scratch, path.name + ".o")
            words[words.index("-o") + 1] = out
            done = subprocess.run([*words, "-fanalyzer", "-Werror"], cwd=entry["directory"],
                                  check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  encoding="utf-8", errors="replace")
            return done.stdout if done.returncode else ""
        return parallel(one, compile_commands(build))


def without_comments(text):
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def banned_calls(_):
    found = ""
    for name in tracked("src/*.c", "src/*.h"):
        code = without_comments((ROOT / name).read_text(encoding="utf-8"))
        for number, line in enumerate(code.splitlines(), 1):
            match = BANNED.search(line)
            if match:
                found += f"{name}:{number}: {match.group(1)}() is banned\n"
    return found


def shape(_):
    """Sizes of STYLE: lines of a file and of a function, columns, and no unfinished marks."""
    found = ""
    for name in tracked("src/*.c", "src/*.h", "tests/*.c", "tests/*.h"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        start = None
        if len(lines) > MAX_LINES and name.startswith("src/"):
            found += f"{name}: {len(lines)} lines, more than {MAX_LINES}\n"
        if not lines or "SPDX-License-Identifier" not in lines[0]:
            found += f"{name}: the first line is no SPDX line\n"
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > MAX_COLUMNS:
                found += f"{name}:{number}: more than {MAX_COLUMNS} columns\n"
            if UNFINISHED.search(line):
                found += f"{name}:{number}: unfinished by its own words\n"
            if line == "{":
                start = number
            elif line.startswith("}") and start:
                if number - start > MAX_FUNCTION:
                    found += f"{name}:{start}: a function of {number - start} lines\n"
                start = None
    return found


def layering(_):
    code, text = command("/usr/bin/python3", "tools/layering.py")
    return text if code else ""


def codespell(_):
    code, text = command("codespell", "--ignore-words-list=ans,te,nd,ro,ba,fo,hel,ue,ot,doas,"
                         "chec,nin,ser,chage",  # misspelt by tests, and a program
                         *tracked("*.c", "*.h", "*.def", "*.md", "*.py", "scripts", "Makefile"))
    return text if code else ""


def shellcheck(_):
    code, text = command("shellcheck", *tracked("scripts"), ".ci/run")
    return text if code else ""


def python_compiles(_):
    found = ""
    for name in tracked("*.py"):
        try:
            compile((ROOT / name).read_text(encoding="utf-8"), name, "exec")
        except SyntaxError as error:
            found += f"{name}: {error}\n"
    return found


def no_blobs(_):
    """No binary and nothing large in git: tests make their images."""
    found = ""
    for name in tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" in data or len(data) > 200_000:
            found += f"{name}: a binary or a large file\n"
    return found


CHECKS = [clang_format, layering, banned_calls, shape, codespell, shellcheck, python_compiles,
          no_blobs, cppcheck, clang_tidy, analyzer]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    failed = False
    for check in CHECKS:
        name = check.__name__.replace("_", "-")
        if args.names and name not in args.names:
            continue
        start = time.monotonic()
        text = check(args.build.resolve())
        if text:
            print(text.rstrip())
        print(f"{'FAIL' if text else 'ok  '} {name} {time.monotonic() - start:.1f} s", flush=True)
        failed = failed or bool(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
