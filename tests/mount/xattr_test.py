#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every extended attribute of a head: what it says, what it takes, who may write it."""
import errno
import os
import subprocess

from harness import MountTest, check, drop_privileges, main, wait_until
from mounts import MIB, XATTR, Mount, emulated, is_naa, path_lines

SETTINGS = {"iopolicy": "numa", "no_path_timeout": "30", "io_timeout": "10",
            "checker_interval": "5", "exclusive": "no", "ghost_timeout": "120"}
READ_ONLY = ("wwid", "paths", "stats", "path.emu0.access_state", "path.emu0.numa_nodes",
             "path.emu0.queue_depth")


class Xattr(MountTest):
    def setUp(self):
        super().setUp()
        self.mount = Mount(self, emulated(self, size="64MiB", paths=2), "allow_other,mode=0666")
        self.head = self.mount.head()

    def refused(self, expected, name, value, file=None):
        with self.assertRaises(OSError, msg=f"{name}={value!r}") as caught:
            self.head.set(name, value, file=file)
        self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[expected],
                         f"{name}={value!r}")

    def test_all_are_listed_and_readable(self):
        expected = {*SETTINGS, *READ_ONLY, "path.emu0.state", "path.emu0.fault",
                    "path.emu1.state", "path.emu1.fault", "path.emu1.access_state",
                    "path.emu1.numa_nodes", "path.emu1.queue_depth"}
        for file in (self.head.file, self.head.control):
            names = os.listxattr(file)
            self.assertLessEqual({XATTR + name for name in expected}, set(names))
            self.assertEqual(len(names), len(set(names)))
            for name in names:
                os.getxattr(file, name)
            text = check("getfattr", "--absolute-names", "-d", "-m", "-", file).stdout
            for name in expected:
                self.assertIn(XATTR + name, text)

    def test_defaults(self):
        for name, value in SETTINGS.items():
            self.assertEqual(self.head.get(name).strip(), value, name)
        self.assertTrue(is_naa(self.head.get("wwid").strip()))
        self.assertEqual(self.head.get("wwid").strip(), self.head.status()["wwid"])

    def test_paths_and_stats(self):
        lines = path_lines(self.head.get("paths"))
        self.assertEqual(set(lines), {"emu0", "emu1"})
        for index, path in enumerate(("emu0", "emu1")):
            device, state, access, in_flight, errors = lines[path][:5]
            self.assertEqual((device, state, access, in_flight, errors),
                             (f"emulated:{index}", "running", "active/optimized", "0", "0"))
        descriptor = os.open(self.head.file, os.O_RDWR)
        os.pwrite(descriptor, b"x" * 8192, 0)
        os.close(descriptor)
        stats = dict(line.split() for line in self.head.get("stats").splitlines())
        counters = self.head.status()["counters"]
        self.assertEqual(set(stats) & set(counters), set(counters))
        self.assertEqual(stats["write_bytes"], "8192")

    def test_values_round_trip(self):
        values = {"iopolicy": ("round-robin", "queue-depth", "numa"),
                  "no_path_timeout": ("queue", "fail", "1.5", "31536000"),
                  "io_timeout": ("0.1", "2.5", "3600"), "checker_interval": ("0.1", "7", "3600"),
                  "exclusive": ("yes", "no"), "ghost_timeout": ("queue", "1", "31536000")}
        for name, words in values.items():
            for file in (self.head.file, self.head.control):
                for value in words:
                    self.head.set(name, value, file=file)
                    self.assertEqual(self.head.get(name).strip(), value, name)
                    self.head.set(name, value + "\n", file=file)
                    self.assertEqual(self.head.get(name).strip(), value, name)
        self.head.set("no_path_timeout", "0")
        self.assertEqual(self.head.get("no_path_timeout").strip(), "fail")

    def test_bad_values(self):
        for name, values in {
                "iopolicy": ("Numa", "numa ", " numa", "", "fast", "numa\n\n", "numa\0"),
                "no_path_timeout": ("-1", "soon", "31536001", "", "nan", "1e999", "5s"),
                "io_timeout": ("0", "0.05", "3601", "fail", "inf", "0x10"),
                "checker_interval": ("0", "4000", "queue"),
                "exclusive": ("maybe", "", "YES"), "ghost_timeout": ("-5", "fail it"),
                "path.emu0.state": ("failed", "ghost", "Running", "", "up"),
                "path.emu0.fault": ("nosuch", "", "offline,hang", "delay", "delay=x", "delay=-1",
                                    "host=1g", "host=0x100", "status=0x100", "sense=2/04",
                                    "sense=2/04/0b/1", "sense=10/00/00", "short=", "offline,every=0",
                                    "offline,count=0", "offline,only=reads", "offline,every=x",
                                    "only=read", "none,every=2", "alua=nosuch", "Offline",
                                    "offline,offline", "offline,count=1,count=2")}.items():
            before = self.head.get(name)
            for value in values:
                self.refused(errno.EINVAL, name, value)
            self.assertEqual(self.head.get(name), before, name)

    def test_unknown_and_read_only(self):
        for name in ("nosuch", "path.emu9.state", "path.emu0.nosuch", "path.emu0", "path.", ""):
            with self.assertRaises(OSError) as caught:
                self.head.get(name)
            self.assertIn(errno.errorcode[caught.exception.errno], ("ENODATA", "EINVAL"), name)
            if name:
                self.assertEqual(caught.exception.errno, errno.ENODATA, name)
                self.refused(errno.ENODATA, name, "1")
        for name in READ_ONLY:
            self.refused(errno.EPERM, name, "1")

    def test_path_state(self):
        head = self.head
        head.set("path.emu0.state", "offline")
        self.assertEqual(head.get("path.emu0.state").strip(), "offline")
        self.assertEqual(head.status()["state"], "degraded")
        self.assertEqual(head.status()["paths_usable"], 1)
        before = head.io_counts()["emu0"]
        descriptor = os.open(head.file, os.O_RDWR)
        for index in range(16):
            os.pwrite(descriptor, b"x" * 4096, index * 4096)
        os.close(descriptor)
        self.assertEqual(head.io_counts()["emu0"], before)
        head.set("path.emu0.state", "running")
        head.wait_running("emu0")
        self.assertEqual(head.status()["state"], "ok")
        head.set("path.emu0.state", "running")

    def test_faults_read_back(self):
        for spec in ("offline", "hang", "delay=5", "host=0x07", "status=0x18", "sense=2/04/0b",
                     "short=512", "sense=b/47/03,every=100,only=write", "offline,count=3,only=check",
                     "hang,only=io"):
            self.head.fault("emu1", spec)
            self.assertEqual(self.head.get("path.emu1.fault").strip(), spec)
        self.head.fault("emu1", "none")
        self.assertEqual(self.head.get("path.emu1.fault").strip(), "none")

    def test_alua_is_an_action(self):
        self.head.set("checker_interval", "0.2")
        self.head.fault("emu1", "short=512,only=read")
        for state, shown in (("non-optimized", "active/non-optimized"), ("standby", "standby"),
                             ("unavailable", "unavailable"), ("transitioning", "transitioning"),
                             ("optimized", "active/optimized")):
            self.head.fault("emu1", f"alua={state}")
            wait_until(lambda: self.head.get("path.emu1.access_state").strip() == shown, 10, shown)
            self.assertEqual(self.head.get("path.emu1.fault").strip(), "short=512,only=read")

    def test_counted_faults_and_their_errno(self):
        """One fault on every path: what the caller of a read, write or fsync gets."""
        self.head.set("no_path_timeout", "2")
        descriptor = os.open(self.head.file, os.O_RDWR)
        self.addCleanup(os.close, descriptor)

        def read():
            os.pread(descriptor, 4096, 0)

        def write():
            os.pwrite(descriptor, b"e" * 4096, 0)

        def flush():
            os.fsync(descriptor)

        for spec, call, expected in (
                ("sense=3/11/00,only=read", read, "ENODATA"),
                ("sense=3/03/00,only=write", write, "ENODATA"),
                ("sense=4/44/00,only=io", read, "EREMOTEIO"),
                ("sense=4/44/00,only=io", flush, "EREMOTEIO"),
                ("sense=5/24/00,only=io", write, "EREMOTEIO"),
                ("sense=5/21/00,only=io", read, "EINVAL"),
                ("sense=7/27/07,only=write", write, "ENOSPC"),
                ("sense=7/27/00,only=write", write, "EROFS"),
                ("sense=b/10/01,only=io", read, "EILSEQ"),
                ("sense=b/2e/01,only=io", read, "ETIME"),
                ("status=0x18,only=io", write, "EBADE"),
                ("status=0x18,only=io", flush, "EBADE")):
            with self.subTest(spec=spec, call=call.__name__):
                self.head.fault_all(spec)
                with self.assertRaises(OSError) as caught:
                    call()
                self.assertEqual(errno.errorcode.get(caught.exception.errno), expected)
                self.head.fault_all("none")
                for path in self.head.paths():
                    self.head.wait_running(path)
                call()
        # Those that pass by themselves are retried, and nobody sees them.
        for spec in ("sense=1/17/01,count=1", "sense=6/29/00,count=1", "status=0x08,count=1",
                     "status=0x28,count=1", "short=512,count=1", "sense=b/47/03,count=1",
                     "sense=6/2a/06,count=1", "sense=2/04/01,count=1", "status=0x40,count=1",
                     "host=0x0d,count=1"):
            for call in (read, write, flush):
                with self.subTest(spec=spec, call=call.__name__):
                    if spec.startswith("short") and call is flush:
                        continue
                    self.head.fault_all(spec + ",only=io")
                    call()
                    self.head.fault_all("none")
        self.assertEqual(os.pread(descriptor, 4096, 0), b"e" * 4096)

    def test_only_the_owner_and_root_may_write(self):
        code = ("import os,sys\n"
                f"f, n = sys.argv[1], '{XATTR}iopolicy'\n"
                "print(os.getxattr(f, n).decode().strip())\n"
                "os.setxattr(f, n, b'round-robin')\n")
        os.chmod(self.scratch, 0o755)
        for file in (self.head.file, self.head.control):
            result = subprocess.run(["/usr/bin/python3", "-c", code, file], capture_output=True,
                                    text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
                                    preexec_fn=drop_privileges(65534, 65534))
            self.assertEqual(result.stdout, "numa\n", result.stderr)
            # EPERM would say that nobody can set it.
            self.assertIn(f"PermissionError: [Errno {errno.EACCES}]", result.stderr, file)
        self.assertEqual(self.head.get("iopolicy").strip(), "numa")

    def test_capacity_of_the_file_is_the_disks(self):
        self.assertEqual(os.stat(self.head.file).st_size, 64 * MIB)


if __name__ == "__main__":
    main()
