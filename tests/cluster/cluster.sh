#!/usr/bin/env bash
# A real Kubernetes control plane on loopback, for the demo and the end-to-end tests: etcd, kube-apiserver,
# kube-controller-manager, kube-scheduler, and kwok, which plays the nodes. Versions are pinned in go.mod. With real nodes
# (`--nodes real`, nodes/) containers run, too.
#
#   cluster.sh build                                builds the binaries once, into the cache folder
#   cluster.sh bin                                  prints the folder of the binaries (kubectl among them)
#   cluster.sh go                                   prints the Go command that builds them, installed when there is none
#   cluster.sh up [--dir DIR] [--nodes simulated|real|kind] [--workers N] [--control-plane-only] [--port P] [--audit]
#   cluster.sh down [--dir DIR]                     ends the processes, keeps the data: a later `up` goes on from there
#   cluster.sh load [--dir DIR] ARCHIVE             brings an image to the nodes, from what `docker save` writes
#   cluster.sh reset [--dir DIR]                    ends the processes and removes DIR
#   cluster.sh stop-apiserver [--dir DIR]           an outage of the API server; etcd and the rest go on
#   cluster.sh start-apiserver [--dir DIR]          ends the outage, on the same port; returns when it is ready
#   cluster.sh probe-nodes [--dir DIR]              does once what real nodes need; 77 when this machine does not allow it
#   cluster.sh nodes-bin                            prints the folder of what real nodes run (ctr among them)
#   cluster.sh workloads                            builds images of what sources/ runs, once; prints their folder
#   cluster.sh service-account-kubeconfig [--dir DIR]
#   cluster.sh env [--dir DIR]                      prints the exports for a shell
#   cluster.sh kubectl [--dir DIR] ARGUMENT...      kubectl as administrator of the cluster
#
# DIR holds everything of one cluster; any number of clusters run side by side, each in a DIR of its own. Default:
# $RECONCILER_CLUSTER_DIR, else `cluster` in the cache folder.
#   DIR/admin.kubeconfig              cluster administrator, by client certificate; made by up
#   DIR/service-account.kubeconfig    spira-system/spira-reconciler, by a token of a day; made by the verb of its name
#   DIR/pki/ca.crt                    the only CA that the API server's certificate verifies against
#   DIR/<part>.log, DIR/<part>.pid    of each process
#   DIR/audit.log                     every request by user, verb and object, one JSON a line (with --audit)
#
# --control-plane-only starts etcd and the API server alone: objects are stored and validated, nothing acts on them.
# --port is the API server's port, for a new DIR; a free one otherwise. The port of a DIR never changes.
# `up` is idempotent and repairs: it starts only what does not run. It prints nothing but errors, and the progress of a
# first build; it returns when the nodes are Ready. $RECONCILER_CLUSTER_BIN names a folder of built binaries, and then
# nothing is built.
#
# Nodes are simulated unless said otherwise; a DIR keeps its kind. Real ones are three workers, as in the thesis; they need
# Linux and root and nothing else, and a machine has room for one such cluster. `down` leaves nothing of them but DIR,
# also after a kill -9 or a reboot. `kind` ones are those of deploy/kind, by docker and kind; `down` removes them.
#
# With $RECONCILER_CLUSTER_KUBECONFIG or $RECONCILER_CLUSTER_CONTEXT set, `up` starts and builds nothing:
# DIR/admin.kubeconfig is then the named context of the person's own cluster, and kubectl the one on PATH. Only outages
# are refused there.
# Exit codes: 0 done, 1 failed, 2 wrong usage, 77 this machine cannot have real nodes (probe-nodes).
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
{
  source "$here/lib/common.sh"
  source "$here/lib/own_cluster.sh"
  source "$here/lib/go.sh"
  source "$here/lib/build.sh"
  source "$here/lib/processes.sh"
  source "$here/lib/pki.sh"
  source "$here/lib/parts.sh"
  source "$here/lib/nodes/real.sh"
  source "$here/lib/nodes/workloads.sh"
  source "$here/lib/nodes/kind.sh"
}

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

refuse() {
  say "cluster: $* (see: cluster.sh help)"
  exit 2
}

