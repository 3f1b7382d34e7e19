"""`deploy/image.sh`, with a program that notes what is asked of buildah, podman or docker and has an archive at hand."""
import gzip
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ID = "a" * 64
SBOM = "usr/share/sbom/spira-reconciler.spdx.json"
BUILDER = """#!/bin/sh
echo "$@" >>"$STATE/asked"
case "$*" in
  push*) file=${4#docker-archive:}; cp "$STATE/archive" "${file%%:*}" ;;
  save*) file=${*##*--output }; cp "$STATE/archive" "${file%% *}" ;;
esac
"""


def tar(files):
    """An archive of these files: path → bytes."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


class ImageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("buildah", "podman", "docker"):
            program = self.folder / name
            program.write_text(BUILDER)
            program.chmod(0o755)
        self.archive(tar({SBOM: b"{}\n"}))

    def archive(self, layer):
        manifest = json.dumps([{"Config": f"{ID}.json"}], separators=(",", ":")).encode()
        (self.folder / "archive").write_bytes(tar({"manifest.json": manifest, "b" * 64 + ".tar": layer}))

    def image(self, *arguments, builder="buildah"):
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "STATE": str(self.folder),
                       "RECONCILER_IMAGE_BUILDER": builder}
        return subprocess.run([ROOT / "deploy" / "image.sh", "--output", self.folder / "image", *arguments], env=environment,
                              capture_output=True, text=True, check=True).stdout

    def asked(self, verb):
        return next(line for line in (self.folder / "asked").read_text().splitlines() if line.startswith(verb + " "))

    def test_the_archive_and_its_list_are_where_they_are_wanted(self):
        self.assertEqual(self.image("--tag", "1.2").split()[:2], ["spira-reconciler:1.2", f"sha256:{ID}"])
        self.assertTrue((self.folder / "image" / "spira-reconciler.tar").exists())
        self.assertEqual((self.folder / "image" / "spira-reconciler.spdx.json").read_text(), "{}\n")

    def test_podman_s_image_has_the_name_that_nodes_look_for(self):
        self.image("--tag", "1.2", builder="podman")
        for verb in ("build", "save"):
            self.assertIn("docker.io/library/spira-reconciler:1.2", self.asked(verb))

    def test_docker_needs_no_driver_of_its_own(self):
        self.image("--tag", "1.2", builder="docker")
        self.assertIn("--tag spira-reconciler:1.2", self.asked("build"))
        self.assertIn("spira-reconciler:1.2", self.asked("save"))

    def test_the_list_is_found_in_a_compressed_layer(self):
        self.archive(gzip.compress(tar({SBOM: b"{}\n"})))
        self.image("--tag", "1.2", builder="docker")
        self.assertEqual((self.folder / "image" / "spira-reconciler.spdx.json").read_text(), "{}\n")

    def test_what_varies_is_labelled_by_value(self):
        """And not by an argument of the Dockerfile, whose value buildah 1.28 leaves out when it looks for a step that it has."""
        self.image("--tag", "1.2")
        commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--abbrev=40", "--dirty", "--exclude", "*"],
                                capture_output=True, text=True, check=False).stdout.strip()
        for label in ("version=1.2", f"revision={commit}"):
            self.assertIn(f"--label org.opencontainers.image.{label} ", self.asked("build"))


if __name__ == "__main__":
    unittest.main()
