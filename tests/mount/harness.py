# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the mount tests of one file: alone in namespaces of its own, bounded in time, talkative on failure."""
import contextlib
import ctypes
import faulthandler
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest

import machine

PROGRAM = os.environ.get("SCSIMPATH", "scsimpath")
CTL = os.environ.get("SCSIMPATHCTL", "scsimpathctl")
TIMEOUT = float(os.environ.get("SCSIMPATH_TEST_TIMEOUT", "120"))  # of one test
SANITIZERS = {name: os.environ.get(name, "")
              for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")}
CONNECTIONS = "/sys/fs/fuse/connections"


def wait_until(predicate, seconds, what, *, tick=0.01):
    """Until predicate() is true; its value. Fails after `seconds`, stretched on a slow machine."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds * machine.slowdown() + 10
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        pause.wait(tick)


def run(*command, timeout=60, **options):
    """Runs a command to its end; its result with text output. Never with our stdin."""
    options.setdefault("stdin", subprocess.DEVNULL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True, **options) as process:
        try:
            out, err = process.communicate(timeout=timeout * machine.slowdown())
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"{command} did not end within {timeout} s\n{out}{err}") from None
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def check(*command, **options):
    """As run, but a failure of the command fails the test."""
    result = run(*command, **options)
    if result.returncode:
        raise AssertionError(f"{command} exited with {result.returncode}\n"
                             f"{result.stdout}{result.stderr}")
    return result


def ended(pid):
    """Whether a process is gone; reaps it when it has become our child."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    return not os.path.exists(f"/proc/{pid}")


def fuse_mounts():
    """(device number, mount point) of every scsimpath mount of this namespace but the inherited
    ones: those are somebody's who works on this machine, and ending them would end his."""
    found = []
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields = line.split()
            if fields[2] not in INHERITED and "fuse.scsimpath" in fields[fields.index("-") + 1:]:
                found.append((fields[2], fields[4].encode().decode("unicode_escape")))
    return found


INHERITED = frozenset()
INHERITED = frozenset(device for device, _ in fuse_mounts())


def daemons():
    """Pids of the programs under test that run in this namespace."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(PROGRAM):
                found.append(int(pid))
        except OSError:
            pass
    return found


def stacks():
    """Every thread's stack: this program's, and by gdb the daemons'."""
    faulthandler.dump_traceback(file=sys.stderr)
    for pid in daemons():
        print(f"--- stacks of {PROGRAM}, pid {pid}", file=sys.stderr)
        sys.stderr.flush()
        try:
            subprocess.run(["gdb", "-p", str(pid), "-batch", "-nx", "-ex", "set pagination off",
                            "-ex", "thread apply all bt 25"], stdin=subprocess.DEVNULL,
                           stdout=sys.stderr, stderr=subprocess.DEVNULL, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"no stacks: {error}", file=sys.stderr)


def abort_mounts():
    """Ends whatever waits for a mount that does not answer, then the programs behind them."""
    for device, point in fuse_mounts():
        try:
            with open(f"{CONNECTIONS}/{device.split(':')[1]}/abort", "w") as file:
                file.write("1")
        except OSError:
            pass
        subprocess.run(["umount", "-l", point], stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=20, check=False)
    for pid in daemons():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


def leave_inherited_mounts():
    """Forgets the mounts of the machine: they are not ours to look at, nor to abort."""
    for _, point in reversed(fuse_mounts()):
        subprocess.run(["umount", "-l", point], stdin=subprocess.DEVNULL, timeout=20, check=True)


class Watchdog:
    """Ends the whole file when one test takes too long: says where everything stands first."""

    def __init__(self):
        self._deadline = None
        self._name = ""
        self._report = lambda: None
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def arm(self, name, seconds, report):
        self._name, self._report = name, report
        self._deadline = time.monotonic() + seconds

    def disarm(self):
        self._deadline = None

    def _watch(self):
        pause = threading.Event()
        while True:
            pause.wait(0.5)
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self._fire()

    def _fire(self):
        print(f"TIMEOUT {self._name}", file=sys.stderr)
        try:
            stacks()
            self._report()
            abort_mounts()
            detach_loops()
        finally:
            sys.stderr.flush()
            os._exit(1)


loops = []  # loop devices that tests of this file have set up and not yet given back


def detach_loops():
    for device in list(loops):
        subprocess.run(["losetup", "-d", device], stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=20, check=False)
        loops.remove(device)


class MountTest(unittest.TestCase):
    """A test with a scratch folder on tmpfs, a clock for the machine's lateness, and a clean end."""

    timeout = TIMEOUT
    watchdog = None

    def setUp(self):
        self.mounts = []
        self.children = []
        self.scratch = tempfile.mkdtemp(prefix="scsimpath-test-", dir="/dev/shm")
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.findings = tempfile.mkdtemp(prefix="scsimpath-findings-", dir="/dev/shm")
        self.addCleanup(shutil.rmtree, self.findings, ignore_errors=True)
        self.addCleanup(self._read_findings)
        for variable in SANITIZERS:
            os.environ[variable] = f"{SANITIZERS[variable]}:log_path={self.findings}/report"
        self.ticker = machine.Ticker()
        self.ticker.start()
        self.addCleanup(self.ticker.stop)
        self.addCleanup(self._leave_nothing)
        self.addCleanup(lambda: self.failed() and self.report())
        MountTest.watchdog.arm(self.id(), self.timeout * machine.slowdown(), self.report)

    def failed(self):
        outcome = self._outcome
        return not outcome.success

    def report(self):
        """What the daemons logged and say of themselves."""
        for mount in self.mounts:
            print(f"--- {mount}\n{mount.log()}", file=sys.stderr)
            if mount.is_mounted():
                result = subprocess.run(["timeout", "5", "cat", f"{mount.dir}/.scsimpath/status"],
                                        stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                        check=False)
                print(result.stdout or result.stderr, file=sys.stderr)
        sys.stderr.flush()

    def _leave_nothing(self):
        MountTest.watchdog.disarm()
        for child in self.children:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except OSError:
                pass
        # Whoever still has a file open would keep its mount from ending.
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=5)
        detach_loops()
        for mount in reversed(self.mounts):
            mount.close(quietly=True)
        abort_mounts()
        for child in self.children:
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                print(f"cannot be killed: {child.args}", file=sys.stderr)

    def _read_findings(self):
        """What sanitizers have reported, of programs in the background too."""
        for name in os.listdir(self.findings):
            with open(f"{self.findings}/{name}", errors="replace") as file:
                self.fail(f"a sanitizer has reported\n{file.read()[:8000]}")

    def path(self, name):
        return os.path.join(self.scratch, name)

    def folder(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        return self.path(name)

    def write_file(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def spawn(self, *command, **options):
        """A process that the end of the test kills."""
        options.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(command, start_new_session=True, **options)
        self.children.append(child)
        return child

    def stopwatch(self):
        return machine.Stopwatch(self.ticker, [m.pid for m in self.mounts if m.pid])

    def within(self, seconds, what):
        """Times the body of a with statement against a bound."""
        return _Within(self, seconds, what)

    def assert_net(self, watch, least, most, what):
        """That it took from `least` to `most` seconds, not counting the machine's lateness."""
        self.assertGreaterEqual(watch.elapsed, least, f"{what}: too early, {watch}")
        self.assertLessEqual(watch.net, most * machine.slowdown(), f"{what}: {watch}")


class _Within:
    def __init__(self, test, seconds, what):
        self._test, self._seconds, self._what = test, seconds, what

    def __enter__(self):
        self._watch = self._test.stopwatch()
        return self._watch.__enter__()

    def __exit__(self, kind, *_):
        self._watch.stop()
        if kind is None:
            self._test.assert_net(self._watch, 0, self._seconds, self._what)
        return False


class _Result(unittest.TextTestResult):
    """One line per test, with the time it took."""

    def startTest(self, test):
        self._begin = time.monotonic()
        unittest.TestResult.startTest(self, test)

    def _line(self, word, test):
        print(f"{word} {test.id()} ({time.monotonic() - self._begin:.1f} s)", flush=True)

    def addSuccess(self, test):
        self._line("ok", test)

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self._line("ERROR", test)
        traceback.print_exception(*err)

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(subtest, err)

    def printErrors(self):
        pass


def _isolate():
    """Starts this program again in mount and process namespaces of its own: however it ends, its
    mounts and processes end with it."""
    if os.environ.get("SCSIMPATH_TEST_ISOLATED"):
        return
    os.environ["SCSIMPATH_TEST_ISOLATED"] = "1"
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
               "--propagation", "private", sys.executable, *sys.argv]
    os.execvp(command[0], command)


def main():
    if os.geteuid() or not os.path.exists("/dev/fuse"):
        print("skipped: the mount tests need root and /dev/fuse")
        sys.exit(77)
    _isolate()
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    # This process has become the first of its namespace: without a handler signals are ignored.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    leave_inherited_mounts()
    # Scratch folders end with the namespace too.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=90%", "none", "/dev/shm"], check=True)
    if not os.path.ismount(CONNECTIONS):
        subprocess.run(["mount", "-t", "fusectl", "none", CONNECTIONS], check=False)
    MountTest.watchdog = Watchdog()
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    if len(sys.argv) > 1:
        suite = unittest.TestSuite(
            test for group in suite for test in group
            if any(word in test.id() for word in sys.argv[1:]))
    result = unittest.TextTestRunner(resultclass=_Result, stream=sys.stdout, verbosity=0).run(suite)
    abort_mounts()
    detach_loops()
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


def drop_privileges(uid, gid):
    """A preexec function: another user, who may not trace."""
    def change():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    return change
