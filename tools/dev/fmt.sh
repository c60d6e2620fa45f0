cpp_sources() { git ls-files --cached --others --exclude-standard '*.cc' '*.h'; }

dev_fmt() {
  need_packages build test
  cpp_sources | xargs clang-format -i
  say "formatted $(cpp_sources | wc -l) files"
}
