dev_build() {
  local preset=${1:-release}
  need_packages build
  case $preset in
    dev | asan-ubsan | tsan) need_packages test; build_cpp "$preset" all ;;
    bench) need_packages test; build_cpp bench all ;;
    release) build_cpp release all ;;
    *) die "no preset '$preset'" ;;
  esac
}
