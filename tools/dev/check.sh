# Everything that needs no running platform: format, levels, documents, names, types.
dev_check() {
  source tools/dev/fmt.sh
  need_packages build test
  local failed=0 all=no
  [ "${1:-}" = --all ] && all=yes
  say "format"
  cpp_sources | xargs clang-format --dry-run --Werror 2>&1 | head -40 || true
  cpp_sources | xargs clang-format --dry-run --Werror >/dev/null 2>&1 || { echo "run ./dev fmt"; failed=1; }
  say "levels"
  tools/check_levels || failed=1
  say "documents"
  tools/check_docs || failed=1
  check_errors_document || failed=1
  say "names (clang-tidy)"
  check_tidy $all || failed=1
  say "types of web and SDK"
  need_npm web
  (cd web && npx tsc --noEmit) || failed=1
  need_npm sdk/node
  (cd sdk/node && npm run --silent check) || failed=1
  say "lock files name no registry"
  if git ls-files '*package-lock.json' | xargs grep -l '"resolved": "http' ; then failed=1; fi
  [ $failed = 0 ] || die "check failed"
  say "check passed"
}

# docs/errors.md is what the program says; compared when it is built.
check_errors_document() {
  local program
  for program in build/dev/bin/feiqian build/release/bin/feiqian; do
    [ -x $program ] || continue
    $program errors | cmp -s - docs/errors.md || { echo "docs/errors.md is not what '$program errors' prints"; return 1; }
    return 0
  done
}

# On what changed against the last commit that main shares with its origin, or everything.
check_tidy() {
  [ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null
  local files
  if [ "$1" = yes ]; then
    files=$(git ls-files 'src/*.cc' 'sandbox/*.cc')
  else
    files=$( (git diff --name-only --diff-filter=d HEAD -- '*.cc'; git diff --name-only --diff-filter=d "HEAD~1" -- '*.cc' 2>/dev/null) | grep -E '^(src|sandbox)/' | grep -v _test | sort -u | head -12 || true)
  fi
  [ -n "$files" ] || { echo "nothing changed"; return 0; }
  echo "$files" | xargs -P 2 -n 4 clang-tidy -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument 2>/dev/null
}
