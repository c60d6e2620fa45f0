// One simulation: the platform, its provider, merchants and payers in one thread, driven step by step from a seed, with
// faults, and checked after every step and at rest.
//
//   set up → steps with load and faults → faults stop, people go home → until nothing is left to do → checks at rest
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/shop.h"
#include "simulation/vfs.h"
#include "simulation/violation.h"

namespace feiqian::simulation {

struct Plan {
  std::uint64_t seed = 1;
  std::int64_t steps = 4000;
  std::set<std::string> faults;
  bool detect = false;  ///< storage lies; what then becomes of it is the result
};

/// What became of storage that lied.
enum class Detection {
  None,        ///< it did not lie
  Detected,    ///< the platform's own means name it
  Harmless,    ///< everything is as it was committed
  RolledBack,  ///< the newest commits are gone, and what is left is sound: only a head kept elsewhere could tell
  Undetected,  ///< something is served that was not committed
};

struct Outcome {
  std::string violation;  ///< empty: all is well
  std::string subject;
  Detection detection = Detection::None;
  std::string detected_by;
  std::int64_t steps = 0;
  std::int64_t commits = 0;
  std::int64_t payments = 0;
  std::int64_t refunds = 0;
  std::int64_t webhooks = 0;
  std::int64_t lives = 0;
  std::int64_t simulated_us = 0;
  std::uint64_t hash = 0;
  std::map<std::string, std::int64_t> injected;
};

class World {
 public:
  World(Plan plan, const Credentials& credentials);
  ~World();
  Outcome run();
  const std::vector<std::string>& history() const { return history_.lines(); }
  std::int64_t steps() const { return steps_; }
  const std::map<std::string, std::int64_t>& injected() const { return faults_.injected(); }

 private:
  // life
  void set_up();
  void set_up_merchant(std::size_t number);
  void step();
  void meddle();
  void act();
  void come_to_rest();
  bool is_at_rest();
  void resend_exhausted();

  // death and return of the process
  void start_platform();
  void demand_start();
  void bury(std::string_view how);
  void stop_orderly();
  void start_later();
  void checkpoint(const char* how);

  // checks
  void after_step();
  void check_found_again();
  void check_books(bool everything);
  void check_expected(const ExpectedBooks& expected);
  void check_told();
  Detection classify(Outcome& outcome);
  store::Reader& checker();
  template <class Command>
  typename Command::Reply run_now(Command command);

  Plan plan_;
  const Credentials* credentials_;
  Chance chance_;
  Faults faults_;
  Timeline timeline_;
  History history_;
  Disk disk_;
  SimulatedStorage storage_;
  Network network_;
  WallClock clock_;
  SeededRandom random_;
  Replica replica_;
  std::optional<crypto::KeyStore> keys_;
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Platform> platform_;
  std::unique_ptr<store::Reader> checker_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Payers> payers_;
  std::vector<std::unique_ptr<Shop>> shops_;
  std::int64_t steps_ = 0;
  std::int64_t lives_ = 0;
  std::int64_t checked_commits_ = 0;
  bool start_planned_ = false;
};

}  // namespace feiqian::simulation
