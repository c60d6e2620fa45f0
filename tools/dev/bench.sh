# Figures for docs/performance.md. Run it on a quiet machine; ratios to the baselines beside them are what counts.
dev_bench() {
  local what=${1:-all}
  need_packages build test
  build_cpp bench all
  if [ "$what" = all ] || [ "$what" = engine ]; then
    say "engine on SQLite (durable), beside the bare disk and bare rows"
    FEIQIAN_BENCH_DIR=build/bench-data build/bench/bin/engine_bench --benchmark_counters_tabular=true
  fi
  if [ "$what" = all ] || [ "$what" = postgres ]; then bench_postgres; fi
  if [ "$what" = all ] || [ "$what" = http ]; then bench_http; fi
}

# The engine on PostgreSQL beside the plain way of writing the same payment, in the same minutes.
bench_postgres() {
  source tools/dev/postgres.sh
  postgres_start bench
  psql -qX "$POSTGRES_URL" -c 'DROP DATABASE IF EXISTS bench' -c 'CREATE DATABASE bench' 2>/dev/null
  local url=${POSTGRES_URL%/postgres}/bench
  say "PostgreSQL (durable): one transaction a request, uniform and on one hot account"
  build/bench/bin/postgres_baseline "$url" 32 30000 10000
  build/bench/bin/postgres_baseline "$url" 32 10000 1
  say "PostgreSQL (durable): the engine"
  FEIQIAN_BENCH_STORE=$url build/bench/bin/engine_bench --benchmark_filter='create_and_pay|transfers' --benchmark_counters_tabular=true
  postgres_stop bench
}

bench_http() {
  local connections algorithm requests
  source tools/dev/run.sh
  data=build/bench-http
  rm -rf $data
  mkdir -p $data
  pids=()
  trap 'stop_all' EXIT
  build/bench/bin/feiqian init --data $data/platform --listen 127.0.0.1:9480 --ops-listen 127.0.0.1:0
  export FEIQIAN_API__RATE_PER_S=1000000 FEIQIAN_API__BURST=1000000 FEIQIAN_WEBHOOKS__ALLOW_LOOPBACK=true
  start_one platform http://127.0.0.1:9480/readyz $data/platform.log build/bench/bin/feiqian serve --data $data/platform
  build/bench/bin/feiqian merchant demo --data $data/platform --shop-url http://127.0.0.1:9 --out $data/shop.json
  say "POST /v1/payments (durable), load generator on the same cores"
  for algorithm in hmac ed25519; do
    for connections in 1 64 256; do
      requests=$((connections == 1 ? 3000 : 30000))
      printf '%-8s %4d connections: ' $algorithm $connections
      build/bench/bin/http_load --url http://127.0.0.1:9480 --merchant $PWD/$data/shop.json --algorithm $algorithm --connections $connections \
        --requests $requests
    done
  done
  build/bench/bin/feiqian verify --data $data/platform
}
