// The SQLite VFS over `Disk`: locks and the shared memory of the write-ahead log are those of one process. It is
// registered as SQLite's default, so that production code opens simulated paths without knowing.
#pragma once

#include "simulation/disk.h"

namespace feiqian::simulation {

/// One at a time in a program; SQLite calls back into `disk` until it is gone.
class SimulatedStorage {
 public:
  SimulatedStorage(Disk& disk, Timeline& timeline, std::uint64_t seed);
  ~SimulatedStorage();
  SimulatedStorage(const SimulatedStorage&) = delete;
  SimulatedStorage& operator=(const SimulatedStorage&) = delete;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace feiqian::simulation
