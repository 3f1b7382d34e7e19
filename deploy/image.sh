#!/usr/bin/env bash
# The image of the service, by whichever of docker, podman and buildah is here. The same source gives the same image.
#
#   image.sh [--tag TAG] [--no-cache] [--output FOLDER]
#
# Writes into FOLDER (build/image):
#   spira-reconciler.tar          the image as an archive, for docker load, podman load, ctr images import, kind load
#   spira-reconciler.spdx.json    what is in it (SPDX 2.3)
# and prints name, id and size. Where no registry can be reached the base is made from Debian's packages by mmdebstrap,
# under the same name. $RECONCILER_IMAGE_BUILDER names the program to build with.
# Exit codes: 0 done, 1 the image cannot be built, 2 wrong usage, 77 this machine has not what it takes.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Time stamps of all that is in the image: the day of its base.
export SOURCE_DATE_EPOCH=1787529600
# Where no container may be made in a container, buildah does with a change of root.
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
sbom=usr/share/sbom/spira-reconciler.spdx.json

say() { printf '%s\n' "$*" >&2; }

die() {
  say "image: $*"
  exit 1
}

# What is not the fault of the source.
lacks() {
  say "image: $*"
  exit 77
}

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

parse_options() {
  tag=$(version) output=$root/build/image build_options=()
  while (($#)); do
    case $1 in
      --tag) tag=${2:?--tag needs a word} && shift ;;
      --output) output=${2:?--output needs a folder} && shift ;;
      --no-cache) build_options+=(--no-cache) ;;
      help | -h | --help) usage && exit ;;
      *) usage >&2 && exit 2 ;;
    esac
    shift
  done
  name=spira-reconciler:$tag
}

version() { sed -n 's/^project(spira_reconciler VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt"; }

# The commit that the tree is at; `-dirty` when it has more than that.
revision() { git -C "$root" describe --always --abbrev=40 --dirty --exclude '*' 2>/dev/null || true; }

# A docker program without a daemon is none.
choose_builder() {
  builder=${RECONCILER_IMAGE_BUILDER:-}
  if [[ $builder ]]; then
    command -v "$builder" >/dev/null || die "there is no program $builder"
  elif docker info >/dev/null 2>&1; then
    builder=docker
  else
    builder=$(basename "$(command -v podman || command -v buildah || true)")
  fi
  [[ $builder ]] || lacks "needs docker (running), podman or buildah (Debian: apt-get install buildah mmdebstrap)"
}

base() { sed -n 's/^ARG BASE=//p' "$root/deploy/Dockerfile"; }

has_base() {
  case $builder in
    docker) docker image inspect "$(base)" ;;
    podman) podman image exists "$(base)" ;;
    buildah) buildah inspect --type image "$(base)" ;;
  esac >/dev/null 2>&1
}

get_base() {
  local name
  name=docker.io/library/$(base)
  if has_base; then return; fi
  say "image: fetching the base $name"
  "$builder" pull "$name" >/dev/null 2>&1 || make_base "$name"
}

# The same packages, as Debian has them now.
make_base() {
  local folder container
  command -v mmdebstrap >/dev/null ||
    lacks "no registry has $1 in reach, and mmdebstrap is not here to make it (Debian: apt-get install mmdebstrap)"
  say "image: no registry in reach; making the base from Debian's packages"
  folder=$(mktemp -d)
  # shellcheck disable=SC2064  # this folder
  trap "rm -rf '$folder'" EXIT
  mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    bookworm "$folder/base.tar" >&2 || lacks "mmdebstrap cannot make the base"
  if [[ $builder != buildah ]]; then
    "$builder" import "$folder/base.tar" "$1" >/dev/null
    return
  fi
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder/base.tar" / >/dev/null
  buildah config --cmd /bin/bash --label gitops.spira.dev/base=mmdebstrap "$container"
  buildah commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" "$1" >/dev/null
}

# What varies is labelled from here: of a label that comes from an argument buildah 1.28 takes the step that it has, whatever the
# value was then.
build() {
  local resolved=docker.io/library/$name arguments=(--file "$root/deploy/Dockerfile" --tag "$name" --build-arg "VERSION=$tag"
    --label "org.opencontainers.image.version=$tag" --label "org.opencontainers.image.revision=$(revision)"
    --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "${build_options[@]}")
  case $builder in
    docker) DOCKER_BUILDKIT=1 docker build "${arguments[@]}" "$root" && docker save --output "$1" "$name" ;;
    # Without a registry in its name podman calls it localhost/…, which no node looks for.
    podman) podman build --layers --pull=never --timestamp "$SOURCE_DATE_EPOCH" "${arguments[@]}" --tag "$resolved" "$root" &&
      podman save --quiet --format docker-archive --output "$1" "$resolved" ;;
    buildah) buildah build --layers --pull-never --timestamp "$SOURCE_DATE_EPOCH" "${arguments[@]}" \
      --ignorefile "$root/deploy/Dockerfile.dockerignore" "$root" &&
      buildah push --quiet "$name" "docker-archive:$1:$resolved" ;;
  esac >&2
}

# extract_sbom ARCHIVE: prints the list that the image carries.
extract_sbom() {
  local layer
  for layer in $(tar -tf "$1" | grep -E '(^|/)([0-9a-f]{64}|layer)(\.tar)?$'); do
    if tar -xOf "$1" "$layer" | gzip -cdf 2>/dev/null | tar -xO "$sbom" 2>/dev/null; then return; fi
  done
  die "the image has no $sbom"
}

# image_id ARCHIVE: the digest of its configuration, which names the digests of its layers.
image_id() {
  tar -xOf "$1" manifest.json | grep -o '"Config":"[^"]*"' | grep -oE '[0-9a-f]{64}'
}

main() {
  local archive
  parse_options "$@"
  choose_builder
  mkdir -p "$output"
  archive=$output/spira-reconciler.tar
  get_base
  rm -f "$archive.new"
  build "$archive.new" || die "the image cannot be built"
  extract_sbom "$archive.new" >"$output/spira-reconciler.spdx.json"
  mv "$archive.new" "$archive"
  printf '%s sha256:%s %s MB\n' "$name" "$(image_id "$archive")" "$(($(stat -c %s "$archive") / 1000000))"
}

main "$@"
