#!/bin/sh
# Installs the programs of others that the tests marked `outside` use: those of npm below this folder,
# and the browser from the packages of the system where that can be done.
set -eu
cd "$(dirname "$0")"
if ! command -v chromium >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  else
    echo "chromium is not installed; the tests of the page need it" >&2
  fi
fi
exec npm ci --no-fund --no-audit
