#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scsimpathctl: its verbs, what they print, and their exit status."""
import json
import os
import shutil

from harness import CTL, MountTest, check, drop_privileges, main, run
from mounts import Mount, emulated


class Ctl(MountTest):
    def setUp(self):
        super().setUp()
        self.mount = Mount(self, emulated(self, size="64MiB", paths=2),
                           "checker_interval=0.2,no_path_timeout=queue")
        self.head = self.mount.head()

    def ctl(self, *arguments):
        result = check(CTL, *arguments)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def refused(self, *arguments, word, status=1):
        result = run(CTL, *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(word, result.stderr)

    def test_list(self):
        for arguments in ((self.mount.dir,), ()):
            text = self.ctl("list", *arguments)
            for word in (self.head.name, "64M", "numa", "emu0", "emu1", "running",
                         "active/optimized"):
                self.assertIn(word, text)
        listed = json.loads(self.ctl("list", self.mount.dir, "--json"))
        heads = listed["heads"] if "heads" in listed else listed[0]["heads"]
        self.assertEqual(heads[0]["name"], self.head.name)
        self.assertEqual(set(heads[0]), set(self.mount.status()["heads"][0]))

    def test_explain(self):
        text = self.ctl("explain", self.head.file)
        self.assertIn("the next read or write takes emu0", text)
        self.assertIn("emu1  running: ", text)
        self.assertIn("nothing went wrong", text)
        self.head.fault("emu0", "offline")
        with open(self.head.file, "rb") as file:
            file.read(4096)
        text = self.ctl("explain", self.head.file)
        self.assertIn("the next read or write takes emu1", text)
        self.assertIn("emu0  failed: ", text)
        self.assertIn("no connection (host byte 01)", text)
        self.assertIn(f"path-failed {self.head.name} emu0", text)
        self.head.fault("emu1", "offline")
        self.head.wait_state("holding")
        text = self.ctl("explain", self.head.file)
        self.assertIn("no path is usable", text)
        self.assertIn("no_path_timeout fail", text)
        self.head.fault_all("none")
        self.refused("explain", self.mount.dir, word="scsimpathctl list")

    def test_list_check(self):
        self.assertEqual(run(CTL, "list", "--check", self.mount.dir).returncode, 0)
        self.head.set("path.emu0.state", "offline")
        self.assertEqual(run(CTL, "list", "--check", self.mount.dir).returncode, 1)
        self.head.set("path.emu1.state", "offline")
        self.assertEqual(run(CTL, "list", "--check", self.mount.dir).returncode, 2)
        self.head.set("no_path_timeout", "fail")
        self.assertEqual(run(CTL, "list", "--check", self.mount.dir).returncode, 2)
        self.assertEqual(self.head.status()["state"], "failed")

    def test_show(self):
        for target in (self.mount.dir, self.head.file):
            text = self.ctl("show", target)
            for word in (self.head.name, "emu0", "io_timeout", "commands", "next path  emu0\n",
                         "use      takes the next command\n"):
                self.assertIn(word, text)
        self.assertIn(self.head.name, self.ctl("show", self.head.file, "--json"))

    def test_get_and_set(self):
        self.assertEqual(self.ctl("get", self.head.file, "iopolicy"), "numa\n")
        self.ctl("set", self.head.file, "iopolicy", "round-robin")
        self.assertEqual(self.ctl("get", self.head.file, "iopolicy"), "round-robin\n")
        by_id = f"{self.mount.dir}/by-id/{os.listdir(self.mount.dir + '/by-id')[0]}"
        self.assertEqual(self.ctl("get", by_id, "iopolicy"), "round-robin\n")
        self.assertIn(self.head.status()["wwid"], self.ctl("get", self.head.file, "wwid"))
        self.refused("set", self.head.file, "iopolicy", "Numa", word="Numa")
        self.refused("set", self.head.file, "nosuch", "1", word="nosuch")
        self.refused("set", self.head.file, "wwid", "naa.1", word="wwid")
        self.refused("get", self.head.file, "nosuch", word="nosuch")
        self.refused("get", self.path("missing"), "iopolicy", word="missing")
        self.refused("get", self.mount.log_path, "iopolicy", word=self.mount.log_path)

    def test_paths_and_faults(self):
        self.ctl("path", self.head.file, "emu0", "offline")
        self.assertEqual(self.head.paths()["emu0"]["state"], "offline")
        self.ctl("path", self.head.file, "emu0", "running")
        self.head.wait_running("emu0")
        self.ctl("path", self.head.file, "emu1", "fault", "sense=2/04/0b,count=1,only=read")
        self.assertIn("count=1", self.head.get("path.emu1.fault"))
        self.ctl("path", self.head.file, "emu1", "fault", "none")
        self.refused("path", self.head.file, "emu9", "offline", word="emu9")
        self.refused("path", self.head.file, "emu0", "fault", "nosuch", word="nosuch")

    def test_who_may_set(self):
        os.chmod(self.scratch, 0o755)
        shared = Mount(self, emulated(self, "shared.img", "64MiB"), "allow_other,mode=0666")
        # Others may not look into the folder of the build.
        program = shutil.copy(shutil.which(CTL), self.path("scsimpathctl"))
        result = run(program, "set", shared.head().file, "iopolicy", "round-robin",
                     preexec_fn=drop_privileges(65534, 65534))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(result.stderr, "scsimpathctl: iopolicy: only the owner of the mount and "
                                        "root may set it\n")
        self.refused("set", shared.head().file, "path.emu0.state", "up", word="offline and running")

    def test_while_io_is_held(self):
        self.head.fault_all("offline")
        writer = self.spawn("dd", "if=/dev/zero", f"of={self.head.file}", "bs=4k", "count=1",
                            "conv=notrunc", stderr=open(os.devnull, "w"))
        self.head.wait_held(1)
        with self.within(2, "list while I/O is held"):
            self.assertIn("holding", self.ctl("list", self.mount.dir))
        with self.within(2, "set while I/O is held"):
            self.ctl("set", self.head.file, "no_path_timeout", "fail")
        writer.wait(timeout=30)
        self.assertNotEqual(writer.returncode, 0)

    def test_candidates(self):
        result = run(CTL, "candidates")
        self.assertIn(result.returncode, (0, 1))
        self.assertTrue(result.stdout or len(result.stderr.splitlines()) == 1)
        self.assertRegex(self.ctl("candidates", self.mount.dir),
                         rf"(?m)^emulated:1  used     path emu1 of {self.head.file}$")
        found = json.loads(self.ctl("candidates", "--json", self.mount.dir))
        self.assertEqual(found, [{"name": name, "device": path["device"],
                                  "wwid": self.head.status()["wwid"], "used": True,
                                  "reason": f"path {name} of {self.head.file}"}
                                 for name, path in self.head.paths().items()])

    def test_several_mounts(self):
        second = Mount(self, emulated(self, "second.img", "64MiB"))
        text = self.ctl("list")
        self.assertIn(self.head.name, text)
        self.assertIn(second.head().name, text)

    def test_a_mount_that_is_none(self):
        self.refused("list", self.path("missing"), word="missing")
        self.refused("list", self.scratch, word=self.scratch)
        self.mount.unmount()
        result = run(CTL, "list")
        self.assertEqual((result.returncode, result.stdout), (0, ""))


if __name__ == "__main__":
    main()
