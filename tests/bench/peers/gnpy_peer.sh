#!/usr/bin/env bash
# Whole processes, linkbudget and GNPy, on the same files in one run: times and their ratios.
#   tests/bench/peers/gnpy_peer.sh LINKBUDGET [ROUNDS]
# Installs GNPy into an environment that is thrown away; skips aloud where it cannot. Not for CI.
# GNPY_PYTHON names the Python of an environment that has GNPy already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../../link_models/gnpy/testdata" && pwd)
linkbudget=$(realpath "${1:?linkbudget program}")
rounds=${2:-5}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

python=${GNPY_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$scratch/venv" &&
         "$scratch/venv/bin/pip" -q install 'gnpy==2.14.*'; } >"$scratch/install.log" 2>&1; then
    echo "SKIPPED: GNPy cannot be installed here:"
    tail -3 "$scratch/install.log"
    exit 0
  fi
  python=$scratch/venv/bin/python
fi
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
echo "$(nproc) cores, $("$python" --version), gnpy $("$python" -c \
  'from importlib.metadata import version; print(version("gnpy"))')"

# Best of the rounds in seconds, and peak memory in MiB.
measure() {
  "$python" - "$rounds" "$@" <<'P'
import os, subprocess, sys, time
best, peak = 1e9, 0
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    with subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        _, status, usage = os.wait4(p.pid, 0)
    best = min(best, time.perf_counter() - start)
    peak = max(peak, usage.ru_maxrss / 1024)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"failed: {' '.join(sys.argv[2:])}")
print(best, peak)
P
}

cd "$data"
printf '%-28s %12s %12s %8s %10s %10s\n' case linkbudget GNPy ratio 'MiB ours' 'MiB GNPy'
compare() {
  local name=$1
  shift
  local ours theirs
  ours=$(measure "$linkbudget" gnpy "$@" --format json)
  theirs=$(measure "$python" "$here/gnpy_reference.py" route "$@" -o "$scratch/figures.json")
  awk -v n="$name" -v o="$ours" -v t="$theirs" 'BEGIN {
    split(o, a, " "); split(t, b, " ");
    printf "%-28s %10.2f ms %9.2f ms %7.0fx %10.1f %10.1f\n", n, a[1]*1e3, b[1]*1e3, b[1]/a[1],
           a[2], b[2] }'
}
library=(--equipment library.json --extra-config measured_amplifier.json)
compare 'line, gn' line.json "${library[@]}" --spectrum mixed_spectrum.json --no-insert-edfas
compare 'line, gn and scattering' line.json "${library[@]}" --spectrum mixed_spectrum.json \
  --no-insert-edfas --sim-params scattering.json
compare 'mesh, designed' mesh.json "${library[@]}" --source 'Trx A' --destination 'Trx D'
compare 'C and L, scattering' two_bands.json "${library[@]}" \
  --spectrum two_bands_spectrum.json --sim-params scattering.json
