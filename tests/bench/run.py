#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures scsimpath beside a minimal FUSE exporter, qemu-storage-daemon and an older build of itself,
in interleaved rounds.

What counts are the ratios of figures of the same round: a machine's speed changes from one round to
the next, also by a factor of two.
"""
import argparse
import contextlib
import glob
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
ROWS = {  # name: fio's options
    "randread  4k qd1": {"rw": "randread", "bs": "4k", "iodepth": 1},
    "randwrite 4k qd1": {"rw": "randwrite", "bs": "4k", "iodepth": 1},
    "randread  4k qd32": {"rw": "randread", "bs": "4k", "iodepth": 32},
    "randwrite 4k qd32": {"rw": "randwrite", "bs": "4k", "iodepth": 32},
    "read  128k qd8": {"rw": "read", "bs": "128k", "iodepth": 8},
    "write 128k qd8": {"rw": "write", "bs": "128k", "iodepth": 8},
    "read  1m qd4": {"rw": "read", "bs": "1m", "iodepth": 4},
    "write 1m qd4": {"rw": "write", "bs": "1m", "iodepth": 4},
    "randread  4k 4xqd16": {"rw": "randread", "bs": "4k", "iodepth": 16, "numjobs": 4},
    "randwrite 4k 4xqd16": {"rw": "randwrite", "bs": "4k", "iodepth": 16, "numjobs": 4},
    # Each is a block read, modified and written; the others hand the bytes on.
    "randwrite 512 on 4096": {"rw": "randwrite", "bs": "512", "iodepth": 16, "block_size": 4096},
    "fstrim, MiB/s": {"trim": True},
}
TICKS = os.sysconf("SC_CLK_TCK")


def build(folder):
    """A release build of the programs; its folder."""
    if not os.path.exists(f"{folder}/build.ninja"):
        subprocess.run(["meson", "setup", folder, ROOT, "--buildtype=release"], check=True,
                       stdin=subprocess.DEVNULL, stdout=sys.stderr)
    subprocess.run(["ninja", "-C", folder, "src/daemon/scsimpath", "tests/bench/minimal_exporter"],
                   check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return folder


def cpu_seconds(pid):
    """User and system time of all threads of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Target:
    """One way to the image as a file."""

    def __init__(self, name, command, file, mountpoint):
        """`command` is made for a size of blocks."""
        self.name, self.command, self.file, self.mountpoint = name, command, file, mountpoint

    @contextlib.contextmanager
    def running(self, block_size):
        """Its file and the process that serves it."""
        with open(os.devnull) as nothing, tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(self.command(block_size), stdin=nothing, stdout=log, stderr=log,
                                       start_new_session=True)
            try:
                yield self._wait(process, log), process.pid
            finally:
                subprocess.run(["umount", "-l", self.mountpoint], stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, check=False)
                with contextlib.suppress(OSError):
                    process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _wait(self, process, log):
        pause = threading.Event()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            if os.path.ismount(self.mountpoint):
                for file in glob.glob(self.file):
                    if os.path.getsize(file):
                        return file
            pause.wait(0.05)
        log.seek(0)
        raise SystemExit(f"{self.name} does not come up: {log.read()}")


def targets(options, scratch, image):
    mnt = os.path.join(scratch, "mnt")
    os.mkdir(mnt)
    exporter = f"{options.build}/tests/bench/minimal_exporter"
    # The lock on the image and its WWID are each program's own affair: one runs at a time.
    more = ["-o", options.options] if options.options else []
    builds = {"scsimpath": options.build}
    if options.before:
        builds["before"] = os.path.realpath(options.before)
    for name, folder in builds.items():
        program = f"{folder}/src/daemon/scsimpath"
        yield Target(name, lambda block_size, program=program: [
            program, f"emulated:{image},paths=2,block_size={block_size}", mnt, "-f", *more],
                     f"{mnt}/naa.*", mnt)
    yield Target("minimal", lambda _: [exporter, image, mnt], f"{mnt}/image", mnt)
    if not options.no_peer and shutil.which("qemu-storage-daemon"):
        file = os.path.join(scratch, "qsd")
        open(file, "w").close()
        yield Target("qsd", lambda _: [
            "qemu-storage-daemon", "--blockdev", f"driver=file,node-name=f,filename={image},"
            "aio=native,cache.direct=on,locking=off,discard=unmap", "--export",
            f"type=fuse,id=e,node-name=f,mountpoint={file},writable=on"], file, file)


