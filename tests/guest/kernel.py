# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels for the guest: fetched as Debian packages, unpacked but not installed, and kept."""
import contextlib
import fcntl
import glob
import os
import re
import shutil
import subprocess
import tempfile

PACKAGES = {"6.1": "linux-image-amd64", "6.12": "linux-image-6.12-amd64"}


class Unavailable(Exception):
    """No kernel of that name is kept, nor can one be fetched; says why."""


class Kernel:
    """An unpacked kernel: its image, and the root that its lib/modules/RELEASE lies in."""

    def __init__(self, folder):
        self.folder = folder
        self.image = glob.glob(f"{glob.escape(folder)}/boot/vmlinuz-*")[0]
        self.release = os.path.basename(self.image).removeprefix("vmlinuz-")

    def modules_for(self, *names):
        """Files of these modules and of what they need, in the order to insert them in."""
        answer = _output("modprobe", "-d", self.folder, "-S", self.release, "--show-depends", "-a",
                         *names)
        files = [line.split()[1] for line in answer.splitlines() if line.startswith("insmod ")]
        return list(dict.fromkeys(files))


def default_cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return f"{base}/scsimpath-guest"


def get(version, cache):
    """The kernel of that version or package: a kept one, else fetched now. Others wait meanwhile."""
    folder = f"{os.path.realpath(cache)}/{version}"
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with _locked(f"{folder}.lock"):
        if not os.path.exists(folder):
            _fetch(PACKAGES.get(version, version), folder)
    return Kernel(folder)


@contextlib.contextmanager
def _locked(path):
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _output(*command, **options):
    """A command's standard output; its failure is told with what it said."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=False, timeout=600, env={**os.environ, "LC_ALL": "C.UTF-8"},
                            **options)
    if result.returncode:
        raise Unavailable(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout


def _real_package(package):
    """What a package without contents, named after a version only, stands for today."""
    for line in _output("apt-cache", "depends", package).splitlines():
        found = re.match(r"\s*Depends: (linux-image-\d\S*)$", line)
        if found:
            return found[1]
    return package


def _download(package, folder):
    _output("apt-get", "download", _real_package(package), cwd=folder)


def _fetch(package, folder):
    """Unpacks a package to a folder, which is there with all it holds or not at all."""
    if not re.match(r"linux-image-[a-z0-9.+-]+$", package):
        raise Unavailable("not a version known here, nor a package linux-image-…")
    work = tempfile.mkdtemp(prefix="fetch-", dir=os.path.dirname(folder))
    try:
        try:
            _download(package, work)
        except Unavailable:  # the lists may be older than the archive, or not be there yet
            _output("apt-get", "update")
            _download(package, work)
        [archive] = glob.glob(f"{glob.escape(work)}/*.deb")
        root = f"{work}/root"
        _output("dpkg-deb", "-x", archive, root)
        release = Kernel(root).release
        _output("depmod", "-b", root, release)
        os.rename(root, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
