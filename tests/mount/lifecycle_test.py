#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a mount begins and ends."""
import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess

import harness
from harness import CTL, PROGRAM, MountTest, check, ended, main, run, wait_until
from mounts import Mount, Writer, emulated, loop_device

BUILD = os.environ.get("SCSIMPATH_BUILD", "")


def status_of(folder):
    with open(f"{folder}/.scsimpath/status") as file:
        return json.load(file)


class Lifecycle(MountTest):
    def disk(self, **keys):
        keys.setdefault("size", "64MiB")
        return emulated(self, **keys)

    def start(self, *command):
        """Runs a command that leaves a mount in the background; its status."""
        result = check(*command)
        self.assertEqual(result.stderr, "")
        return status_of(self.path("mnt"))

    def assert_gone(self, pid):
        wait_until(lambda: ended(pid), 20, f"the end of {pid}")
        self.assertEqual(harness.fuse_mounts(), [])
        self.assertEqual(os.listdir(self.path("mnt")), [])

    def write(self, file, data=b"k" * 4096):
        descriptor = os.open(file, os.O_WRONLY)
        os.pwrite(descriptor, data, 0)
        os.close(descriptor)

    def test_ready_when_the_command_returns(self):
        mnt = self.folder("mnt")
        for turn in range(5):
            status = self.start(PROGRAM, self.disk(), mnt)
            head = status["heads"][0]
            self.assertEqual([path["state"] for path in head["paths"]], ["running"] * 2)
            self.write(f"{mnt}/{head['name']}", bytes([turn + 1]) * 4096)
            check("umount", mnt)
            # The next one waits for the program that still ends.
        with open(self.path("disk.img"), "rb") as image:
            self.assertEqual(image.read(4096), b"\x05" * 4096)
        self.assert_gone(status["pid"])

    def test_fusermount_ends_it(self):
        mnt = self.folder("mnt")
        status = self.start(PROGRAM, self.disk(), mnt)
        check("fusermount3", "-u", mnt)
        self.assert_gone(status["pid"])

    def test_options_in_any_place(self):
        mnt = self.folder("mnt")
        for command in ([PROGRAM, "-o", "iopolicy=round-robin", self.disk(), mnt],
                        [PROGRAM, self.disk(), mnt, "-o", "rw,dev,suid", "-o",
                         "noatime,iopolicy=round-robin"],
                        [PROGRAM, self.disk(), mnt, "-oiopolicy=round-robin,nodev,nosuid,noexec"]):
            status = self.start(*command)
            self.assertEqual(status["heads"][0]["iopolicy"], "round-robin")
            check("umount", mnt)
            self.assert_gone(status["pid"])

    def test_a_busy_mount_stays(self):
        mount = Mount(self, self.disk())
        descriptor = os.open(mount.head().file, os.O_RDWR)
        result = run("umount", mount.dir)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("busy", result.stderr)
        result = run("fusermount3", "-u", mount.dir)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(os.pwrite(descriptor, b"b" * 4096, 0), 4096)
        self.assertEqual(mount.status()["heads"][0]["state"], "ok")
        os.close(descriptor)
        mount.unmount()
        self.assertEqual(mount.process.returncode, 0)

    def test_fsync_and_close_reach_the_image(self):
        head = Mount(self, self.disk()).head()
        descriptor = os.open(head.file, os.O_RDWR)
        flushes = head.status()["counters"]["flushes"]
        os.pwrite(descriptor, b"1" * 4096, 0)
        os.fsync(descriptor)
        self.assertGreater(head.status()["counters"]["flushes"], flushes)
        flushes = head.status()["counters"]["flushes"]
        os.pwrite(descriptor, b"2" * 4096, 4096)
        os.close(descriptor)
        wait_until(lambda: head.status()["counters"]["flushes"] > flushes, 5, "a flush on close")
        with open(self.path("disk.img"), "rb") as image:
            self.assertEqual(image.read(8192), b"1" * 4096 + b"2" * 4096)

    def test_signals_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                mount = Mount(self, self.disk())
                self.write(mount.head().file)
                mount.process.send_signal(number)
                self.assertEqual(mount.wait_ended(), 0)
                self.assertFalse(mount.is_mounted())

    def test_sigterm_with_a_file_open(self):
        mount = Mount(self, self.disk())
        descriptor = os.open(mount.head().file, os.O_RDWR)
        os.pwrite(descriptor, b"o" * 4096, 0)
        mount.process.send_signal(signal.SIGTERM)
        mount.wait_ended()
        self.assertFalse(mount.is_mounted())
        self.assertRegex(mount.log(), r"open")
        with self.assertRaises(OSError):
            os.pread(descriptor, 4096, 0)
        with self.assertRaises(OSError):
            os.close(descriptor)
        with open(self.path("disk.img"), "rb") as image:
            self.assertEqual(image.read(4096), b"o" * 4096)

    def test_sigterm_while_io_is_held(self):
        mount = Mount(self, self.disk(), "no_path_timeout=queue,io_timeout=2")
        head = mount.head()
        head.fault_all("offline")
        writers = [Writer(head.file, offset=index * 4096) for index in range(16)]
        head.wait_held(16)
        with self.within(4, "SIGTERM with held I/O"):
            mount.process.send_signal(signal.SIGTERM)
            mount.wait_ended()
        for writer in writers:
            writer.join(20)
            self.assertIn(errno.errorcode[writer.error], ("EIO", "ENOTCONN", "ECONNABORTED"))
        self.assertFalse(mount.is_mounted())

    def test_sigterm_while_paths_hang(self):
        mount = Mount(self, self.disk(), "no_path_timeout=queue,io_timeout=2")
        head = mount.head()
        head.fault_all("hang")
        writer = Writer(head.file)
        wait_until(lambda: head.status()["in_flight"] + head.status()["held"] >= 1, 10, "a write")
        with self.within(2 + 4, "SIGTERM with hung paths"):
            mount.process.send_signal(signal.SIGTERM)
            mount.wait_ended()
        writer.join(20)
        self.assertNotEqual(writer.error, 0)

    def test_umount_while_every_path_is_down(self):
        mount = Mount(self, self.disk(), "no_path_timeout=queue,io_timeout=1")
        head = mount.head()
        head.fault_all("offline")
        with self.within(5, "umount without a path"):
            mount.unmount()

    def test_killed_and_mounted_again(self):
        mount = Mount(self, self.disk())
        self.write(mount.head().file, b"K" * 4096)
        mount.process.kill()
        mount.wait_ended()
        check("umount", mount.dir)
        again = Mount(self, self.disk(), name="mnt0")
        with open(again.head().file, "rb") as file:
            self.assertEqual(file.read(4096), b"K" * 4096)

    def test_under_a_loop_device(self):
        mount = Mount(self, self.disk())
        with loop_device(mount.head().file) as device:
            self.assertNotEqual(run("umount", mount.dir).returncode, 0)
            check("dd", "if=/dev/zero", f"of={device}", "bs=1M", "count=8", "oflag=direct")
        mount.unmount()

    def test_sighup_reads_the_file_again(self):
        text = '[[emulated]]\nimage = "{}"\nsize = "64MiB"\nalias = "disk"\niopolicy = "{}"\n'
        toml = self.write_file("one.toml", text.format("disk.img", "numa"))
        mount = Mount(self, toml)
        head = mount.head("disk")
        self.assertEqual(head.get("iopolicy").strip(), "numa")
        self.write_file("one.toml", text.format("disk.img", "round-robin"))
        mount.process.send_signal(signal.SIGHUP)
        wait_until(lambda: head.get("iopolicy").strip() == "round-robin", 10, "the new policy")
        self.write_file("one.toml", "iopolicy = oops\n")
        mount.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "one.toml" in mount.log(), 10, "a complaint in the log")
        self.assertEqual(head.get("iopolicy").strip(), "round-robin")
        self.write(head.file)

    def test_systemd_is_told(self):
        address = self.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
            server.bind(address)
            server.settimeout(20)
            os.environ["NOTIFY_SOCKET"] = address
            try:
                mount = Mount(self, self.disk(), wait=False)
            finally:
                del os.environ["NOTIFY_SOCKET"]
            self.assertIn(b"READY=1", server.recv(4096))
            self.assertEqual(len(mount.status()["heads"]), 1)
            mount.process.send_signal(signal.SIGTERM)
            self.assertIn(b"STOPPING=1", server.recv(4096))
            mount.wait_ended()

    def test_mount_and_fstab(self):
        """As installed: mount(8) finds the program although it clears PATH."""
        self.install()
        mnt = self.folder("mnt")
        source = self.disk()
        self.start("mount", "-t", "fuse.scsimpath", source, mnt, "-o",
                   "iopolicy=queue-depth,noatime")
        status = status_of(mnt)
        self.assertEqual(status["heads"][0]["iopolicy"], "queue-depth")
        with open("/proc/self/mounts") as file:
            line = next(line for line in file if mnt in line)
        self.assertEqual(line.split()[0], source)
        self.assertIn("default_permissions", line)
        self.assertIn("noatime", line)
        check("umount", mnt)
        self.assert_gone(status["pid"])
        fstab = self.write_file("fstab", f"{source} {mnt} fuse.scsimpath rw,iopolicy=round-robin 0 0\n")
        self.start("mount", "--fstab", fstab, mnt)
        status = status_of(mnt)
        self.assertEqual(status["heads"][0]["iopolicy"], "round-robin")
        listing = check("scsimpathctl", "list", mnt)
        self.assertIn(status["heads"][0]["name"], listing.stdout)
        check("umount", mnt)
        self.assert_gone(status["pid"])
        result = run("mount", "-t", "fuse.scsimpath", source, mnt, "-o", "iopolicy=bogus")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("bogus", result.stderr)

    def install(self):
        """Installs the build over a private copy of /usr/local."""
        upper = self.folder("upper")
        work = self.folder("work")
        check("mount", "-t", "overlay", "overlay", "-o",
              f"lowerdir=/usr/local,upperdir={upper},workdir={work}", "/usr/local")
        self.addCleanup(subprocess.run, ["umount", "-l", "/usr/local"], check=False)
        check(shutil.which("meson"), "install", "-C", BUILD, "--no-rebuild", timeout=120)
        for page in ("man8/scsimpath.8", "man8/scsimpathctl.8", "man5/scsimpath.toml.5",
                     "man7/scsimpath.7"):
            found = [name for name in (f"/usr/local/share/man/{page}",
                                       f"/usr/local/share/man/{page}.gz") if os.path.exists(name)]
            self.assertTrue(found, page)

    def test_version_and_help(self):
        for program in (PROGRAM, CTL):
            version = check(program, "--version").stdout
            self.assertRegex(version, r"\d+\.\d+\.\d+")
            text = check(program, "--help").stdout
            self.assertTrue(re.search("usage", text, re.IGNORECASE), text)


if __name__ == "__main__":
    main()