# Reads the options of every verb into dir, port, audit, nodes, control_plane_only; what follows them into arguments.
parse_options() {
  dir=${RECONCILER_CLUSTER_DIR:-$(cache_folder)/cluster} port="" audit="" nodes="" control_plane_only="" arguments=()
  while (($#)); do
    case $1 in
      --dir) dir=${2:?--dir needs a folder} && shift ;;
      --port) port=${2:?--port needs a number} && shift ;;
      --audit) audit=yes ;;
      --nodes) nodes=${2:?--nodes needs a kind} && shift ;;
      --workers) workers=${2:?--workers needs a number} && shift ;;
      --control-plane-only) control_plane_only=yes ;;
      *) arguments=("$@") && break ;;
    esac
    shift
  done
  [[ $dir == /* ]] || dir=$PWD/$dir
  [[ $nodes =~ ^(|simulated|real|kind)$ ]] || refuse "--nodes is simulated, real or kind, not $nodes"
  [[ $workers =~ ^[1-9]$ ]] || refuse "--workers is a number from 1 to 9"
}

refuse_arguments() {
  ((${#arguments[@]} == 0)) || refuse "unknown argument ${arguments[0]}"
}

up() {
  is_own_cluster || choose_nodes
  build_binaries
  make_folder
  if is_own_cluster; then
    adopt_own_cluster
    return
  fi
  with_lock "$dir/up.lock" start_everything
}

# Prints the kind of nodes that DIR has; nothing when it is a new one.
nodes_of_folder() {
  if has_real_nodes; then
    echo real
  elif has_kind_nodes; then
    echo kind
  elif [[ -e $dir/settled ]]; then
    echo simulated
  fi
}

# A DIR keeps the kind that it began with; a new one has simulated nodes unless told otherwise.
choose_nodes() {
  local present
  present=$(nodes_of_folder)
  nodes=${nodes:-${present:-simulated}}
  [[ ${present:-$nodes} == "$nodes" ]] || die "the cluster in $dir has $present nodes; remove it first (reset)"
  [[ $nodes != real ]] || refuse_without_means
}

start_everything() {
  if [[ $nodes == kind ]]; then
    start_kind
    return
  fi
  forget_dead_parts
  [[ $nodes != real ]] || prepare_real_nodes
  make_certificates
  start_control_plane
  [[ $control_plane_only ]] || "start_${nodes}_nodes"
}

# apply_objects PATH...
apply_objects() {
  admin_kubectl apply --server-side --force-conflicts "${@/#/--filename=}" >"$dir/objects.log" 2>&1 ||
    die "cannot create what the cluster begins with: $(<"$dir/objects.log")"
}

start_simulated_nodes() {
  start_part kube-controller-manager
  start_part kube-scheduler
  apply_objects "$here/objects"
  admin_kubectl wait --for=condition=Established crd/stages.kwok.x-k8s.io >/dev/null
  apply_objects "$(binaries_folder)/$stages_file" "$here/operators" "$here/pods"
  start_part kwok
  wait_until 60 "the nodes are Ready" nodes_are_ready
}

down() {
  case $(nodes_of_folder) in
    real) end_real_nodes ;;
    kind) end_kind ;;
    *) stop_control_plane ;;
  esac
}

# The API server first: without etcd it would keep its port for a while. It has no state to save, and asked politely it
# would wait for its watches to end.
stop_control_plane() {
  local part
  stop_part kube-apiserver 0
  for part in kwok kube-scheduler kube-controller-manager etcd; do stop_part "$part"; done
}

reset() {
  down
  [[ ! -e $dir ]] || [[ -e $dir/$folder_mark ]] || die "$dir is not a cluster's folder"
  rm -rf "$dir"
}

stop_apiserver() {
  ! is_own_cluster || die "an outage of a cluster of one's own is not ours to make"
  stop_part kube-apiserver 10
}

# Its workers are started anew: they would sit out a back-off of up to half a minute, and some end in an outage, those
# that come up in one above all.
start_apiserver() {
  local part workers=()
  [[ -e $dir/settled ]] || die "no cluster in $dir"
  for part in kube-controller-manager kube-scheduler kwok; do
    [[ -e $dir/$part.pid ]] || continue
    stop_part "$part"
    workers+=("$part")
  done
  forget_dead_parts
  start_part kube-apiserver
  wait_until 60 "the API server is ready" apiserver_is_ready
  for part in "${workers[@]}"; do start_part "$part"; done
}

load() {
  ((${#arguments[@]} == 1)) || refuse "load takes one archive"
  case $(nodes_of_folder) in
    real) load_on_real_nodes "${arguments[0]}" ;;
    kind) load_on_kind "${arguments[0]}" ;;
    *) die "the nodes of $dir run no images; start real ones: cluster.sh up --nodes real" ;;
  esac
}

print_env() {
  echo "export KUBECONFIG='$dir/admin.kubeconfig'"
  # shellcheck disable=SC2016  # the caller's shell expands PATH
  echo "export PATH='$(binaries_folder)':\"\$PATH\""
}

main() {
  local verb=${1:-}
  shift || refuse "a verb is missing"
  parse_options "$@"
  [[ $verb == kubectl || $verb == load ]] || refuse_arguments
  case $verb in
    build) build_binaries ;;
    bin) binaries_folder ;;
    go) find_go ;;
    up) up ;;
    down) down ;;
    load) load ;;
    probe-nodes) probe_real_nodes ;;
    nodes-bin) printf '%s/bin\n' "$(nodes_folder)" ;;
    workloads) build_workloads && workloads_folder ;;
    reset) reset ;;
    stop-apiserver) stop_apiserver ;;
    start-apiserver) start_apiserver ;;
    service-account-kubeconfig) write_service_account_kubeconfig ;;
    env) print_env ;;
    kubectl) admin_kubectl "${arguments[@]}" ;;
    help) usage ;;
    *) refuse "unknown verb $verb" ;;
  esac
}

main "$@"
