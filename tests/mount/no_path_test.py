#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Without a path I/O is held, and freed on time: by a path's return, by the deadline, by a word."""
import errno
import os
import signal
import threading

import machine
from harness import MountTest, main, wait_until
from mounts import MIB, Fio, Mount, Writer, emulated

CHECKER = 1.0


class NoPath(MountTest):
    def head(self, no_path_timeout, **keys):
        keys = {"size": "300MiB", "paths": 2, **keys}
        return Mount(self, emulated(self, **keys),
                     f"no_path_timeout={no_path_timeout},checker_interval={CHECKER},"
                     "io_timeout=1").head()

    def take_paths_away(self, head):
        head.fault_all("offline")

    def joined(self, threads, seconds=30):
        for thread in threads:
            thread.join(seconds)
            self.assertFalse(thread.is_alive(), "it is still held")

    def test_a_path_that_returns_frees_what_is_held(self):
        head = self.head("queue")
        for _ in range(3):
            self.take_paths_away(head)
            writer = Writer(head.file)
            head.wait_held(1)
            head.wait_state("holding")
            watch = self.stopwatch()
            with watch:
                head.fault("emu1", "none")
                self.joined([writer])
            self.assertEqual(writer.error, 0)
            self.assert_net(watch, 0, CHECKER + 0.5, "held I/O after a path's return")
            head.fault("emu0", "none")
            head.wait_running("emu0")
            head.wait_running("emu1")

    def test_a_path_that_the_administrator_brings_back(self):
        head = self.head("queue")
        for path in head.paths():
            head.set(f"path.{path}.state", "offline")
        writer = Writer(head.file)
        head.wait_held(1)
        with self.within(CHECKER + 0.5, "held I/O after `running`"):
            head.set("path.emu0.state", "running")
            self.joined([writer])
        self.assertEqual(writer.error, 0)

    def test_the_deadline(self):
        head = self.head(3)
        watch = self.stopwatch()
        with watch:
            # The time counts from the last one, which is taken while the watch runs.
            for path in head.paths():
                head.set(f"path.{path}.state", "offline")
            writer = Writer(head.file)
            head.wait_held(1)
            deadline = head.status()["no_path_deadline_s"]
            self.assertTrue(0 < deadline <= 3, deadline)
            self.joined([writer])
        self.assertEqual(errno.errorcode[writer.error], "EIO")
        self.assert_net(watch, 3.0, 3.5, "EIO at no_path_timeout")
        self.assertEqual(head.status()["state"], "failed")
        with self.within(0.5, "EIO once the deadline has passed"):
            late = Writer(head.file)
            self.joined([late])
        self.assertEqual(errno.errorcode[late.error], "EIO")
        head.set("path.emu0.state", "running")
        wait_until(lambda: head.status()["state"] != "failed", 10, "a path again")
        again = Writer(head.file)
        self.joined([again])
        self.assertEqual(again.error, 0)

    def test_fail_frees_at_once(self):
        head = self.head("queue")
        self.take_paths_away(head)
        writers = [Writer(head.file, offset=index * 4096) for index in range(64)]
        head.wait_held(64)
        self.assertIsNone(head.status()["no_path_deadline_s"])
        with self.within(0.1, "freeing by no_path_timeout=fail"):
            head.set("no_path_timeout", "fail")
            wait_until(lambda: all(writer.ended for writer in writers), 10, "all freed", tick=0.001)
        self.assertEqual({errno.errorcode[writer.error] for writer in writers}, {"EIO"})
        self.assertEqual(head.status()["held"], 0)

    def test_a_deadline_set_while_holding(self):
        head = self.head("queue")
        self.take_paths_away(head)
        writer = Writer(head.file)
        head.wait_held(1)
        with self.within(5.5, "EIO after a shorter no_path_timeout"):
            head.set("no_path_timeout", "5")
            self.joined([writer])
        self.assertEqual(errno.errorcode[writer.error], "EIO")

    def test_control_while_large_writes_are_held(self):
        head = self.head("queue")
        self.take_paths_away(head)
        writers = [Writer(head.file, size=MIB, offset=index * MIB) for index in range(256)]
        head.wait_held(256, 60)
        for _ in range(5):
            with self.within(0.1, "status"):
                self.assertGreaterEqual(head.status()["held"], 256)
            for file in (head.file, head.control):
                with self.within(0.1, "xattr"):
                    head.get("paths", file=file)
                with self.within(0.1, "xattr list"):
                    os.listxattr(file)
            with self.within(0.1, "setting"):
                head.set("io_timeout", "1")
        head.fault_all("none")
        self.joined(writers, 60)
        self.assertEqual({writer.error for writer in writers}, {0})

    def test_a_held_head_leaves_the_others_alone(self):
        toml = self.write_file("two.toml", "no_path_timeout = \"queue\"\nchecker_interval = 1\n" +
                               "".join(f'[[emulated]]\nimage = "{name}.img"\nsize = "64MiB"\n'
                                       f'alias = "{name}"\n' for name in ("one", "two")))
        mount = Mount(self, toml, heads=2)
        one, two = mount.head("one"), mount.head("two")
        one.fault_all("offline")
        held = Fio(self, {"name": "held"}, filename=one.file, size="64m", ioengine="libaio",
                   direct=1, bs="4k", iodepth=1000, rw="randwrite", time_based=1, runtime=1)
        one.wait_held(1000, 30)
        free = Fio(self, {"name": "free"}, filename=two.file, size="64m", ioengine="libaio",
                   direct=1, bs="4k", iodepth=16, rw="randrw", time_based=1, runtime=2)
        free.wait()
        self.assertGreater(free.total("write"), 100)
        self.assertLess(free.longest(), 1 * machine.slowdown()
                        + self.ticker.worst_window(free.begin, free.end, 1))
        self.assertGreaterEqual(one.status()["held"], 1000)
        one.fault_all("none")
        held.wait()

    def test_reads_and_flushes_are_held_too(self):
        head = self.head("queue")
        descriptor = os.open(head.file, os.O_RDWR)
        self.addCleanup(os.close, descriptor)
        os.pwrite(descriptor, b"r" * 4096, 0)
        self.take_paths_away(head)
        results = {}
        threads = [threading.Thread(target=lambda: results.update(r=os.pread(descriptor, 4096, 0))),
                   threading.Thread(target=lambda: results.update(f=os.fsync(descriptor)))]
        for thread in threads:
            thread.start()
        head.wait_held(2)
        head.fault_all("none")
        self.joined(threads)
        self.assertEqual(results, {"r": b"r" * 4096, "f": None})

    def unflushed_without_paths(self):
        """A head and an open file with a write that nothing has flushed, and all paths away."""
        head = self.head("queue")
        descriptor = os.open(head.file, os.O_RDWR)
        os.pwrite(descriptor, b"u" * 4096, 0)
        self.take_paths_away(head)
        return head, descriptor

    def test_a_close_flushes_after_an_fsync_that_was_interrupted(self):
        head, descriptor = self.unflushed_without_paths()
        def interrupted(_number, _frame):
            raise InterruptedError(errno.EINTR, "by the test")
        before = signal.signal(signal.SIGALRM, interrupted)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        with self.assertRaises(InterruptedError):
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            os.fsync(descriptor)
        head.fault_all("none")
        flushes = head.status()["counters"]["flushes"]
        os.close(descriptor)
        self.assertEqual(head.status()["counters"]["flushes"], flushes + 1)

    def test_no_close_trusts_in_the_flush_of_another(self):
        head, descriptor = self.unflushed_without_paths()
        threads = [threading.Thread(target=os.close, args=(each,))
                   for each in (descriptor, os.dup(descriptor))]
        for thread in threads:
            thread.start()
        head.wait_held(2)
        head.fault_all("none")
        self.joined(threads)


if __name__ == "__main__":
    main()
