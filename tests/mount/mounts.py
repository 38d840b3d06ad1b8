# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mounts, heads, loop devices and fio, as the tests use them."""
import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time

import harness
from harness import PROGRAM, check, wait_until

MIB = 1 << 20
XATTR = "user.scsimpath."


class Head:
    """One head of a mount, by its files."""

    def __init__(self, mount, name):
        self.mount = mount
        self.name = name
        self.file = os.path.join(mount.dir, name)
        self.control = os.path.join(mount.dir, ".scsimpath/heads", name)

    def status(self):
        return next(head for head in self.mount.status()["heads"] if head["name"] == self.name)

    def paths(self):
        return {path["name"]: path for path in self.status()["paths"]}

    def counter(self, path, name):
        return self.paths()[path]["counters"][name]

    def commands(self):
        return {name: path["counters"]["commands"] for name, path in self.paths().items()}

    def io_counts(self):
        """Bytes read and written per path: what the checks do not touch."""
        return {name: path["counters"]["read_bytes"] + path["counters"]["write_bytes"]
                for name, path in self.paths().items()}

    def get(self, name, *, file=None):
        return os.getxattr(file or self.control, XATTR + name).decode()

    def set(self, name, value, *, file=None):
        os.setxattr(file or self.control, XATTR + name, value.encode())

    def fault(self, path, spec):
        self.set(f"path.{path}.fault", spec)

    def fault_all(self, spec):
        for path in self.paths():
            self.fault(path, spec)

    def wait_held(self, count, seconds=20):
        wait_until(lambda: self.status()["held"] >= count, seconds,
                   f"{count} requests held on {self.name}")

    def wait_running(self, path, seconds=20):
        wait_until(lambda: self.paths()[path]["state"] == "running", seconds,
                   f"{path} running")

    def wait_state(self, state, seconds=20):
        wait_until(lambda: self.status()["state"] == state, seconds, f"{self.name} {state}")


