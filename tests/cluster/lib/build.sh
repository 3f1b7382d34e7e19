# Builds the pinned binaries into the cache folder. An interrupted build goes on where it was: Go keeps what it has
# compiled.

# Name and package of each, in the order in which others wait for them.
binaries=(
  "kubectl k8s.io/kubernetes/cmd/kubectl"
  "kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver"
  "etcd go.etcd.io/etcd/server/v3"
  "kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager"
  "kube-scheduler k8s.io/kubernetes/cmd/kube-scheduler"
  "kwok sigs.k8s.io/kwok/cmd/kwok"
)
# How simulated nodes, pods and volumes behave, out of kwok's own module.
stages_file=kwok-stages.yaml

# Prints the folder; it is another one as soon as a pinned version changes.
binaries_folder() {
  if is_own_cluster; then
    dirname "$(command -v kubectl)"
  elif [[ ${RECONCILER_CLUSTER_BIN:-} ]]; then
    printf '%s\n' "$RECONCILER_CLUSTER_BIN"
  else
    printf '%s/cluster-%s/bin\n' "$(cache_folder)" "$(cat "$here/go.mod" "$here/go.sum" | sha256sum | cut -c1-12)"
  fi
}

build_binaries() {
  local bin
  ! is_own_cluster || return 0
  bin=$(binaries_folder)
  is_built "$bin" && return
  [[ -z ${RECONCILER_CLUSTER_BIN:-} ]] || die "RECONCILER_CLUSTER_BIN lacks binaries: $bin"
  mkdir -p "$bin"
  with_lock "$bin.lock" build_all "$bin"
}

is_built() {
  local entry
  for entry in "${binaries[@]}"; do [[ -x $1/${entry%% *} ]] || return; done
  [[ -e $1/$stages_file ]]
}

build_all() {
  local bin=$1 go entry
  is_built "$bin" && return
  go=$(find_go)
  say "cluster: building Kubernetes $(kubernetes_version), once; about 10 minutes on two cores"
  run_go download "fetching the modules" mod download
  for entry in "${binaries[@]}"; do build_one "$bin" "${entry%% *}" "${entry#* }"; done
  write_stages "$bin"
}

# build_one BIN NAME PACKAGE: in $go_folder when it is set, and with the linker's $flags.
build_one() {
  local bin=$1 name=$2 package=$3
  [[ ! -x $bin/$name ]] || return 0
  run_go "$name" "building $name" build -trimpath -buildvcs=false -ldflags "${flags:-$(linker_flags)}" -o "$bin/.$name" "$package"
  mv "$bin/.$name" "$bin/$name"
}

# run_go NAME TITLE ARGUMENT...: go with progress on stderr; its own words go to a log, and are shown when it fails.
run_go() {
  local name=$1 title=$2 log=$bin/../$1.log started=$SECONDS ticker status=0
  shift 2
  say "cluster: $title"
  while sleep 15 2>/dev/null >&2; do say "cluster: $title, $((SECONDS - started)) s"; done 9>&- &
  ticker=$!
  # shellcheck disable=SC2064  # this ticker, whatever the variable is later
  trap "kill $ticker 2>/dev/null || true" EXIT
  (cd "${go_folder:-$here}" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS=-mod=readonly nice "$go" "$@") >"$log" 2>&1 ||
    status=$?
  kill "$ticker" 2>/dev/null || true
  trap - EXIT
  ((status == 0)) || die "$title failed: $(tail -n 20 "$log")"
  say "cluster: $title: done in $((SECONDS - started)) s"
}

kubernetes_version() { sed -n 's|^\tk8s.io/kubernetes \(v[0-9.]*\).*|\1|p' "$here/go.mod"; }

# What `kubectl version` and the server's /version report; a plain build of the modules would say v0.0.0-master.
linker_flags() {
  local version major minor package
  version=$(kubernetes_version)
  IFS=. read -r major minor _ <<<"${version#v}"
  printf '%s' "-s -w"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf ' -X %s' "$package.gitVersion=$version" "$package.gitMajor=$major" "$package.gitMinor=$minor" \
      "$package.gitTreeState=clean"
  done
}

# The storage class is called `standard`, as KinD calls its own.
write_stages() {
  local bin=$1 stages file
  stages=$(cd "$here" && GOTOOLCHAIN=local GOWORK=off "$go" list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage
  for file in "$stages"/{node/fast,node/heartbeat-with-lease,pod/fast,volume/fast}/*.yaml; do
    grep -q '^kind: Stage$' "$file" || continue
    echo "---"
    sed 's/kwok-volume/standard/' "$file"
  done >"$bin/.$stages_file"
  mv "$bin/.$stages_file" "$bin/$stages_file"
}
