#!/usr/bin/env bash
# in_cgroup.sh NAME COMMAND...: becomes the command, in the cgroup of that name below ours.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/../lib/nodes/cgroups.sh"
join_cgroup "$1"
shift
exec "$@"
