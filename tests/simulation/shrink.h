// From a failing run to a small one that fails in the same way: fewer steps, fewer kinds of faults, and of the history
// the lines that matter.
#pragma once

#include "simulation/runner.h"

namespace feiqian::simulation {

/// A report that fails like `failing`, found within some dozens of runs.
Report shrink(const Report& failing, Runner& runner);

/// Lines about what failed and about the process's lives, at most `most` of the last ones.
std::vector<std::string> history_that_matters(const Report& report, std::size_t most = 120);

}  // namespace feiqian::simulation