class Mount:
    """The program in the foreground, its log in a file, on a mount point of the test's own."""

    def __init__(self, test, source, options="", *, heads=1, cwd=None, wait=True, name=None,
                 arguments=()):
        self.test = test
        self.source = source
        self.dir = test.folder(name or f"mnt{len(test.mounts)}")
        self.log_path = self.dir + ".log"
        self.pid = None
        test.mounts.append(self)
        command = [PROGRAM, source, self.dir, "-f"]
        if options:
            command += ["-o", options]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(command + list(arguments), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=cwd or test.scratch,
                                            start_new_session=True)
        self.pid = self.process.pid
        if wait:
            self.wait_ready(heads)

    def __str__(self):
        return f"{self.source} on {self.dir}, pid {self.pid}"

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()[-20000:]

    def is_mounted(self):
        return any(point == self.dir for _, point in harness.fuse_mounts())

    def wait_ready(self, heads=1, seconds=30):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"{self} ended with {self.process.returncode}\n{self.log()}")
            if not self.is_mounted():
                return False
            found = self.status()["heads"]
            return len(found) >= heads and all(path["state"] != "unknown" for head in found
                                               for path in head["paths"])
        wait_until(ready, seconds, f"{self} ready")

    def status(self):
        with open(f"{self.dir}/.scsimpath/status") as file:
            return json.load(file)

    def head(self, name=None):
        """The head of this name; without one the only head."""
        if name is None:
            names = [head["name"] for head in self.status()["heads"]]
            assert len(names) == 1, names
            name = names[0]
        return Head(self, name)

    def unmount(self, seconds=30):
        check("umount", self.dir, timeout=seconds)
        self.wait_ended(seconds)

    def wait_ended(self, seconds=30):
        """The exit status, once the program has ended by itself."""
        wait_until(lambda: self.process.poll() is not None, seconds, f"{self} ended")
        self.pid = None
        return self.process.returncode

    def close(self, quietly=False):
        """Ends it, by force when it does not by itself."""
        if self.process.poll() is None:
            with contextlib.suppress(AssertionError, OSError):
                if self.is_mounted():
                    harness.run("umount", self.dir, timeout=15)
                else:
                    self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                if not quietly:
                    raise
                harness.abort_mounts()
                with contextlib.suppress(OSError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(timeout=20)
        self.pid = None


def emulated(test, name="disk.img", size=None, **keys):
    """The source of an emulated disk on an image in the test's folder."""
    if size:
        keys = {"size": size, **keys}
    return ",".join([f"emulated:{test.path(name)}", *(f"{k}={v}" for k, v in keys.items())])


@contextlib.contextmanager
def loop_device(file, *options):
    direct = [] if "--sector-size" in options else ["--direct-io=on"]
    device = check("losetup", "--find", "--show", *direct, *options, file).stdout.strip()
    harness.loops.append(device)
    try:
        yield device
    finally:
        harness.loops.remove(device)
        check("losetup", "-d", device)
        # The kernel lets go of the file only when the last user of the device is gone.
        wait_until(lambda: not os.path.exists(f"/sys/block/{os.path.basename(device)}/loop"), 20,
                   f"{device} free")


@contextlib.contextmanager
def ext4_on(device, folder):
    check("mkfs.ext4", "-q", "-F", "-E", "nodiscard", device)
    check("mount", device, folder)
    try:
        yield folder
    finally:
        check("umount", folder)


class Fio:
    """One fio run. `wait` gives its JSON result and fails on any error or mismatch."""

    def __init__(self, test, *jobs, **options):
        self.test = test
        self.output = test.path(f"fio-{time.monotonic_ns()}.json")
        command = ["fio", "--output-format=json", f"--output={self.output}", "--group_reporting=0",
                   "--max-jobs=16", "--thread"]
        command += [f"--{key}={value}" for key, value in options.items()]
        for job in jobs:
            command += [f"--{key}={value}" for key, value in job.items()]
        self.stderr = open(self.output + ".err", "w+")
        # fio leaves a state file of its verification behind, in the folder it runs in.
        self.process = test.spawn(*command, cwd=test.scratch, stdout=self.stderr,
                                  stderr=self.stderr)
        self.begin = time.monotonic()

    def running(self):
        return self.process.poll() is None

    def wait(self, seconds=60, *, may_fail=False):
        wait_until(lambda: not self.running(), seconds, "fio's end", tick=0.05)
        self.end = time.monotonic()
        self.stderr.seek(0)
        self.errors = self.stderr.read()
        with open(self.output, errors="replace") as file:
            text = file.read()
        begin = text.find("{")
        self.result = json.loads(text[begin:text.rfind("}") + 1]) if begin >= 0 else {"jobs": []}
        self.failed = (self.process.returncode != 0
                       or any(job["error"] for job in self.result["jobs"]))
        if self.failed and not may_fail:
            raise AssertionError(f"fio failed with {self.process.returncode}\n{self.errors}\n"
                                 f"{text[:begin]}")
        return self.result

    def longest(self):
        """The longest I/O in seconds."""
        return max(job[kind]["lat_ns"]["max"] for job in self.result["jobs"]
                   for kind in ("read", "write", "trim")) / 1e9

    def total(self, kind="write"):
        return sum(job[kind]["total_ios"] for job in self.result["jobs"])


class Writer(threading.Thread):
    """One write in a thread; what it ended with and when."""

    def __init__(self, file, size=4096, offset=0):
        super().__init__(daemon=True)
        self.file, self.size, self.offset = file, size, offset
        self.error = self.ended = None
        self.start()

    def run(self):
        descriptor = os.open(self.file, os.O_WRONLY)
        try:
            os.pwrite(descriptor, b"w" * self.size, self.offset)
            self.error = 0
        except OSError as error:
            self.error = error.errno
        finally:
            self.ended = time.monotonic()
            try:
                os.close(descriptor)
            except OSError:
                pass


def events_of(mount):
    """The events up to now, as a list of objects."""
    descriptor = os.open(f"{mount.dir}/.scsimpath/events", os.O_RDONLY | os.O_NONBLOCK)
    text = b""
    try:
        while True:
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                break
            text += piece
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
    return [json.loads(line) for line in text.decode().splitlines()]


def path_lines(text):
    """The `paths` xattr: name → its other words."""
    return {words[0]: words[1:] for words in (line.split() for line in text.splitlines())}


def is_naa(name):
    return re.fullmatch(r"naa\.[0-9a-f]{16}([0-9a-f]{16})?", name) is not None
