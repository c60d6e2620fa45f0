# All tests, or the named suites. Closes with one line: N passed, N failed, N skipped.
passed=0 failed=0 skipped=0

# Adds up the closing lines of a run: GoogleTest's and Node's.
count_gtest() {
  local log=$1 status=$2 ok bad skip
  ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
  bad=$(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$log" | tail -1)
  skip=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
  add "${ok:-0}" "${bad:-0}" "${skip:-0}" "$status" "$log"
}
count_node() {
  local log=$1 status=$2
  # Node counts a suite of subtests as one more test: it is counted the same way everywhere.
  add "$(tally pass "$log")" "$(($(tally fail "$log") + $(tally cancelled "$log")))" "$(tally skipped "$log")" "$status" "$log"
}
tally() { sed -n "s/^[#ℹ] $1 \([0-9]*\)$/\1/p" "$2" | tail -1 | grep . || echo 0; }
count_vitest() {
  local log=$1 status=$2 line
  line=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E '^ *Tests ' | tail -1)
  add "$(grep -oE '[0-9]+ passed' <<<"$line" | grep -oE '[0-9]+' || echo 0)" "$(grep -oE '[0-9]+ failed' <<<"$line" | grep -oE '[0-9]+' || echo 0)" \
    "$(grep -oE '[0-9]+ skipped' <<<"$line" | grep -oE '[0-9]+' || echo 0)" "$status" "$log"
}
count_simulation() {
  local log=$1 status=$2
  add "$(sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -1 | grep . || echo 0)" \
    "$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -1 | grep . || echo 0)" 0 "$status" "$log"
}
add() {
  local ok=$1 bad=$2 skip=$3 status=$4 log=$5
  # A run that broke off without counting a failure is one.
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
  [ "$status" != 0 ] || [ $((ok + skip)) != 0 ] || bad=1
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
  echo "   $ok passed, $bad failed, $skip skipped   ($log)"
  if [ "$bad" != 0 ]; then grep -aE -A12 '^ *not ok |\[  FAILED  \]|Error:|error:|^FAILED seed' "$log" | head -120 || true; tail -25 "$log"; fi
}

run_suite() {
  local name=$1 kind=$2
  shift 2
  local log="build/test-$name.log" status=0 started=$SECONDS
  say "testing: $name"
  ("$@") >"$log" 2>&1 || status=$?
  "count_$kind" "$log" "$status"
  echo "   in $((SECONDS - started)) s"
}

suite_unit() {
  FEIQIAN_TEST_POSTGRES=$POSTGRES_URL run_suite unit gtest build/dev/bin/unit_tests --gtest_brief=0
  run_suite sandbox gtest build/dev/bin/sandbox_tests --gtest_brief=0
}
suite_simulation() {
  run_suite simulation simulation build/dev/bin/feiqian-simulation --seeds 1..90 --steps 4000
  run_suite detection simulation build/dev/bin/feiqian-simulation --seeds 1..30 --detect
  run_suite repeatable simulation build/dev/bin/feiqian-simulation --seeds 1..3 --twice
}
suite_sdk() {
  run_suite sdk node bash -c 'cd sdk/node && npm test'
  run_suite shop node bash -c 'cd examples/shop && npm test'
}
suite_web() { run_suite web vitest bash -c 'cd web && npx tsc --noEmit && npm test'; }
suite_scenario() { run_suite scenario node bash -c 'cd tests/scenario && npm test'; }
# The same scenarios, and those of clusters, on PostgreSQL.
suite_scenario-pg() { run_suite scenario-pg node bash -c 'cd tests/scenario && FEIQIAN_TEST_POSTGRES=$POSTGRES_URL npm test'; }
suite_oracle() { run_suite oracle node bash -c 'cd tests/oracle && npm run test:platform'; }
suite_e2e() {
  run_suite cashier node bash -c 'cd tests/e2e && npm run cashier'
  run_suite journey node tools/dev/with_platform.sh bash -c 'cd tests/e2e && npm run journey'
}

dev_test() {
  local suites=("$@") suite
  [ ${#suites[@]} -gt 0 ] || suites=(unit simulation sdk web scenario scenario-pg oracle e2e)
  for suite in "${suites[@]}"; do declare -F "suite_$suite" >/dev/null || die "no suite '$suite'"; done
  need_packages build test
  export FEIQIAN_BIN_DIR=$ROOT/build/dev/bin FEIQIAN_BIN=$ROOT/build/dev/bin/feiqian
  build_cpp dev all
  build_web
  build_sdk
  for folder in examples/shop tests/scenario tests/oracle tests/e2e; do need_npm $folder; done
  source tools/dev/postgres.sh
  postgres_start test
  trap 'postgres_stop test' EXIT
  for suite in "${suites[@]}"; do "suite_$suite"; done
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}
