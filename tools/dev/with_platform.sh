#!/usr/bin/env bash
# Runs a command beside a fresh sandbox, platform and demo shop on free loopback ports; their addresses are in FEIQIAN_URL,
# FEIQIAN_SANDBOX_URL and FEIQIAN_SHOP_URL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD
source tools/dev/lib.sh
source tools/dev/run.sh
bin=${FEIQIAN_BIN_DIR:-build/dev/bin}
data=$(mktemp -d)
pids=()
trap 'stop_all; rm -rf "$data"' EXIT
free_port() { node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})"; }
sandbox=$(free_port) platform=$(free_port) shop=$(free_port)
start_one sandbox "http://127.0.0.1:$sandbox/healthz" "$data/sandbox.log" "$bin/feiqian-sandbox" --listen "127.0.0.1:$sandbox" --data "$data/sandbox"
"$bin/feiqian" init --data "$data/platform" --listen "127.0.0.1:$platform" --web-root web/dist \
  --sandbox-url "http://127.0.0.1:$sandbox" --sandbox-data "$data/sandbox"
start_one platform "http://127.0.0.1:$platform/readyz" "$data/platform.log" "$bin/feiqian" serve --data "$data/platform"
"$bin/feiqian" merchant demo --data "$data/platform" --shop-url "http://127.0.0.1:$shop" --out "$data/shop.json"
start_one shop "http://127.0.0.1:$shop/" "$data/shop.log" node examples/shop/server.mjs --config "$data/shop.json"
export FEIQIAN_URL=http://127.0.0.1:$platform FEIQIAN_SANDBOX_URL=http://127.0.0.1:$sandbox FEIQIAN_SHOP_URL=http://127.0.0.1:$shop
status=0
"$@" || status=$?
"$bin/feiqian" verify --data "$data/platform" || status=1
"$bin/feiqian" ledger trial-balance --data "$data/platform" || status=1
exit $status
