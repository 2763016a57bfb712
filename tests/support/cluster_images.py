"""Images as a node's containerd keeps them, unpacked once for this machine and given to nodes as hard links.

What is unpacked is never written to again, so that nodes can share it; containerd's own books are copied.
`python -m support.cluster_images` unpacks what a cluster with HybridFace takes.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from build_images import PRODUCTS, archive
from support.cluster_node_files import SOCKET

_BOOKS = "*/*.db"
_UNPACK = f"""
mount -t tmpfs tmpfs /run
root=$1
shift
containerd --root="$root" --address={SOCKET} --state=/run/containerd --log-level=warn &
until ctr version >/dev/null 2>&1; do kill -0 $!; sleep 0.1; done
for archive; do ctr --namespace=k8s.io images import "$archive"; done
kill $!
wait $! || true
"""


def unpacked(images: Sequence[str]) -> Path:
    """A folder with these images, built and unpacked first where that is not done yet.

    Raises:
        ImageError: one cannot be built.
        RuntimeError: containerd does not take them; with what it said.
    """
    archives = [archive(image) for image in images]
    cache = archives[0].parent
    names = " ".join(path.name for path in archives)
    place = cache / f"unpacked-{hashlib.sha256(names.encode()).hexdigest()[:16]}"
    with (cache / "unpacked.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_dir():
            for old in cache.glob("unpacked-*"):
                shutil.rmtree(old)
            _unpack(archives, cache / "unpacked-")
            (cache / "unpacked-").rename(place)
    return place


def share(store: Path, root: Path) -> None:
    """Makes `root` a store of its own with the same images."""
    linked = subprocess.run(["cp", "--archive", "--link", str(store), str(root)], capture_output=True, check=False)
    if linked.returncode:  # another file system
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "--archive", str(store), str(root)], check=True)
        return
    for book in root.glob(_BOOKS):
        shutil.copy2(book, book.with_suffix(".new"))
        book.with_suffix(".new").rename(book)


def _unpack(archives: Sequence[Path], root: Path) -> None:
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"]
    command = [*apart, "bash", "-ec", _UNPACK, "unpack", str(root), *map(str, archives)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"containerd does not take the images: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    unpacked(["pause", *PRODUCTS])
