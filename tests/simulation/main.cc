// `feiqian-simulation`: see README.md.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>

#include "foundation/log.h"
#include "foundation/text.h"
#include "simulation/shrink.h"

namespace feiqian::simulation {
namespace {

struct Options {
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  std::int64_t steps = 3000;
  std::int64_t seconds = 0;
  std::string faults = "all";
  std::size_t jobs = 2;
  bool detect = false;
  bool twice = false;
  bool history = false;
};

/// What all runs together did.
struct Totals {
  std::int64_t passed = 0, failed = 0, steps = 0, commits = 0, payments = 0, refunds = 0, webhooks = 0, lives = 0;
  std::int64_t simulated_us = 0;
  std::map<std::string, std::int64_t> injected;
  std::map<Detection, std::int64_t> detections;

  void add(const Report& report) {
    const auto& outcome = report.outcome;
    ++(report.failed() ? failed : passed);
    steps += outcome.steps;
    commits += outcome.commits;
    payments += outcome.payments;
    refunds += outcome.refunds;
    webhooks += outcome.webhooks;
    lives += outcome.lives;
    simulated_us += outcome.simulated_us;
    for (const auto& [kind, times] : outcome.injected) injected[kind] += times;
    ++detections[outcome.detection];
  }
};

/// Removed at the end, with the keys in it.
class WorkDirectory {
 public:
  WorkDirectory() {
    const auto* parent = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
    path_ = fmt::format("{}/feiqian-simulation-{}", parent, ::getpid());
    std::filesystem::create_directories(path_);
  }
  ~WorkDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::set<std::string> faults_named(const Options& options) {
  std::set<std::string> kinds;
  if (options.faults == "all") {
    kinds.insert(ordinary_faults().begin(), ordinary_faults().end());
  } else if (options.faults != "none") {
    for (const auto& name : split(options.faults, ',')) kinds.emplace(name);
  }
  return kinds;
}

/// Lying storage by itself, one kind a seed, with stops and kills so that nothing stays in caches.
std::set<std::string> faults_for_detection(std::uint64_t seed) {
  const auto& lying = lying_faults();
  return {lying[seed % lying.size()], std::string(fault::kStop), std::string(fault::kKill)};
}

Plan plan_of(const Options& options, std::uint64_t seed) {
  Plan plan;
  plan.seed = seed;
  plan.steps = options.steps;
  plan.faults = options.detect ? faults_for_detection(seed) : faults_named(options);
  plan.detect = options.detect;
  return plan;
}

std::string joined(const std::set<std::string>& kinds) {
  return kinds.empty() ? "none" : fmt::format("{}", fmt::join(kinds, ","));
}

void print_failure(const Report& failing) {
  fmt::print("FAILED seed {} at step {}: {}\n", failing.plan.seed, failing.outcome.steps, failing.outcome.violation);
  std::fflush(stdout);
}

void print_smallest(const Report& failing, Runner& runner) {
  const auto smallest = shrink(failing, runner);
  fmt::print("seed {}, smaller: {}\n", smallest.plan.seed, smallest.outcome.violation);
  fmt::print("  again:    feiqian-simulation --seed {} --steps {} --faults {}\n", smallest.plan.seed,
             smallest.plan.steps, joined(smallest.plan.faults));
  for (const auto& line : history_that_matters(smallest)) fmt::print("    {}\n", line);
}

void print_run(const Report& report) {
  const auto& outcome = report.outcome;
  fmt::print("seed {}: {} steps, {} commits, {} payments, {} refunds, {} lives, {:.2f} days, history {:016x}\n",
             report.plan.seed, outcome.steps, outcome.commits, outcome.payments, outcome.refunds, outcome.lives,
             static_cast<double>(outcome.simulated_us) / 86400e6, outcome.hash);
  if (report.plan.detect) {
    constexpr const char* kNames[] = {"no lie", "detected", "harmless", "rolled back", "UNDETECTED"};
    fmt::print("  {} {}\n", kNames[static_cast<int>(outcome.detection)], outcome.detected_by);
  }
}

void print_totals(const Totals& totals, double wall_s, bool detect) {
  const auto days = static_cast<double>(totals.simulated_us) / 86400e6;
  fmt::print("{} steps, {} commits, {} payments, {} refunds, {} webhook tries, {} lives of the process\n", totals.steps,
             totals.commits, totals.payments, totals.refunds, totals.webhooks, totals.lives);
  fmt::print("{:.1f} simulated days in {:.1f} s: {:.0f} days a minute\n", days, wall_s, days / wall_s * 60);
  fmt::print("faults:");
  for (const auto& [kind, times] : totals.injected) fmt::print(" {} {}", kind, times);
  fmt::print("\n");
  if (detect) {
    const auto of = [&](Detection what) {
      const auto found = totals.detections.find(what);
      return found == totals.detections.end() ? 0 : found->second;
    };
    fmt::print("lies of the storage: {} detected, {} harmless, {} rolled back, {} undetected; {} runs without one\n",
               of(Detection::Detected), of(Detection::Harmless), of(Detection::RolledBack), of(Detection::Undetected),
               of(Detection::None));
  }
  fmt::print("{} passed, {} failed\n", totals.passed, totals.failed);
}

/// The same plan again must give the same history.
void run_again(Report& report, Runner& runner) {
  const auto again = runner.run(report.plan);
  if (again.outcome.hash != report.outcome.hash && report.outcome.violation.empty())
    report.outcome.violation = "a second run of the same seed went another way";
}

int run(const Options& options) {
  const WorkDirectory directory;
  auto credentials = make_credentials();
  if (!credentials) {
    fmt::print("{}\n", credentials.error().text());
    return 2;
  }
  Runner runner(*credentials, directory.path());
  Totals totals;
  const auto started = std::chrono::steady_clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  auto seed = options.first_seed;
  const auto more = [&] {
    return options.seconds > 0 ? elapsed_s() < static_cast<double>(options.seconds) : seed <= options.last_seed;
  };
  std::vector<Report> failures;
  while (more() || runner.running() > 0) {
    while (more() && runner.running() < options.jobs) runner.begin(plan_of(options, seed++));
    auto report = runner.next();
    if (options.twice && runner.running() == 0) run_again(report, runner);
    totals.add(report);
    if (options.history) {
      for (const auto& line : report.history) fmt::print("{}\n", line);
    }
    if (options.first_seed == options.last_seed || report.outcome.detection == Detection::Undetected) print_run(report);
    if (!report.failed()) continue;
    print_failure(report);
    failures.push_back(std::move(report));
  }
  const auto wall_s = elapsed_s();
  constexpr std::size_t kMostShown = 3;
  for (std::size_t i = 0; i < std::min(failures.size(), kMostShown); ++i) print_smallest(failures[i], runner);
  print_totals(totals, wall_s, options.detect);
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace feiqian::simulation

int main(int argc, char** argv) {
  feiqian::simulation::Options options;
  std::string seeds;
  CLI::App app("The whole platform in one thread, with virtual time and faults from a seed.");
  app.add_option("--seed", options.first_seed, "One seed");
  app.add_option("--seeds", seeds, "A..B: all of them");
  app.add_option("--steps", options.steps, "Steps before faults stop (3000)");
  app.add_option("--seconds", options.seconds, "Fresh seeds until so much time is over");
  app.add_option("--faults", options.faults, "all, none, or kinds separated by commas; --list-faults names them");
  app.add_option("--jobs", options.jobs, "Seeds at a time (2)")->check(CLI::Range(1, 64));
  app.add_flag("--detect", options.detect, "Storage that lies: what is detected, harmless, undetected");
  app.add_flag("--twice", options.twice, "Each seed twice: the history must be the same (one job)");
  app.add_flag("--history", options.history, "Print everything that happened");
  bool list = false;
  app.add_flag("--list-faults", list, "Print the kinds of faults");
  CLI11_PARSE(app, argc, argv);
  if (list) {
    fmt::print("{}\n", fmt::join(feiqian::simulation::ordinary_faults(), "\n"));
    return 0;
  }
  options.last_seed = options.first_seed;
  if (const auto dots = seeds.find(".."); dots != std::string::npos) {
    options.first_seed = static_cast<std::uint64_t>(feiqian::parse_int(seeds.substr(0, dots)).value_or(1));
    options.last_seed = static_cast<std::uint64_t>(feiqian::parse_int(seeds.substr(dots + 2)).value_or(1));
  }
  if (options.twice) options.jobs = 1;
  feiqian::log::set_level(feiqian::log::Level::Error);
  return feiqian::simulation::run(options);
}
