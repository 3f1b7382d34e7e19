#!/usr/bin/env bash
# Prints the folder of Flux's controllers (bin/) and of their definitions (definitions/). They are built once, from the
# Go modules of one release of Flux, into the cache folder: about six minutes on two cores.
set -euo pipefail
shopt -s inherit_errexit

# Those of Flux 2.9.0.
controllers=(source-controller@v1.9.0 kustomize-controller@v1.9.0)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cluster_script=$here/../../cluster/cluster.sh
folder=${XDG_CACHE_HOME:-$HOME/.cache}/spira-reconciler/flux-$(printf '%s\n' "${controllers[@]}" | sha256sum | cut -c1-12)

# build_one CONTROLLER@VERSION WORK: a controller's module, with its API beside it, where its go.mod looks for that.
build_one() {
  local name=${1%@*} version=${1#*@} source=$2/${1%@*} modules
  "$go" mod download "github.com/fluxcd/$1" "github.com/fluxcd/$name/api@$version"
  modules=$("$go" env GOMODCACHE)/github.com/fluxcd
  cp -R --no-preserve=mode "$modules/$1" "$source"
  cp -R --no-preserve=mode "$modules/$name/api@$version" "$source/api"
  cp "$source"/config/crd/bases/*.yaml "$2/definitions"
  (cd "$source" && CGO_ENABLED=0 "$go" build -buildvcs=false -ldflags '-s -w' -o "$2/bin/$name" .)
}

build() {
  local controller work=$folder.part
  go=$("$cluster_script" go)
  export GOTOOLCHAIN=local GOWORK=off
  rm -rf "$work"
  mkdir -p "$work/bin" "$work/definitions"
  for controller in "${controllers[@]}"; do
    printf 'flux: building %s, once\n' "$controller" >&2
    build_one "$controller" "$work" >&2
  done
  (cd "$work" && rm -rf "${controllers[@]%@*}")
  mv "$work" "$folder"
}

mkdir -p "${folder%/*}"
exec 9>"$folder.lock"
flock 9
[[ -d $folder ]] || build
printf '%s\n' "$folder"
