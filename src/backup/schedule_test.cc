#include "backup/schedule.h"

#include <gtest/gtest.h>

#include "backup/testing/world.h"

namespace feiqian::backup {
namespace {

using testing::code_of;
using testing::must;
using testing::World;

SchedulePlan plan_of(const World& world, const Retention& retention) {
  return {{world.data.path(), world.harness.path(), {}}, {world.target}, 3600, retention};
}

std::size_t chains_in(const World& world) {
  return must(chain_names(world.target)).size();
}

TEST(Schedule, ANewChainRemovesWhatRetentionNoLongerKeeps) {
  World world;
  auto plan = plan_of(world, {2, 0});
  for (int i = 0; i < 3; ++i) {
    must(take_and_prune(plan, world.keys, world.random, world.harness.clock));
    world.harness.clock.advance_ms(1000);
    must(take_and_prune(plan, world.keys, world.random, world.harness.clock));
    world.harness.clock.advance_ms(25 * 3600 * 1000);
  }
  EXPECT_EQ(chains_in(world), 2U);
  EXPECT_EQ(code_of(world.restore()), "ok");
}

TEST(Schedule, AFailedBackupIsAnErrorAndTheNextOneGoesOn) {
  World world;
  const auto plan = plan_of(world, {2, 0});
  must(take_and_prune(plan, world.keys, world.random, world.harness.clock));
  {
    const auto busy = must(DirectoryLock::take(world.target));
    EXPECT_EQ(code_of(take_and_prune(plan, world.keys, world.random, world.harness.clock)), "backup.busy");
  }
  EXPECT_EQ(must(take_and_prune(plan, world.keys, world.random, world.harness.clock)).point.number, 1);
}

TEST(Schedule, EndsAtOnceWhateverItIsDoing) {
  World world;
  for (int i = 0; i < 20; ++i) Schedule(plan_of(world, {2, 0}), world.keys, world.random, world.harness.clock);
  // Whether they got to an end or not: what is there is sound.
  world.take();
  EXPECT_EQ(code_of(world.restore()), "ok");
}

}  // namespace
}  // namespace feiqian::backup
