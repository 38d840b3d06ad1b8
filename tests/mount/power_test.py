#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk with a volatile cache that loses its power: what was flushed is there, and what was lost is
told."""
import contextlib
import errno
import os
import random
import sqlite3
import sys
import threading

import machine
from harness import MountTest, check, main, run, wait_until
from mounts import MIB, Mount, Writer, emulated, loop_device

SLOWDOWN = int(machine.slowdown())  # some machines are slow: fewer rounds


class Power(MountTest):
    def disk(self, size="16MiB", options="checker_interval=0.5", **keys):
        mount = Mount(self, emulated(self, size=size, cache="volatile", **keys), options)
        return mount, mount.head()

    def open(self, head, flags=os.O_RDWR):
        descriptor = os.open(head.file, flags)
        self.addCleanup(os.close, descriptor)
        return descriptor

    def fails_once(self, descriptor):
        with self.assertRaises(OSError) as caught:
            os.fsync(descriptor)
        self.assertEqual(caught.exception.errno, errno.EIO)
        os.fsync(descriptor)

    def test_a_loss_is_told_once_to_every_open_file(self):
        mount, head = self.disk()
        one, two = self.open(head), self.open(head, os.O_RDONLY)
        forced = self.open(head, os.O_RDWR | os.O_DSYNC)
        os.pwrite(one, b"a" * 4096, 0)
        os.fsync(one)
        os.pwrite(one, b"b" * 4096, 0)
        os.pwrite(one, b"b" * 4096, 8192)
        self.assertEqual(os.pread(two, 4096, 0), b"b" * 4096)
        head.fault("emu0", "power-loss")
        self.assertEqual(head.get("path.emu0.fault"), "none")
        # Whatever is done first, the loss is known before a flush can succeed.
        self.fails_once(one)
        self.fails_once(two)
        self.assertEqual(os.pread(one, 4096, 0), b"a" * 4096)
        self.assertEqual(os.pread(one, 4096, 8192), bytes(4096))
        os.fsync(self.open(head))  # opened later: it has lost nothing
        self.assertEqual(head.status()["counters"]["cache_losses"], 1)
        self.assertIn("cache-lost", open(f"{mount.dir}/.scsimpath/status").read() + mount.log())
        # What is forced is kept without a flush.
        os.pwrite(forced, b"f" * 4096, 12288)
        head.fault("emu1", "power-loss")
        self.assertEqual(os.pread(one, 4096, 12288), b"f" * 4096)
        os.fsync(one)
        self.assertEqual(head.status()["counters"]["cache_losses"], 1)

    def test_close_tells_it_too(self):
        _, head = self.disk()
        descriptor = os.open(head.file, os.O_RDWR)
        os.pwrite(descriptor, b"x" * 4096, 0)
        head.fault("emu0", "power-loss")
        with self.assertRaises(OSError) as caught:
            os.close(descriptor)
        self.assertEqual(caught.exception.errno, errno.EIO)

    def close_in_a_child(self, descriptor):
        return run(sys.executable, "-c", f"import os; os.close({descriptor})",
                   pass_fds=[descriptor])

    def test_close_in_a_child_does_not_take_it(self):
        _, head = self.disk()
        descriptor = self.open(head)
        os.pwrite(descriptor, b"x" * 4096, 0)
        head.fault("emu0", "power-loss")
        self.assertIn("Errno 5", self.close_in_a_child(descriptor).stderr)
        self.fails_once(descriptor)
        self.assertEqual(self.close_in_a_child(descriptor).returncode, 0)

    def test_close_in_a_child_leaves_it_to_the_last_close(self):
        _, head = self.disk()
        descriptor = os.open(head.file, os.O_RDWR)
        os.pwrite(descriptor, b"x" * 4096, 0)
        head.fault("emu0", "power-loss")
        self.assertIn("Errno 5", self.close_in_a_child(descriptor).stderr)
        with self.assertRaises(OSError) as caught:
            os.close(descriptor)
        self.assertEqual(caught.exception.errno, errno.EIO)

    def test_a_reset_of_one_path_is_no_loss(self):
        mount, head = self.disk(paths=3)
        descriptor = self.open(head)
        os.pwrite(descriptor, b"x" * 4096, 0)
        head.fault("emu0", "sense=6/29/00,count=1")
        os.fsync(descriptor)
        self.assertEqual(os.pread(descriptor, 4096, 0), b"x" * 4096)
        self.assertEqual(head.status()["counters"]["cache_losses"], 0)
        self.assertIn("reset-seen", mount.log())

    def test_what_a_loop_device_left_is_flushed_at_the_end(self):
        """The last user of the file is the kernel, which says nothing of its close."""
        with open(self.path("data"), "wb") as file:
            file.write(b"L" * MIB)
        for command, expected in ((("dd", f"if={self.path('data')}", "bs=1M", "oflag=direct"), b"L"),
                                  (("blkdiscard",), b"\0")):
            mount, head = self.disk()
            with loop_device(head.file) as device:
                check(*command, f"of={device}" if command[0] == "dd" else device)
            mount.unmount()
            mount, head = self.disk()
            with open(head.file, "rb") as file:
                self.assertEqual(file.read(MIB), expected * MIB)
            mount.unmount()

    def test_a_disk_that_is_busy_at_the_end_is_flushed_all_the_same(self):
        for fault in ("status=0x08,count=3,only=io", "sense=6/2a/01,count=3,only=io"):
            mount, head = self.disk(paths=1)
            with loop_device(head.file) as device:
                check("dd", "if=/dev/zero", f"of={device}", "bs=4k", "count=1", "oflag=direct")
            head.fault_all(fault)
            mount.unmount()
            self.assertNotIn("last flush failed", mount.log())

    def test_at_the_end_no_disk_waits_for_another(self):
        toml = self.write_file("two.toml", "io_timeout = 40\n" + "".join(
            f'[[emulated]]\nimage = "{name}.img"\nsize = "16MiB"\ncache = "volatile"\n'
            f'alias = "{name}"\npaths = 1\n' for name in ("good", "stuck")))
        mount = Mount(self, toml, heads=2)
        good, stuck = mount.head("good"), mount.head("stuck")
        descriptor = os.open(good.file, os.O_RDWR)
        os.pwrite(descriptor, b"g" * 4096, 0)
        stuck.fault_all("hang")
        writer = Writer(stuck.file)
        wait_until(lambda: stuck.status()["in_flight"] == 1, 10, "a write that hangs")

        def is_kept():
            with open(self.path("good.img"), "rb") as image:
                return image.read(4096) == b"g" * 4096
        self.assertFalse(is_kept())
        mount.process.terminate()
        wait_until(is_kept, 10, "the flush of the other disk")
        self.assertIsNone(mount.process.poll())
        mount.process.kill()
        mount.wait_ended()
        check("umount", "-l", mount.dir)
        writer.join(20)
        with contextlib.suppress(OSError):  # the disk is gone
            os.close(descriptor)

    def test_without_a_volatile_cache_nothing_is_lost(self):
        mount = Mount(self, emulated(self, size="16MiB"))
        head = mount.head()
        descriptor = self.open(head)
        os.pwrite(descriptor, b"x" * 4096, 0)
        os.fsync(descriptor)
        head.fault("emu0", "power-loss")
        self.assertEqual(os.pread(descriptor, 4096, 0), b"x" * 4096)
        os.fsync(descriptor)

    def test_what_was_flushed_is_there_after_many_losses(self):
        _, head = self.disk(size="4MiB", paths=3)
        descriptor = self.open(head)
        chance = random.Random(11)
        kept = bytearray(4 * MIB)
        for _ in range(60 // SLOWDOWN):
            for flushed in (True, False):
                for _ in range(chance.randrange(1, 20)):
                    offset = chance.randrange(4 * MIB - 20000)
                    data = chance.randbytes(chance.choice((512, 700, 4096, 20000)))
                    os.pwrite(descriptor, data, offset)
                    if flushed:
                        kept[offset:offset + len(data)] = data
                if flushed:
                    os.fsync(descriptor)
            head.fault(chance.choice(("emu0", "emu1", "emu2")), "power-loss")
            self.fails_once(descriptor)
            self.assertEqual(os.pread(descriptor, 4 * MIB, 0), bytes(kept))


class Database(MountTest):
    """SQLite on ext4 on a loop device: every row whose commit returned before the loss is there."""

    ROUNDS = 100

    def test_commits_survive(self):
        mount = Mount(self, emulated(self, size="64MiB", cache="volatile"), "checker_interval=0.5")
        head = mount.head()
        folder = self.path("data")
        os.mkdir(folder)
        name = os.path.join(folder, "rows.db")
        chance = random.Random(3)
        expected = set()
        with loop_device(head.file) as device:
            check("mkfs.ext4", "-q", "-F", "-b", "4096", device, "60M")
            for number in range(self.ROUNDS):
                if (number >= self.ROUNDS // (SLOWDOWN * SLOWDOWN)
                        and head.status()["counters"]["cache_losses"]):
                    break
                check("mount", device, folder)
                try:
                    self.round(number, name, head, chance.randrange(1, 12), expected)
                finally:
                    check("umount", folder)
                # 1: the journal was replayed or something was put right.
                result = run("e2fsck", "-fy", device)
                self.assertIn(result.returncode, (0, 1), result.stdout + result.stderr)
                check("mount", device, folder)
                try:
                    self.verify(name, expected)
                finally:
                    check("umount", folder)
        self.assertGreater(head.status()["counters"]["cache_losses"], 0)

    def round(self, number, name, head, commits, expected):
        """Commits until the power is lost after some of them, and on until a commit fails, or some
        more have worked: then the power went when all was flushed."""
        returned = threading.Semaphore(0)
        rows, failed, enough = [], threading.Event(), threading.Event()

        def write():
            database = sqlite3.connect(name, isolation_level=None)
            try:
                # A commit that deletes the journal is durable only when its folder is synced, which
                # FULL does not do; one that truncates it is.
                database.execute("PRAGMA journal_mode=TRUNCATE")
                database.execute("PRAGMA synchronous=FULL")
                database.execute("CREATE TABLE IF NOT EXISTS t (id TEXT PRIMARY KEY, filler BLOB)")
                while not enough.is_set():
                    row = f"{number}.{len(rows)}"
                    database.execute("INSERT INTO t VALUES (?, ?)", (row, os.urandom(3000)))
                    rows.append(row)
                    returned.release()
            except sqlite3.Error:
                failed.set()
                returned.release(100)
            finally:
                try:
                    database.close()
                except sqlite3.Error:
                    pass

        losses = head.status()["counters"]["cache_losses"]
        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(commits):
            returned.acquire()
        before = list(rows)
        with contextlib.ExitStack() as behind:
            if number % 2:
                behind.enter_context(self.unflushed(head))
            head.fault("emu0", "power-loss")
        for _ in range(30):
            returned.acquire()
        enough.set()
        writer.join(60)
        self.assertFalse(writer.is_alive())
        lost = head.status()["counters"]["cache_losses"] - losses
        self.assertEqual(failed.is_set(), lost > 0, "a loss and the failure of a commit")
        expected.update(before if lost else rows)

    @contextlib.contextmanager
    def unflushed(self, head):
        """Something for the disk to lose, behind the filesystem: most of the time the database has
        all of its own flushed."""
        descriptor = os.open(head.file, os.O_RDWR)
        os.pwrite(descriptor, os.urandom(4096), 62 * MIB)
        yield
        with contextlib.suppress(OSError):  # closing tells the loss
            os.close(descriptor)

    def verify(self, name, expected):
        database = sqlite3.connect(name)
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            there = {row for (row,) in database.execute("SELECT id FROM t")}
        finally:
            database.close()
        self.assertEqual(expected - there, set())


if __name__ == "__main__":
    main()
