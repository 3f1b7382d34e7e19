#!/usr/bin/env python3
"""Says which Debian packages the files of an image come from.

    sbom.py IMAGE NAME VERSION

Writes below the folder IMAGE, whose files were copied from this system:
    usr/share/sbom/NAME.spdx.json     SPDX 2.3
    var/lib/dpkg/status.d/PACKAGE     where scanners of images without a package manager look
Times are $SOURCE_DATE_EPOCH, so that the same files give the same bytes.
"""
import datetime
import hashlib
import json
import os
import subprocess
import sys

FIELDS = ("binary:Package", "Version", "Architecture", "Maintainer", "Homepage", "source:Package", "source:Version")


def files_below(folder):
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            yield os.path.join(path, name)


def owner_of(path):
    """The package that owns a file of this system; None for what no package brought."""
    for name in (path, os.path.realpath(path), "/usr" + path):
        told = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            return told.stdout.split(": ")[0].split(",")[0]
    # Made from all that the package holds, by its own script.
    return "ca-certificates" if path.endswith("/ca-certificates.crt") else None


def described(package):
    pattern = "\\x1f".encode().decode("unicode_escape").join("${" + field + "}" for field in FIELDS)
    text = subprocess.run(["dpkg-query", "--show", "--showformat", pattern, package],
                          capture_output=True, text=True, check=True).stdout
    return dict(zip(FIELDS, text.split("\x1f")))


def licences(package):
    """The short names of the package's copyright file, where it has the machine-readable form."""
    path = f"/usr/share/doc/{package.split(':')[0]}/copyright"
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        return sorted({line.split(":", 1)[1].strip() for line in file if line.startswith("License:")} - {""})


def package_entry(told):
    name, version = told["binary:Package"].split(":")[0], told["Version"]
    entry = {
        "SPDXID": "SPDXRef-Package-" + name.replace("+", "-"),
        "name": name,
        "versionInfo": version,
        "supplier": "Organization: " + (told["Maintainer"].replace("<", "(").replace(">", ")") or "Debian"),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from {told['source:Package']} {told['source:Version']}",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{name}@{version}?arch={told['Architecture']}&distro=debian-12",
        }],
    }
    if told["Homepage"]:
        entry["homepage"] = told["Homepage"]
    names = licences(told["binary:Package"])
    if names:
        entry["licenseComments"] = "Debian's copyright file names: " + ", ".join(names)
    return entry


def document(name, version, packages):
    created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    own = {"SPDXID": "SPDXRef-Package-" + name, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
           "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
           "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION"}
    identity = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()[:32]
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                  "relatedSpdxElement": own["SPDXID"]}]
    relations += [{"spdxElementId": own["SPDXID"], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": each["SPDXID"]}
                  for each in packages]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}",
        "documentNamespace": f"https://gitops.spira.dev/sbom/{name}-{version}-{identity}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: deploy/sbom.py"]},
        "packages": [own] + packages,
        "relationships": relations,
    }


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def status_of(package):
    return subprocess.run(["dpkg-query", "--status", package], capture_output=True, text=True, check=True).stdout


def main():
    image, name, version = sys.argv[1:]
    owners = {owner_of(path[len(image):]) for path in files_below(image)} - {None}
    told = sorted((described(owner) for owner in owners), key=lambda each: each["binary:Package"])
    for each in told:
        package = each["binary:Package"].split(":")[0]
        write(f"{image}/var/lib/dpkg/status.d/{package}", status_of(each["binary:Package"]))
    text = json.dumps(document(name, version, [package_entry(each) for each in told]), indent=2)
    write(f"{image}/usr/share/sbom/{name}.spdx.json", text + "\n")


if __name__ == "__main__":
    main()
