#include "simulation/shrink.h"

#include <algorithm>
#include <set>

namespace feiqian::simulation {
namespace {

/// The violation without ids and numbers.
std::string kind_of(const std::string& violation) {
  std::string kind;
  std::string word;
  for (const char c : violation + " ") {
    if (c != ' ') {
      word += c;
      continue;
    }
    if (std::none_of(word.begin(), word.end(), [](char d) { return d >= '0' && d <= '9'; })) kind += word + " ";
    word.clear();
  }
  return kind;
}

class Shrinking {
 public:
  Shrinking(const Report& failing, Runner& runner)
      : best_(failing), runner_(&runner), kind_(kind_of(failing.outcome.violation)) {}

  Report run() {
    if (best_.outcome.steps > 0 && best_.outcome.steps < best_.plan.steps) {
      auto plan = best_.plan;
      plan.steps = best_.outcome.steps;
      try_plan(plan);
    }
    fewer_steps();
    fewer_faults();
    fewer_steps();
    return best_;
  }

 private:
  bool try_plan(const Plan& plan) {
    auto report = runner_->run(plan);
    if (!report.failed() || kind_of(report.outcome.violation) != kind_) return false;
    best_ = std::move(report);
    return true;
  }
  void fewer_steps() {
    for (std::int64_t part = best_.plan.steps / 2; part > best_.plan.steps / 32 && part > 0;) {
      auto plan = best_.plan;
      plan.steps -= part;
      if (!try_plan(plan)) part /= 2;
      part = std::min(part, best_.plan.steps / 2);
    }
  }
  /// Takes kinds away in ever smaller groups.
  void fewer_faults() {
    for (auto group = (best_.plan.faults.size() + 1) / 2; group > 0; group = group == 1 ? 0 : (group + 1) / 2) {
      const std::vector<std::string> kinds(best_.plan.faults.begin(), best_.plan.faults.end());
      for (std::size_t i = 0; i < kinds.size(); i += group) {
        auto plan = best_.plan;
        for (std::size_t k = i; k < std::min(i + group, kinds.size()); ++k) plan.faults.erase(kinds[k]);
        try_plan(plan);
      }
    }
  }

  Report best_;
  Runner* runner_;
  std::string kind_;
};

/// `pay_…`, `att_…` and the like in a line.
std::vector<std::string> ids_in(const std::string& line) {
  constexpr std::size_t kIdSize = 17;
  std::vector<std::string> ids;
  for (const char* prefix : {"pay_", "att_", "ref_", "evt_"}) {
    for (auto at = line.find(prefix); at != std::string::npos; at = line.find(prefix, at + kIdSize))
      ids.push_back(line.substr(at, kIdSize));
  }
  return ids;
}

}  // namespace

Report shrink(const Report& failing, Runner& runner) {
  return Shrinking(failing, runner).run();
}

std::vector<std::string> history_that_matters(const Report& report, std::size_t most) {
  std::set<std::string> subjects{report.outcome.subject};
  for (const auto& id : ids_in(report.outcome.violation)) subjects.insert(id);
  subjects.erase("");
  const auto mentions = [&](const std::string& line) {
    return std::any_of(subjects.begin(), subjects.end(),
                       [&](const std::string& subject) { return line.find(subject) != std::string::npos; });
  };
  // Whatever is named beside it belongs to it: attempts and refunds of a payment.
  for (int round = 0; round < 2; ++round) {
    for (const auto& line : report.history) {
      if (!mentions(line)) continue;
      for (auto& id : ids_in(line)) subjects.insert(std::move(id));
    }
  }
  std::vector<std::string> lines;
  for (const auto& line : report.history) {
    if (subjects.empty() || mentions(line) || line.find(" the platform ") != std::string::npos ||
        line.find("faults stop") != std::string::npos)
      lines.push_back(line);
  }
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return lines;
}

}  // namespace feiqian::simulation