def measure(file, pid, row, seconds, image):
    """IOPS, mean latency in µs, CPU µs of the daemon per I/O."""
    if row.get("trim"):
        return measure_trim(file, pid, image)
    before = cpu_seconds(pid)
    result = subprocess.run(
        ["fio", "--name=bench", f"--filename={file}", "--direct=1", "--ioengine=libaio",
         "--size=1g", "--time_based", f"--runtime={seconds}", "--output-format=json", "--thread",
         "--randrepeat=1", "--group_reporting",
         *(f"--{key}={value}" for key, value in row.items() if key != "block_size")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 120, check=True)
    used = cpu_seconds(pid) - before
    text = result.stdout
    job = json.loads(text[text.index("{"):])["jobs"][0]
    side = job["read" if "read" in row["rw"] else "write"]
    return {"iops": side["iops"], "latency": side["lat_ns"]["mean"] / 1e3,
            "cpu": used * 1e6 / max(1, side["total_ios"])}


def measure_trim(file, pid, image):
    """A file system on a loop device that was full and is empty: the same three per MiB. None where
    that gives nothing back."""
    def run(*command):
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False)

    folder = tempfile.mkdtemp(dir="/dev/shm")
    device = run("losetup", "--find", "--show", "--direct-io=on", file).stdout.strip()
    try:
        if run("mkfs.ext4", "-q", "-F", "-E", "nodiscard", device).returncode != 0:
            return None
        if run("mount", device, folder).returncode != 0:
            return None
        run("dd", "if=/dev/zero", f"of={folder}/full", "bs=1M", "count=850", "conv=fsync")
        os.remove(f"{folder}/full")
        run("sync", "-f", folder)
        full = os.stat(image).st_blocks
        before, begin = cpu_seconds(pid), time.monotonic()
        trimmed = run("fstrim", folder).returncode == 0 and os.stat(image).st_blocks < full / 2
        took = time.monotonic() - begin
        used = cpu_seconds(pid) - before
        run("umount", folder)
        mib = 900
        return {"iops": mib / took, "latency": took * 1e6 / mib,
                "cpu": used * 1e6 / mib} if trimmed else None
    finally:
        run("umount", folder)
        run("losetup", "-d", device)
        os.rmdir(folder)


def median(results, name, row, what):
    """None where it was not measured."""
    figures = [round_[name][row][what] for round_ in results if round_[name][row]]
    return statistics.median(figures) if figures else None


def ratio(results, name, other, row):
    ratios = [round_[name][row]["iops"] / round_[other][row]["iops"] for round_ in results
              if round_[name][row] and round_[other][row]]
    return statistics.median(ratios) if ratios else None


def shown(value, width, digits):
    return f"{'-':>{width}}" if value is None else f"{value:{width}.{digits}f}"


def report(results, names, rows):
    others = [name for name in names if name != "scsimpath"]
    head = f"{'':23}" + "".join(f"{name + ' IOPS':>16}{'lat us':>9}{'cpu us':>8}" for name in names)
    print(head + "".join(f"{'/ ' + name:>12}" for name in others))
    worst = {}
    for row in rows:
        line = f"{row:23}"
        for name in names:
            line += (shown(median(results, name, row, "iops"), 16, 0) +
                     shown(median(results, name, row, "latency"), 9, 1) +
                     shown(median(results, name, row, "cpu"), 8, 2))
        for name in others:
            value = ratio(results, "scsimpath", name, row)
            # What others do not do is in no comparison.
            if value is not None and (name == "before" or "block_size" not in rows[row]):
                worst[name] = min(value, worst.get(name, value))
            line += shown(value, 12, 2)
        print(line)
    for name, value in worst.items():
        print(f"least ratio to {name}: {value:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=f"{ROOT}/build-bench", help="build folder; made when missing")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("--before", metavar="BUILD",
                        help="an older build folder, measured beside this one")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--rows", default="", help="only rows that contain this text")
    parser.add_argument("--options", default="", help="mount options for scsimpath")
    parser.add_argument("--no-peer", action="store_true", help="without qemu-storage-daemon")
    parser.add_argument("--json", metavar="FILE", help="every figure of every round")
    options = parser.parse_args()
    options.build = os.path.realpath(options.build)
    if not options.no_build:
        build(options.build)
    rows = {name: row for name, row in ROWS.items() if options.rows in name}

    scratch = tempfile.mkdtemp(prefix="scsimpath-bench-", dir="/dev/shm")
    try:
        image = os.path.join(scratch, "disk.img")
        with open(image, "wb") as file:
            for _ in range(1024):
                file.write(b"\xa5" * (1 << 20))
        ways = list(targets(options, scratch, image))
        results = []
        for turn in range(options.rounds):
            print(f"round {turn + 1} of {options.rounds}", file=sys.stderr, flush=True)
            found = {way.name: {} for way in ways}
            for name, row in rows.items():
                # Who goes first changes from round to round.
                for way in ways[turn % len(ways):] + ways[:turn % len(ways)]:
                    with way.running(row.get("block_size", 512)) as (file, pid):
                        found[way.name][name] = measure(file, pid, row, options.seconds,
                                                          image)
            results.append(found)
        report(results, [way.name for way in ways], rows)
        if options.json:
            with open(options.json, "w") as file:
                json.dump(results, file, indent=1)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
