#!/bin/sh
# Installs the programs of others that the tests marked `outside` use, below this folder.
set -eu
cd "$(dirname "$0")"
exec npm ci --no-fund --no-audit
