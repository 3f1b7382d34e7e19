# The cluster's own certificate authority, certificates and kubeconfigs. Keys are ECDSA P-256: made in milliseconds.

make_certificates() {
  [[ ! -e $dir/pki/complete ]] || return 0
  mkdir -p "$dir/pki"
  make_authority
  make_certificate kube-apiserver /CN=kube-apiserver serverAuth "$(apiserver_names)"
  make_certificate admin /O=system:masters/CN=admin clientAuth
  make_certificate apiserver-to-kubelet /CN=apiserver-to-kubelet clientAuth
  make_certificate kwok /O=system:masters/CN=kwok clientAuth
  make_certificate kube-controller-manager /CN=system:kube-controller-manager clientAuth
  make_certificate kube-scheduler /CN=system:kube-scheduler clientAuth
  new_key service-account
  run_openssl pkey -in "$dir/pki/service-account.key" -pubout -out "$dir/pki/service-account.pub"
  touch "$dir/pki/complete"
}

apiserver_names() {
  printf '%s' "IP:127.0.0.1,IP:198.18.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default," \
    "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
}

run_openssl() {
  openssl "$@" 2>"$dir/pki/openssl.log" || die "openssl $1: $(<"$dir/pki/openssl.log")"
}

new_key() {
  run_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/pki/$1.key"
}

make_authority() {
  new_key ca
  run_openssl req -x509 -new -key "$dir/pki/ca.key" -out "$dir/pki/ca.crt" -days 3650 -subj "/CN=spira test cluster" \
    -addext keyUsage=critical,keyCertSign,digitalSignature
}

# make_certificate NAME SUBJECT USAGE [ALTERNATIVE NAMES]
make_certificate() {
  local pki=$dir/pki name=$1 subject=$2 usage=$3 names=${4:-}
  new_key "$name"
  run_openssl req -new -key "$pki/$name.key" -subj "$subject" -out "$pki/$name.csr"
  run_openssl x509 -req -in "$pki/$name.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 3650 \
    -extfile <(printf '%s\n' "extendedKeyUsage=$usage" "${names:+subjectAltName=$names}") -out "$pki/$name.crt"
}

# write_kubeconfig FILE USER CREDENTIAL: the credential is the YAML of the user's entry. Written whole or not at all.
write_kubeconfig() {
  local file=$1 user=$2 credential=$3
  cat >"$file.new" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: spira
    cluster: {$(cluster_address)}
users:
  - name: $user
    user: {$credential}
contexts:
  - name: spira
    context: {cluster: spira, user: $user}
current-context: spira
YAML
  chmod 600 "$file.new"
  mv "$file.new" "$file"
}

# The YAML of the cluster's entry.
cluster_address() {
  if is_own_cluster; then
    own_cluster_address
  else
    printf 'server: "https://%s:%s", certificate-authority-data: %s' \
      "$(apiserver_address)" "$(<"$dir/port")" "$(base64 -w0 "$dir/pki/ca.crt")"
  fi
}

# write_certificate_kubeconfig NAME
write_certificate_kubeconfig() {
  write_kubeconfig "$dir/$1.kubeconfig" "$1" "client-certificate-data: $(base64 -w0 "$dir/pki/$1.crt"), \
client-key-data: $(base64 -w0 "$dir/pki/$1.key")"
}

# The account that deploy/ gives rights to; it is made here when deploy/ has not been applied, and may do nothing then.
write_service_account_kubeconfig() {
  local token
  admin_kubectl get namespace spira-system >/dev/null 2>&1 || admin_kubectl create namespace spira-system >/dev/null
  admin_kubectl -n spira-system get serviceaccount spira-reconciler >/dev/null 2>&1 ||
    admin_kubectl -n spira-system create serviceaccount spira-reconciler >/dev/null
  token=$(admin_kubectl -n spira-system create token spira-reconciler --duration=24h)
  write_kubeconfig "$dir/service-account.kubeconfig" spira-reconciler "token: $token"
}
