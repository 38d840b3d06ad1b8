#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the manual pages with the program's tables of settings, keys of the status and metrics,
and with the completion of faults, and lints them.

usage: manual_test.py PRINT_SETTINGS PRINT_STATUS SCSIMPATHCTL COMPLETION PAGE...
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

failures = []


def check(good, what):
    if not good:
        failures.append(what)


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def part(page, kind, title):
    """The lines between `.Sh TITLE` (or .Ss) and the next heading of that kind or above."""
    end = r"^\.Sh " if kind == "Sh" else r"^\.S[hs] "
    found = re.search(rf'^\.{kind} {re.escape(title)}\n(.*?)(?={end}|\Z)', page, re.S | re.M)
    check(found, f"there is no part {title!r}")
    return found.group(1) if found else ""


def entries(text):
    """{name: (default, is a flag)} of the `.It Cm NAME` entries."""
    found = {}
    for item in re.split(r"^\.It ", text, flags=re.M)[1:]:
        head, body = item.split("\n", 1)
        name = re.match(r"Cm (\S+)", head)
        check(name, f"no entry of a setting: .It {head}")
        default = re.search(r"^The default is\n\.Cm (.*?)(?: [.,].*)?$", body, re.M)
        if name:
            found[name.group(1)] = (default and default.group(1), "Ns = Ns" not in head)
    return found


def compare(title, documented, expected):
    check(set(documented) == set(expected),
          f"{title}: differ in {sorted(set(documented) ^ set(expected))}")
    for name in set(documented) & set(expected):
        check(documented[name] == expected[name],
              f"{title}: {name} is {documented[name]}, in the program {expected[name]}")


def compare_settings(pages, table):
    page = pages["scsimpath.8"]
    wanted = {"head": {}, "mount": {}, "disk": {}}
    for line in table.splitlines():
        kind, name, default, flag = line.split("\t")
        wanted[kind][name] = (default, flag == "flag")
    check(all(wanted.values()), "the program printed no settings")
    compare("scsimpath(8), settings of a head", entries(part(page, "Ss", "Of a head")),
            wanted["head"])
    compare("scsimpath(8), settings of the mount", entries(part(page, "Ss", "Of the mount")),
            wanted["mount"])
    compare("scsimpath(8), emulated disks", entries(part(page, "Sh", "EMULATED DISKS")),
            wanted["disk"])
    xattrs = entries(part(pages["scsimpath.7"], "Ss", "Settings"))
    check(set(xattrs) == set(wanted["head"]),
          f"scsimpath(7), xattrs: differ in {sorted(set(xattrs) ^ set(wanted['head']))}")
    keys = re.search(r"^\.It Cm (size.*)$", part(pages["scsimpath.toml.5"], "Ss", "[[emulated]]"),
                     re.M)
    documented = set(keys.group(1).replace(" ,", "").split()) if keys else set()
    check(documented == set(wanted["disk"]),
          f"scsimpath.toml(5), keys: differ in {sorted(documented ^ set(wanted['disk']))}")


def compare_status(page, printed):
    wanted = {}
    for line in printed.splitlines():
        of, name = line.split("\t")
        wanted.setdefault(of, set()).add(name)
    text = part(page, "Sh", "STATUS")
    for of, title in (("program", "Of the program"), ("head", "Of a head"),
                      ("head counter", "Counters of a head"), ("path", "Of a path"),
                      ("path counter", "Counters of a path"), ("candidate", "Of a candidate")):
        items = re.findall(r"^\.It Cm (.*)$", part(text, "Ss", title), re.M)
        documented = {name for item in items for name in item.split(" , ")}
        check(documented == wanted[of],
              f"scsimpath(7), status, {title}: differ in {sorted(documented ^ wanted[of])}")
    metrics = set(re.findall(r"scsimpath_[a-z_]+", part(page, "Sh", "METRICS")))
    check(metrics == wanted["metric"],
          f"scsimpath(7), metrics: differ in {sorted(metrics ^ wanted['metric'])}")


def compare_verbs(pages, usage):
    used = set(re.findall(r"scsimpathctl ([a-z]+)", usage))
    documented = set(re.findall(r"^\.It Cm ([a-z]+)", part(pages["scsimpathctl.8"], "Sh", "VERBS"),
                                re.M))
    check(used == documented, f"scsimpathctl(8): verbs differ in {sorted(used ^ documented)}")
    flags = {flag for flag in re.findall(r"--([a-z-]+)", usage)}
    known = {flag for flag in re.findall(r"Fl -([a-z-]+)", pages["scsimpathctl.8"])}
    check(flags == known, f"scsimpathctl(8): options differ in {sorted(flags ^ known)}")


def compare_faults(page, completion):
    kinds = part(page, "Sh", "FAULTS").split("Modifiers:")[0]
    documented = {"none"}
    for item in re.findall(r"^\.It (.*)$", kinds, re.M):
        for kind in item.split(" , "):
            name = re.match(r"Cm ([a-z-]+)", kind).group(1)
            documented.add(name + ("=" if "Ns =" in kind else ""))
    found = re.search(r'path:5\) choice="(.*)"', completion)
    offered = set(found.group(1).split()) if found else set()
    check(documented == offered, f"completion: faults differ in {sorted(documented ^ offered)}")


def lint(file):
    for command in (["mandoc", "-T", "lint", "-W", "warning"],
                    ["groff", "-ww", "-mandoc", "-Tutf8", "-z"]):
        check(shutil.which(command[0]), f"{command[0]} is not installed")
        if shutil.which(command[0]):
            done = subprocess.run([*command, file], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            check(done.returncode == 0 and not done.stdout.strip(),
                  f"{command[0]} of {file}:\n{done.stdout}")


def main():
    print_settings, print_status, scsimpathctl, completion, *files = sys.argv[1:]
    pages = {Path(file).name: Path(file).read_text(encoding="utf-8") for file in files}
    compare_settings(pages, output(print_settings))
    compare_status(pages["scsimpath.7"], output(print_status))
    compare_verbs(pages, output(scsimpathctl, "--help"))
    compare_faults(pages["scsimpath.7"], Path(completion).read_text(encoding="utf-8"))
    for file in files:
        lint(file)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
