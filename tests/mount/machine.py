# SPDX-License-Identifier: LGPL-2.1-or-later
"""How late the machine itself was: what a bound on time must not charge to the program."""
import os
import re
import threading
import time

TICK = 0.005
NOISE = 0.001  # a tick this late is a tick in time


def slowdown():
    """Bounds are multiplied by this: sanitized builds run several times slower."""
    return float(os.environ.get("SCSIMPATH_TEST_SLOWDOWN", "1"))


class Ticker(threading.Thread):
    """Wakes up every TICK and notes how much later than asked it did."""

    def __init__(self):
        super().__init__(daemon=True, name="ticker")
        self._stop_asked = threading.Event()
        self._late = []  # (begin, end) of every stretch in which this thread should have run

    def run(self):
        while True:
            begin = time.monotonic()
            if self._stop_asked.wait(TICK):
                return
            end = time.monotonic()
            if end - begin - TICK > NOISE:
                self._late.append((begin + TICK, end))

    def stop(self):
        self._stop_asked.set()
        self.join()

    def between(self, begin, end):
        """Seconds of [begin, end] in which the machine was late."""
        return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in list(self._late))

    def worst_window(self, begin, end, length):
        """The most that `between` says of any stretch of `length` seconds in [begin, end]."""
        starts = [a for a, b in list(self._late) if b > begin and a < end]
        return max((self.between(a, a + length) for a in starts), default=0.0)


def run_delays(pids):
    """Seconds each thread of these processes has waited for a CPU while it could run."""
    found = {}
    for pid in pids:
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        for thread in threads:
            try:
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    found[(pid, thread)] = int(file.read().split()[1]) / 1e9
            except (OSError, IndexError, ValueError):
                pass
    return found


def steal():
    """Seconds that a hypervisor has taken from each CPU while it had work to do."""
    with open("/proc/stat") as file:
        lines = [line.split() for line in file if re.match(r"cpu\d", line)]
    return {words[0]: int(words[8]) / os.sysconf("SC_CLK_TCK") for words in lines}


def most(before, after):
    """The largest growth of one of these."""
    return max((value - before.get(key, 0.0) for key, value in after.items()), default=0.0)


class Stopwatch:
    """Times its body. `net` is the time without what the machine was late by: the ticker's lateness,
    the longest that one thread of the program waited for a CPU, and the most that was stolen from
    one CPU: a thread on it counts as running meanwhile."""

    def __init__(self, ticker, pids):
        self._ticker = ticker
        self._pids = list(pids) + [os.getpid()]

    def __enter__(self):
        self._before = run_delays(self._pids)
        self._stolen = steal()
        self.begin = time.monotonic()
        return self

    def __exit__(self, *_):
        self.stop()
        return False

    def stop(self):
        self.end = time.monotonic()
        self.elapsed = self.end - self.begin
        late = self._ticker.between(self.begin, self.end)
        waited = most(self._before, run_delays(self._pids))
        self.lateness = late + waited + most(self._stolen, steal())
        self.net = max(0.0, self.elapsed - self.lateness)

    def __str__(self):
        return f"{self.elapsed:.3f} s, of which the machine was late {self.lateness:.3f} s"
