#include <fmt/format.h>

#include <filesystem>

#include "foundation/log.h"
#include "simulation/world.h"

int main(int argc, char** argv) {
  using namespace feiqian;
  using namespace feiqian::simulation;
  log::set_level(log::Level::Error);
  const std::string dir = "/dev/shm/fqsim-" + std::to_string(getpid());
  std::filesystem::create_directories(dir);
  auto credentials = make_credentials(dir);
  if (!credentials) {
    fmt::print("{}\n", credentials.error().text());
    return 1;
  }
  Plan plan;
  plan.seed = argc > 1 ? std::stoull(argv[1]) : 1;
  plan.steps = argc > 2 ? std::stoll(argv[2]) : 4000;
  if (argc > 3) plan.faults.insert(ordinary_faults().begin(), ordinary_faults().end());
  World world(plan, *credentials);
  auto o = world.run();
  if (argc > 4)
    for (auto& l : world.history()) fmt::print("{}\n", l);
  fmt::print("violation {} | steps {} commits {} payments {} refunds {} deliveries {} lives {} days {:.2f} hash {:x}\n",
             o.violation, o.steps, o.commits, o.payments, o.refunds, o.webhooks, o.lives,
             static_cast<double>(o.simulated_us) / 86400e6, o.hash);
  for (auto& [k, n] : o.injected) fmt::print("  {} {}\n", k, n);
  std::filesystem::remove_all(dir);
}
