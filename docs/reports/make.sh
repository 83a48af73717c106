#!/bin/sh
# Makes the sample reports in this folder anew, with the `conformance` that is on the path:
# one of the embedded target, one of an emulator with five faults, and the picture for the README.
set -eu
cd "$(dirname "$0")"

conformance run --report embedded

conformance emulator --port 8089 --fault upload-eleven-urls --fault two-fields-bring-a-third \
  --fault later-hash-optional --fault progress-counts-down --fault null-code &
emulator=$!
trap 'kill "$emulator"' EXIT
conformance run --target http://127.0.0.1:8089 --wait 30 --report faulty || test $? = 1

rm -rf .conformance_cache .hypothesis embedded/run.jsonl embedded/junit.xml faulty/run.jsonl faulty/junit.xml
if command -v chromium >/dev/null; then
  chromium --headless --no-sandbox --hide-scrollbars --force-device-scale-factor=1 --window-size=1200,1180 \
    --screenshot="$PWD/faulty.png" "file://$PWD/faulty/report.html" 2>/dev/null
fi
