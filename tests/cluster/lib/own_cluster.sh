# Use of a cluster that the person already has, instead of the one that is built here.

is_own_cluster() { [[ ${RECONCILER_CLUSTER_KUBECONFIG:-} || ${RECONCILER_CLUSTER_CONTEXT:-} ]]; }

own_kubectl() {
  local options=()
  [[ -z ${RECONCILER_CLUSTER_KUBECONFIG:-} ]] || options+=(--kubeconfig "$RECONCILER_CLUSTER_KUBECONFIG")
  [[ -z ${RECONCILER_CLUSTER_CONTEXT:-} ]] || options+=(--context "$RECONCILER_CLUSTER_CONTEXT")
  kubectl "${options[@]}" "$@"
}

# The one context alone, with its certificates inline: whoever reads the file meets no other cluster.
adopt_own_cluster() {
  command -v kubectl >/dev/null || die "a cluster of one's own needs kubectl on PATH"
  (umask 077 && own_kubectl config view --raw --minify --flatten >"$dir/admin.kubeconfig")
  apiserver_is_ready || die "the API server of the given context is not ready"
}

own_cluster_address() {
  local field='{.clusters[0].cluster'
  printf 'server: "%s", certificate-authority-data: "%s"' \
    "$(admin_kubectl config view --raw -o "jsonpath=$field.server}")" \
    "$(admin_kubectl config view --raw -o "jsonpath=$field.certificate-authority-data}")"
}
