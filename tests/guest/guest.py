# SPDX-License-Identifier: LGPL-2.1-or-later
"""One boot of the guest: its initramfs, its machine, and what it says while scenarios run.

The guest sees the file system of this machine read-only by 9p, with a tmpfs over it that takes what
it writes, and a folder for logs that both share. It tells its progress in lines on a virtio port:
`ready`, `begin NAME`, `end NAME STATUS`, `dirty` (it cannot go on to another scenario).
"""
import dataclasses
import lzma
import os
import selectors
import shlex
import shutil
import subprocess
import tempfile
import time

QEMU = "qemu-system-x86_64"
BUSYBOX = "/bin/busybox"
PROGRAMS = [QEMU, "busybox", "cpio", "depmod", "modprobe"]
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MODULES = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"]
APPLETS = ["cat", "insmod", "ln", "mkdir", "mount", "sh", "switch_root"]
BOOT = 15  # seconds on an idle machine, of which the first boot of a machine needs most
END = 5    # likewise, from the last scenario to the end of the process
GRACE = 90  # beyond a scenario's own limit, which the guest itself keeps: it cleans up and tells
REMARKS = {97: ", the kernel complained", 98: ", what it left could not be cleared away",
           124: ", over its limit", 137: ", over its limit"}


@dataclasses.dataclass
class Result:
    """How a scenario ended: 0 for well."""
    name: str
    status: int
    seconds: float
    remark: str = ""


@dataclasses.dataclass
class Outcome:
    """What a boot came to. The scenarios of the results have been run, in the order asked for."""
    results: list
    ready: float = 0.0
    wall: float = 0.0
    trouble: str = ""


def missing_programs():
    return [name for name in PROGRAMS if not shutil.which(name, path=SEARCH)]


def _program(name):
    return shutil.which(name, path=SEARCH)


def _initramfs(image, here, path):
    """Writes the first file system: busybox, the modules that lead to 9p, and init."""
    with tempfile.TemporaryDirectory(prefix="scsimpath-initramfs-") as root:
        for folder in ("bin", "dev", "lower", "modules", "proc", "root", "rw", "sys"):
            os.mkdir(f"{root}/{folder}")
        shutil.copy(_program("busybox"), f"{root}{BUSYBOX}")
        for applet in APPLETS:
            os.symlink("busybox", f"{root}/bin/{applet}")
        shutil.copy(f"{here}/init", f"{root}/init")
        os.chmod(f"{root}/init", 0o755)
        order = []
        for file in image.modules_for(*MODULES):
            name = os.path.basename(file).removesuffix(".xz")
            opened = lzma.open(file) if file.endswith(".xz") else open(file, "rb")
            with opened as source, open(f"{root}/modules/{name}", "wb") as target:
                shutil.copyfileobj(source, target)
            order.append(name)
        for name, text in {"order": "\n".join(order), "release": image.release,
                           "kernel": image.folder}.items():
            with open(f"{root}/modules/{name}", "w", encoding="utf-8") as file:
                file.write(f"{text}\n")
        names = "\n".join(os.path.relpath(os.path.join(folder, name), root)
                          for folder, folders, files in os.walk(root)
                          for name in [*folders, *files])
        with open(path, "wb") as archive:
            subprocess.run([_program("cpio"), "-o", "-H", "newc", "--quiet"], cwd=root, check=True,
                           input=names.encode(), stdout=archive)


def _start_script(path, here, build, scenarios, patience):
    """What the guest runs once it stands on this machine's file system."""
    search = f"{build}/src/daemon:{build}/src/ctl:{SEARCH}"
    words = [f"{name}:{limit:.0f}" for name, limit in scenarios]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"export PATH={shlex.quote(search)} HOME=/root LC_ALL=C.UTF-8\n"
                   f"export GUEST={shlex.quote(here)} BUILD={shlex.quote(build)}"
                   f" PATIENCE={patience:.0f}\n"
                   f"exec bash {shlex.quote(here)}/inside {shlex.join(words)}\n")


