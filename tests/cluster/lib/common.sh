# Names and small helpers that all parts of the cluster's scripts share.

# In every folder of a cluster, so that `reset` removes nothing else.
folder_mark=.spira-cluster

say() { printf '%s\n' "$*" >&2; }

die() {
  say "cluster: $*"
  exit 1
}

cache_folder() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/spira-reconciler"; }

make_folder() {
  mkdir -p "$dir"
  chmod 700 "$dir"
  touch "$dir/$folder_mark"
}

# with_lock FILE COMMAND...: one at a time, also between processes. A killed holder leaves no lock behind.
with_lock() {
  local file=$1
  shift
  exec 9>"$file"
  flock -n 9 || { say "cluster: waiting for another run ($file)" && flock 9; }
  "$@"
  exec 9>&-
}

# wait_until SECONDS WHAT COMMAND...: asks until it is so. Ends early when a part of the cluster has died.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    refuse_dead_parts
    ((SECONDS < deadline)) || die "not in time: $what (logs: $dir)"
    sleep 0.1
  done
}
