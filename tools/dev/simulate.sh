# The simulation of the whole platform with faults; arguments go to the program (tests/simulation/README.md).
dev_simulate() {
  need_packages build test
  build_cpp dev feiqian-simulation
  build/dev/bin/feiqian-simulation "$@"
}
