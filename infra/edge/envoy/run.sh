#!/usr/bin/env bash
# Runs Envoy with the policy of EDGE_POLICY. On SIGTERM it drains first, which Envoy itself does not:
# /readyz is 503, requests in flight complete, connections close after their answers.
set -euo pipefail

here=$(CDPATH='' cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
config=${ENVOY_CONFIG:-$here/envoy.yaml}
admin_port=${ENVOY_ADMIN_PORT:-9901}
drain_seconds=${EDGE_DRAIN_SECONDS:-10}

policy=${EDGE_POLICY:-least-requests}
case $policy in
  least-requests | round-robin | random | power-of-two-choices | consistent-hashing) ;;
  *)
    echo "EDGE_POLICY: $policy (expected: least-requests, round-robin, random, power-of-two-choices, consistent-hashing)" >&2
    exit 2
    ;;
esac

# One worker: the policies and limits of Envoy are exact per worker only.
"${ENVOY:-envoy}" --config-yaml "$(sed "s/load_balancing_policy: .*/load_balancing_policy: *$policy/" "$config")" \
  --concurrency 1 --disable-hot-restart --drain-time-s 1 --drain-strategy immediate --log-level "${ENVOY_LOG_LEVEL:-warning}" &
envoy=$!

admin() { # POST a path of the admin interface
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || return 1
  printf 'POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' "$1" >&3
  cat <&3
  exec 3>&-
}

in_flight() { # requests of clients that are not answered yet
  local line sum=0
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || return 1
  printf 'GET /stats?filter=-service.downstream_rq_active HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  while read -r line; do
    case $line in *downstream_rq_active:*) sum=$((sum + $(tr -dc 0-9 <<<"${line##*:}"))) ;; esac
  done <&3
  exec 3>&-
  echo "$sum"
}

drain() {
  trap - TERM INT
  if admin '/healthcheck/fail' >/dev/null 2>&1; then
    sleep 1 # notice for those who poll /readyz
    admin '/drain_listeners?graceful' >/dev/null 2>&1 || true
    for ((each = 0; each < drain_seconds * 5; each++)); do
      [ "$(in_flight || echo 0)" != 0 ] || break
      sleep 0.2
    done
  fi
  kill -TERM "$envoy" 2>/dev/null || true
}
trap drain TERM INT

# The trap interrupts the first wait.
status=0
wait "$envoy" || status=$?
if kill -0 "$envoy" 2>/dev/null; then
  wait "$envoy" || status=$?
fi
exit "$status"
