# Images of what the environments run, where its source is to be had: under the names that sources/ gives them, so that the
# manifests stay as they are.

workload_binaries=(
  "nats-server github.com/nats-io/nats-server/v2 v2.14.2 h1:Q7dRhCY03Y00rETFW3KV+KGaCIajlDfWgWUVgbMxyuk= ."
  "prometheus-nats-exporter github.com/nats-io/prometheus-nats-exporter v0.20.1 h1:crCK8wjL0CQSqaUS+gkZlIRRIhYByNRofmH+9J1Xvso= ."
)

workloads_folder() {
  local key
  key=$(cat "$here/lib/nodes/workloads.sh" "$here/nodes/images/image.py" | sha256sum | cut -c1-12)
  printf '%s/workloads-%s\n' "$(cache_folder)" "$key"
}

build_workloads() {
  local folder
  folder=$(workloads_folder)
  [[ ! -e $folder/complete ]] || return 0
  mkdir -p "$folder/bin" "$folder/images"
  with_lock "$folder.lock" build_all_workloads "$folder"
}

build_all_workloads() {
  local folder=$1 bin=$1/bin entry image=$here/nodes/images/image.py
  go=$(find_go)
  for entry in "${workload_binaries[@]}"; do
    # shellcheck disable=SC2086  # the columns of the table
    build_foreign "$bin" $entry
  done
  cp "$(command -v busybox)" "$bin/sh" || die "the image of nats-box needs busybox (Debian: busybox-static)"
  python3 "$image" docker.io/library/nats:2.14.2-alpine "$folder/images/nats.tar" "$bin/nats-server=/bin/nats-server"
  python3 "$image" docker.io/natsio/prometheus-nats-exporter:0.20.1 "$folder/images/exporter.tar" \
    "$bin/prometheus-nats-exporter=/bin/prometheus-nats-exporter"
  python3 "$image" docker.io/natsio/nats-box:0.19.7 "$folder/images/nats-box.tar" "$bin/sh=/bin/sh" "$bin/sh=/bin/sleep"
  touch "$folder/complete"
}
