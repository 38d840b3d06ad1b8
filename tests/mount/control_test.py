#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Control answers at once whatever is held, and whoever waits for held I/O can be killed."""
import os
import signal
import sys

from harness import MountTest, check, main, wait_until
from mounts import MIB, XATTR, Mount, emulated

# One system call on a file, by its name, in a process of its own.
CALLER = """
import os, sys
call, file = sys.argv[1], sys.argv[2]
fd = os.open(file, os.O_RDWR)
print("ready", flush=True)
if call == "pwrite": os.pwrite(fd, b"x" * 4096, 0)
elif call == "pread": os.pread(fd, 4096, 0)
elif call == "fsync": os.fsync(fd)
elif call == "lseek": os.lseek(fd, 0, os.SEEK_DATA)
elif call == "pwrite-end": os.pwrite(fd, b"x" * 4096, 299 << 20)
elif call == "large":
    import threading
    def write(i): os.pwrite(fd, b"y" * (1 << 20), i << 20)
    threads = [threading.Thread(target=write, args=(i,)) for i in range(256)]
    [t.start() for t in threads]; [t.join() for t in threads]
"""


def asleep(pid, call):
    """Whether a process waits in this system call, for what no signal but a fatal one ends."""
    numbers = {"fsync": os.uname().machine == "x86_64" and 74 or 82,
               "lseek": os.uname().machine == "x86_64" and 8 or 62}
    with open(f"/proc/{pid}/syscall") as file:
        return file.read().split()[0] == str(numbers[call])


class Control(MountTest):
    def held_head(self):
        """A head all of whose paths are away."""
        head = Mount(self, emulated(self, size="300MiB", paths=2),
                     "no_path_timeout=queue,checker_interval=0.5,io_timeout=1").head()
        descriptor = os.open(head.file, os.O_RDWR)
        os.pwrite(descriptor, b"0" * 4096, 0)
        os.close(descriptor)
        head.fault_all("offline")
        return head

    def call(self, name, head):
        return self.spawn(sys.executable, "-c", CALLER, name, head.file)

    def control(self, head):
        """Everything a user may ask for, each within 100 ms."""
        mount = head.mount
        for file in (head.file, head.control):
            with self.within(0.1, f"listing the xattrs of {file}"):
                names = os.listxattr(file)
            for name in names:
                if name.startswith(XATTR):
                    with self.within(0.1, f"reading {name}"):
                        os.getxattr(file, name)
            with self.within(0.1, "stat"):
                os.stat(file)
        for name, value in (("iopolicy", "round-robin"), ("checker_interval", "0.5"),
                            ("no_path_timeout", "queue"), ("path.emu0.fault", "offline"),
                            ("path.emu1.state", "offline"), ("path.emu1.state", "running")):
            with self.within(0.1, f"setting {name}"):
                head.set(name, value)
        for name in ("status", "metrics"):
            if name in os.listdir(f"{mount.dir}/.scsimpath"):
                with self.within(0.1, name):
                    with open(f"{mount.dir}/.scsimpath/{name}") as file:
                        self.assertTrue(file.read())
        with self.within(0.1, "listing the mount"):
            self.assertIn(head.name, os.listdir(mount.dir))
        with self.within(0.1, "opening and closing the file"):
            os.close(os.open(head.file, os.O_RDONLY))

    def test_while_calls_are_held(self):
        for calls in (["pwrite"], ["fsync"], ["pread"], ["large", "pwrite-end", "fsync", "lseek"]):
            with self.subTest(calls=calls):
                head = self.held_head()
                children = []
                held = 0
                for name in calls:
                    children.append(self.call(name, head))
                    # While writes are held the kernel lets fsync and lseek wait for the inode's
                    # lock: they do not get as far as the file system.
                    if name == "lseek" or (name == "fsync" and held):
                        wait_until(lambda: asleep(children[-1].pid, name), 20, f"{name} waiting")
                    else:
                        held += 256 if name == "large" else 1
                        head.wait_held(held, 60)
                for _ in range(3):
                    self.control(head)
                head.fault_all("none")
                for child in children:
                    wait_until(lambda: child.poll() is not None, 60, "a held call's end")
                    self.assertEqual(child.returncode, 0)
                head.mount.unmount()
                os.unlink(self.path("disk.img"))

    def test_a_held_caller_can_be_killed(self):
        head = self.held_head()
        for call in ("pwrite", "pread", "fsync"):
            with self.subTest(call=call):
                child = self.call(call, head)
                head.wait_held(1)
                with self.within(1, f"killing a held {call}"):
                    child.send_signal(signal.SIGKILL)
                    wait_until(lambda: child.poll() is not None, 20, "the caller's end", tick=0.002)
                wait_until(lambda: head.status()["held"] == 0, 10, "nothing held")
        child = self.call("large", head)
        head.wait_held(256, 60)
        with self.within(5, "killing a process with 256 held writes"):
            child.send_signal(signal.SIGKILL)
            wait_until(lambda: child.poll() is not None, 60, "the caller's end", tick=0.002)
        wait_until(lambda: head.status()["held"] == 0, 20, "nothing held")
        head.fault_all("none")
        head.wait_running("emu0")
        check("dd", f"if={head.file}", "of=/dev/null", "bs=1M", "count=4", "iflag=direct")

    def test_while_every_path_hangs(self):
        head = Mount(self, emulated(self, size="300MiB", paths=2),
                     "no_path_timeout=queue,checker_interval=0.5,io_timeout=1").head()
        head.fault_all("hang")
        child = self.call("large", head)
        wait_until(lambda: (lambda s: s["held"] + s["in_flight"])(head.status()) >= 256, 60,
                   "256 writes on their way")
        with self.within(0.1, "reading the status"):
            head.status()
        with self.within(0.1, "setting"):
            head.set("iopolicy", "queue-depth")
        head.fault_all("none")
        wait_until(lambda: child.poll() is not None, 60, "the writes' end")
        self.assertEqual(child.returncode, 0)
        self.assertEqual(os.stat(head.file).st_size, 300 * MIB)


if __name__ == "__main__":
    main()
