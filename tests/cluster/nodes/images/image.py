#!/usr/bin/env python3
"""An image of one layer, of static binaries and what else is named, as an archive that docker, podman and containerd load.

    image.py NAME ARCHIVE [--user UID] [--entrypoint PATH] SOURCE=PATH...

Each SOURCE becomes PATH in the image. The same files give the same archive.
"""
import argparse
import hashlib
import io
import json
import os
import platform
import tarfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("archive")
    parser.add_argument("--user", default="0")
    parser.add_argument("--entrypoint")
    parser.add_argument("files", nargs="+", metavar="SOURCE=PATH")
    return parser.parse_args()


def entry(name, size=0, mode=0o755, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name.lstrip("/"))
    info.size, info.mode, info.type = size, mode, kind
    return info


def layer_of(files):
    folders = {"tmp"}
    for _, path in files:
        folder = os.path.dirname(path.lstrip("/"))
        while folder:
            folders.add(folder)
            folder = os.path.dirname(folder)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for folder in sorted(folders):
            archive.addfile(entry(folder, mode=0o1777 if folder == "tmp" else 0o755, kind=tarfile.DIRTYPE))
        for source, path in sorted(files, key=lambda pair: pair[1]):
            with open(source, "rb") as file:
                content = file.read()
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
            archive.addfile(entry(path, len(content), mode), io.BytesIO(content))
    return out.getvalue()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def main():
    options = parse_arguments()
    files = [tuple(pair.split("=", 1)) for pair in options.files]
    layer = layer_of(files)
    config = json.dumps({
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": {"Entrypoint": [options.entrypoint or files[0][1]], "User": options.user, "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest(layer)]},
    }).encode()
    config_name, layer_name = digest(config) + ".json", digest(layer) + ".tar"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [options.name], "Layers": [layer_name]}]).encode()
    with tarfile.open(options.archive + ".new", "w") as archive:
        for name, content in ((config_name, config), (layer_name, layer), ("manifest.json", manifest)):
            archive.addfile(entry(name, len(content), 0o644), io.BytesIO(content))
    os.rename(options.archive + ".new", options.archive)


if __name__ == "__main__":
    main()
