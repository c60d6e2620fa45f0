// Runs plans, each in a process of its own, so that an abort (a CHECK) is a result too and nothing is left behind.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "simulation/world.h"

namespace feiqian::simulation {

struct Report {
  Plan plan;
  Outcome outcome;
  std::vector<std::string> history;

  bool failed() const { return !outcome.violation.empty() && !plan.detect; }
};

class Runner {
 public:
  /// What the runs need and leave is below `directory`.
  Runner(const Credentials& credentials, std::string directory)
      : credentials_(&credentials), directory_(std::move(directory)) {}

  /// Begins a run; `next` gives the report of one that ended.
  void begin(const Plan& plan);
  std::size_t running() const { return running_.size(); }
  Report next();
  Report run(const Plan& plan) {
    begin(plan);
    return next();
  }

 private:
  struct Run {
    Plan plan;
    std::string directory;
    std::string result_file() const { return directory + "/result.json"; }
    std::string words_file() const { return directory + "/words"; }
  };
  [[noreturn]] void run_here(const Run& run) const;

  const Credentials* credentials_;
  std::string directory_;
  std::map<pid_t, Run> running_;
  std::int64_t begun_ = 0;
};

}  // namespace feiqian::simulation
