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
  explicit Runner(const Credentials& credentials) : credentials_(&credentials) {}

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
    std::string result_file;
    std::string words_file;
  };
  const Credentials* credentials_;
  std::map<pid_t, Run> running_;
  std::int64_t begun_ = 0;
};

}  // namespace feiqian::simulation