def _virtio_scsi(folder):
    """Two controllers onto one image, and QEMU's own control, QMP, on a port."""
    lun = f"{folder}/lun.img"
    with open(lun, "wb") as file:
        file.truncate(64 << 20)
    control = f"socket,path={folder}/qmp"
    arguments = ["-blockdev", f"driver=file,node-name=file,filename={lun}",
                 "-blockdev", "driver=raw,node-name=lun,file=file",
                 "-chardev", f"{control},id=q,server=on,wait=off", "-mon", "chardev=q,mode=control",
                 "-chardev", f"{control},id=qp",
                 "-device", "virtserialport,bus=ser.0,chardev=qp,name=qmp"]
    for i in range(2):
        # Each path can be slowed down by itself.
        arguments += ["-object", f"throttle-group,id=rate{i}", "-blockdev",
                      f"driver=throttle,node-name=lun{i},throttle-group=rate{i},file=lun"]
        arguments += ["-device", f"virtio-scsi-pci,id=hba{i}", "-device",
                      f"scsi-hd,id=path{i},bus=hba{i}.0,drive=lun{i},share-rw=on,serial=LUN0,"
                      "wwn=0x5000000000000001"]
    return arguments


MACHINES = {"": lambda folder: [], "virtio-scsi": _virtio_scsi}


def _command(image, folder, machine, icount):
    # Counted instructions instead of time: rates repeat, but say nothing of caches.
    clock = ["-accel", "tcg,thread=single,tb-size=512", "-icount", "shift=3,sleep=off"] if icount \
        else ["-accel", "tcg,thread=multi,tb-size=512"]
    return [
        _program(QEMU), *clock, "-machine", "pc,usb=off",
        "-cpu", "max,la57=off,erms=off", "-m", "2048",
        "-nodefaults", "-display", "none", "-no-reboot",
        "-kernel", image.image, "-initrd", f"{folder}/initramfs", "-append",
        "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable random.trust_cpu=on",
        "-serial", f"file:{folder}/console.log",
        "-device", "virtio-serial-pci,id=ser", "-chardev", "stdio,id=out,signal=off",
        "-device", "virtserialport,bus=ser.0,chardev=out,name=out",
        "-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
        "-virtfs", f"local,path={folder},mount_tag=out,security_model=none",
        *MACHINES[machine](folder)]


class _Lines:
    """The lines that a process writes, each waited for until a deadline."""

    def __init__(self, file):
        self._file = file
        self._text = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(file, selectors.EVENT_READ)

    def next(self, deadline):
        """The next one; None at the deadline, "" at the end."""
        while b"\n" not in self._text:
            if not self._selector.select(max(0.0, deadline - time.monotonic())):
                return None
            data = os.read(self._file.fileno(), 4096)
            if not data:
                return ""
            self._text += data
        line, _, self._text = self._text.partition(b"\n")
        return line.decode(errors="replace").strip()


def _follow(lines, scenarios, patience, start):
    """Listens until the guest has no more to say, or is late with it."""
    outcome = Outcome([])
    limits = dict(scenarios)
    name, begun = "", start
    deadline = start + BOOT * patience
    while True:
        line = lines.next(deadline)
        now = time.monotonic()
        if not line:
            what = "the guest was late" if line is None else "the guest ended too early"
            if name:
                outcome.results.append(Result(name, 1, now - begun, f", {what}"))
            outcome.trouble = f"{what} {f'in {name}' if name else 'between scenarios'}"
            return outcome
        word, *rest = line.split()
        if word == "ready":
            outcome.ready = now - start
        elif word == "begin":
            name, begun = rest[0], now
            deadline = now + limits[name] + GRACE * max(1.0, patience / 5)
        elif word == "end":
            outcome.results.append(Result(name, int(rest[1]), now - begun,
                                          REMARKS.get(int(rest[1]), "")))
            name = ""
            deadline = now + GRACE * max(1.0, patience / 5)
        elif word in ("dirty", "done"):
            return outcome


def run(image, folder, here, build, scenarios, patience, machine="", icount=False):
    """Boots once and runs the scenarios, (name, limit in seconds) each, as far as that goes."""
    _initramfs(image, here, f"{folder}/initramfs")
    _start_script(f"{folder}/start", here, build, scenarios, patience)
    start = time.monotonic()
    # Its standard input stays open: at its end the port would be closed.
    with open(f"{folder}/qemu.log", "wb") as log, \
            subprocess.Popen(_command(image, folder, machine, icount), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=log) as process:
        try:
            outcome = _follow(_Lines(process.stdout), scenarios, patience, start)
            if not outcome.trouble:
                process.wait(END * patience)
        except subprocess.TimeoutExpired:
            outcome.trouble = "the guest did not power off"
        finally:
            process.kill()
    outcome.wall = time.monotonic() - start
    os.unlink(f"{folder}/initramfs")
    if outcome.trouble and process.returncode not in (0, -9):
        with open(f"{folder}/qemu.log", errors="replace", encoding="utf-8") as log:
            outcome.trouble += f" (QEMU: {process.returncode} {log.read().strip()[-2000:]})"
    return outcome
