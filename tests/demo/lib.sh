# shellcheck shell=bash
# The steps of the demo. Sourced by demo.sh, which sets root: the checkout.
: "${root:?}"
cluster_script=$root/tests/cluster/cluster.sh
reconciler=${RECONCILER_BINARY:-$root/build/dev/bin/reconciler}
cluster_dir=${RECONCILER_CLUSTER_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spira-reconciler/demo-cluster}
work_dir=$(mktemp -d "${TMPDIR:-/tmp}/spira-demo.XXXXXX")
clone=$work_dir/spira
remote=$work_dir/spira.git
namespaces=(namespace/spira namespace/spira-chaos namespace/minio-operator)
service_pid="" service_url="" cluster_was_started=""

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
say() { printf '   %s\n' "$*"; }

kube() { "$cluster_script" kubectl --dir "$cluster_dir" "$@"; }
git_quietly() {
  local identity=(-c user.name=demo -c user.email=demo@example.org -c commit.gpgsign=false)
  git -C "$clone" "${identity[@]}" "$@" >"$work_dir/git.log" 2>&1 && return
  cat "$work_dir/git.log" >&2
  return 1
}

is_own_cluster() { [[ ${RECONCILER_CLUSTER_KUBECONFIG:-}${RECONCILER_CLUSTER_CONTEXT:-} ]]; }

start_cluster() {
  "$cluster_script" up --dir "$cluster_dir"
  ! is_own_cluster || refuse_what_is_in_use
  cluster_was_started=yes
  kube get nodes
}

# What the demo makes in a person's own cluster it also removes, so nothing of it may be there before.
refuse_what_is_in_use() {
  local found
  found=$(kube get --ignore-not-found -o name "${namespaces[@]}" namespace/spira-system \
    customresourcedefinition/environments.gitops.spira.dev | tr '\n' ' ')
  [[ -z $found ]] || { say "the demo would take over what is in this cluster: $found" >&2 && exit 1; }
}

# Everything of deploy/ but the Deployment: the service runs here, under the account that it would have there.
deploy_files=(namespace.yaml definitions service-account.yaml rbac.yaml rbac-manages.yaml rbac-grants.yaml)
install_definitions() {
  local file
  for file in "${deploy_files[@]}"; do
    kube apply --server-side --namespace spira-system -f "$root/deploy/$file" > /dev/null
  done
  kube wait --for=condition=Established customresourcedefinition/environments.gitops.spira.dev > /dev/null
  "$cluster_script" service-account-kubeconfig --dir "$cluster_dir"
}

make_repository() {
  git init --quiet --bare --initial-branch=main "$remote"
  git init --quiet --initial-branch=main "$clone"
  git -C "$clone" config push.default current # A plain `git push` shall do, on each branch.
  (cd "$root" && git ls-files -z sources overlays environments | xargs -0 cp --parents -t "$clone")
  git_quietly add -A
  git_quietly commit -m "The SPIRA stack"
  git_quietly remote add origin "$remote"
  git_quietly push origin main
  openssl rand -hex 32 > "$work_dir/token"
  openssl rand -hex 32 > "$work_dir/webhook-secret"
}

start_service() {
  "$reconciler" serve --repository "$remote" --kubeconfig "$cluster_dir/service-account.kubeconfig" \
    --listen 127.0.0.1:0 --data-dir "$work_dir/data" --interval 30s --token-file "$work_dir/token" \
    --webhook-secret-file "$work_dir/webhook-secret" > "$work_dir/service.log" 2>&1 &
  service_pid=$!
  wait_for "the service listens" 15 service_listens
  service_url=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$work_dir/service.log" | head -n 1)
  say "service: $service_url, log: $work_dir/service.log"
  install_hook
}

service_listens() {
  kill -0 "$service_pid" 2> /dev/null || { cat "$work_dir/service.log" >&2; exit 1; }
  grep -q 'listening on http:' "$work_dir/service.log"
}

