#include "backup/prune.h"

#include <gtest/gtest.h>

#include "backup/testing/world.h"

namespace feiqian::backup {
namespace {

using testing::code_of;
using testing::must;
using testing::put;
using testing::World;

/// One chain a day, each a full image and an increment.
std::vector<Manifest> days(World& world, int count) {
  std::vector<Manifest> firsts;
  for (int i = 0; i < count; ++i) {
    firsts.push_back(world.take(true));
    world.pay(1000);
    world.take();
    world.harness.clock.advance_ms(24 * 3600 * 1000);
  }
  return firsts;
}

std::vector<std::string> pruned(World& world, const Retention& retention) {
  return must(prune(world.target, retention, world.keys, world.harness.clock));
}

TEST(Prune, KeepsTheNewestChainsWhole) {
  World world;
  const auto chains = days(world, 4);
  EXPECT_EQ(pruned(world, {2, 0}), (std::vector<std::string>{chains[0].chain, chains[1].chain}));
  EXPECT_EQ(pruned(world, {2, 0}), std::vector<std::string>{});
  const auto left = must(read_catalogue(world.target, world.keys));
  ASSERT_EQ(left.chains.size(), 2U);
  for (const auto& chain : left.chains) {
    EXPECT_EQ(chain.points.size(), 2U);
    EXPECT_EQ(code_of(world.restore({chain.points.back().taken_at, std::nullopt})), "ok");
  }
}

TEST(Prune, KeepsWhatIsYoungerThanTheDaysSay) {
  World world;
  const auto chains = days(world, 5);
  // Now is a day after the last chain: chains[2] ends three days ago.
  EXPECT_EQ(pruned(world, {1, 4}), (std::vector<std::string>{chains[0].chain, chains[1].chain}));
}

TEST(Prune, NeverRemovesTheLastWholeChain) {
  World world;
  const auto chains = days(world, 1);
  world.harness.clock.advance_ms(std::int64_t{400} * 24 * 3600 * 1000);
  EXPECT_EQ(pruned(world, {0, 0}), std::vector<std::string>{});
  // A newer one that is broken does not count.
  put(world.path_of(world.take(true), "manifest"), "x\ny\n");
  EXPECT_EQ(pruned(world, {1, 0}), std::vector<std::string>{});
  EXPECT_EQ(code_of(world.restore({chains[0].taken_at, std::nullopt})), "ok");
}

}  // namespace
}  // namespace feiqian::backup
