# The same cluster where Docker and kind are: as deploy/kind has it.

has_kind_nodes() { [[ -e $dir/kind ]]; }

start_kind() {
  local program
  for program in docker kind; do
    command -v "$program" >/dev/null || die "--nodes kind needs $program, which is not here; --nodes real needs neither"
  done
  docker info >/dev/null 2>&1 || die "--nodes kind needs Docker to run, and it does not answer; --nodes real needs none"
  touch "$dir/kind"
  kind get clusters 2>/dev/null | grep -qx spira ||
    kind create cluster --config "$here/../../deploy/kind/cluster.yaml" --kubeconfig "$dir/admin.kubeconfig" --wait 120s
  kind export kubeconfig --name spira --kubeconfig "$dir/admin.kubeconfig" >/dev/null 2>&1
}

end_kind() {
  kind delete cluster --name spira --kubeconfig "$dir/admin.kubeconfig"
  rm -f "$dir/kind"
}

load_on_kind() { kind load image-archive --name spira "$1"; }