# A push tells the service at once, as a forge's webhook does: signed, with the branch in its body.
install_hook() {
  cat > "$remote/hooks/post-receive" <<HOOK
#!/usr/bin/env bash
while read -r _ commit ref; do
  body="{\"ref\":\"\$ref\",\"after\":\"\$commit\"}"
  signature=\$(printf %s "\$body" | openssl dgst -sha256 -hmac "\$(cat "$work_dir/webhook-secret")" | sed 's/.* //')
  curl --silent --show-error --max-time 10 --output /dev/null --header "X-Signature: sha256=\$signature" \\
    --header 'Content-Type: application/json' --data "\$body" "$service_url/webhooks/generic"
done
HOOK
  chmod +x "$remote/hooks/post-receive"
}

# wait_for WHAT SECONDS COMMAND...: asks the API server again and again, and tells how long it took.
wait_for() {
  local what=$1 seconds=$2 began now
  shift 2
  began=$(date +%s%N)
  until "$@"; do
    now=$(date +%s%N)
    if (((now - began) / 1000000000 >= seconds)); then
      printf '   not seen within %s s: %s\n' "$seconds" "$what" >&2
      [[ -s $work_dir/service.log ]] && tail -n 20 "$work_dir/service.log" >&2
      exit 1
    fi
    sleep 0.05
  done
  now=$(date +%s%N)
  say "seen after $(((now - began) / 1000000)) ms: $what"
}

environment_is_ready() {
  [[ $(kube get environment "$1" --ignore-not-found \
    -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.revision.head}' 2> /dev/null) == \
    "True $(git -C "$clone" rev-parse "$(branch_of "$1")" 2> /dev/null)" ]]
}
branch_of() { if [[ $1 == chaos ]]; then echo env/chaos; else echo main; fi; }
field_is() { [[ $(kube -n "$1" get "$2" -o "jsonpath=$3" 2> /dev/null) == "$4" ]]; }
exists() { kube -n "$1" get "$2" > /dev/null 2>&1; }
is_gone() { [[ -z $(kube -n "$1" get "$2" --ignore-not-found -o name) ]]; }

# edit_file FILE replace_after MARK OLD NEW: the first line with OLD after the line with MARK gets NEW instead.
edit_file() {
  local file=$clone/$1 mark=$3 old=$4 new=$5
  sed -i "/$mark/,/$old/s/$old/$new/" "$file"
}

add_manifest() {
  cat > "$clone/overlays/kind-dev/hello.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: hello
data:
  from: git
YAML
  sed -i 's|^  - ../../sources/spira$|&\n  - hello.yaml|' "$clone/overlays/kind-dev/kustomization.yaml"
}

remove_manifest() {
  rm "$clone/overlays/kind-dev/hello.yaml"
  sed -i '/^  - hello.yaml$/d' "$clone/overlays/kind-dev/kustomization.yaml"
}

push() {
  git_quietly add -A
  git_quietly commit -m "$1"
  git_quietly push origin main
  say "pushed: $1"
}

merge_into_chaos() {
  git_quietly branch env/chaos main
  git_quietly push origin env/chaos
}

explain() {
  say "status:    curl $service_url/api/v1/environments"
  say "kubectl:   export KUBECONFIG=$cluster_dir/admin.kubeconfig; kubectl get environments"
  say "repository: $clone (edit, commit, git push)"
  say "resync:    $reconciler sync kind-dev --server $service_url --token-file $work_dir/token"
  if is_own_cluster; then
    say "Ctrl-C ends the service and removes what it made in the cluster."
  else
    say "Ctrl-C ends the service and the cluster."
  fi
}

leave_own_cluster() {
  say "removing what the demo made in this cluster"
  kube delete --ignore-not-found "${namespaces[@]}" > /dev/null
  kube delete --ignore-not-found --selector gitops.spira.dev/environment \
    customresourcedefinitions,clusterroles,clusterrolebindings > /dev/null
  kube delete --ignore-not-found --namespace spira-system "${deploy_files[@]/#/--filename=$root/deploy/}" > /dev/null
}

clean_up() {
  local code=$?
  trap - EXIT
  if [[ $service_pid ]]; then
    kill "$service_pid" 2> /dev/null || true
    wait "$service_pid" 2> /dev/null || true
  fi
  if [[ $cluster_was_started ]]; then
    ! is_own_cluster || leave_own_cluster || true
    "$cluster_script" reset --dir "$cluster_dir" || true
  fi
  rm -rf "$work_dir"
  exit "$code"
}
