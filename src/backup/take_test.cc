#include "backup/take.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "backup/testing/world.h"

namespace feiqian::backup {
namespace {

using testing::code_of;
using testing::content_of;
using testing::must;
using testing::put;
using testing::World;

TEST(Take, BeginsWithAFullImageAndGoesOnWithWhatChanged) {
  World world;
  const auto full = world.take();
  EXPECT_TRUE(full.is_full());
  EXPECT_EQ(full.pages, full.page_count);
  EXPECT_EQ(full.batch, 1);
  const auto idle = world.take();
  EXPECT_EQ(idle.chain, full.chain);
  EXPECT_EQ(idle.number, 1);
  EXPECT_EQ(idle.pages, 0);
  EXPECT_EQ(idle.image, full.image);
  world.pay(2000);
  const auto increment = world.take();
  EXPECT_EQ(increment.number, 2);
  EXPECT_GT(increment.pages, 0);
  EXPECT_LT(increment.pages, increment.page_count / 2);
  EXPECT_NE(increment.image, full.image);
  EXPECT_EQ(increment.batch, 2);
}

TEST(Take, BeginsANewChainWhenAskedOrTheOldOneIsOld) {
  World world;
  const auto first = world.take();
  const auto asked = world.take(true);
  EXPECT_NE(asked.chain, first.chain);
  EXPECT_TRUE(asked.is_full());
  world.harness.clock.advance_ms(25 * 3600 * 1000);
  const auto later = world.take();
  EXPECT_NE(later.chain, asked.chain);
  EXPECT_TRUE(later.is_full());
}

TEST(Take, BeginsANewChainWhenItCannotTrustTheOldOne) {
  struct Case {
    const char* what;
    std::function<void(const World&, const Manifest&)> harm;
  };
  const Case cases[] = {
      {"no digests",
       [](const World& w, const Manifest& p) { std::filesystem::remove(w.target + "/" + p.chain + "/pages"); }},
      {"digests of another moment",
       [](const World& w, const Manifest& p) {
         put(w.target + "/" + p.chain + "/pages", content_of(w.scratch.file("pages-before")));
       }},
      {"a manifest changed", [](const World& w, const Manifest& p) { put(w.path_of(p, "manifest"), "x\ny\n"); }},
      {"a manifest removed",
       [](const World& w, const Manifest& p) { std::filesystem::remove(w.path_of(p, "manifest")); }},
  };
  for (const auto& one : cases) {
    World world;
    const auto before = world.take();
    put(world.scratch.file("pages-before"), content_of(world.target + "/" + before.chain + "/pages"));
    world.pay(2000);
    const auto last = world.take();
    one.harm(world, last);
    world.pay(3000);
    const auto next = world.take();
    EXPECT_TRUE(next.is_full()) << one.what;
    EXPECT_EQ(code_of(world.restore()), "ok") << one.what;
    EXPECT_EQ(world.restored_content(), world.live_content()) << one.what;
  }
}

TEST(Take, LeavesNothingWhenItFails) {
  World world;
  const auto first = world.take();
  world.pay(2000);
  const std::atomic<bool> cancelled = true;
  const Subject subject{world.data.path(), world.harness.path(), {}};
  for (const bool full : {false, true}) {
    EXPECT_EQ(
        code_of(take(subject, {world.target, full, 86400, &cancelled}, world.keys, world.random, world.harness.clock)),
        "backup.cancelled");
    const auto catalogue = must(read_catalogue(world.target, world.keys));
    ASSERT_EQ(catalogue.chains.size(), 1U);
    EXPECT_EQ(catalogue.chains[0].points.size(), 1U);
    EXPECT_FALSE(catalogue.chains[0].problem);
  }
  EXPECT_EQ(world.take().chain, first.chain);
}

TEST(Take, WritesWhereNobodyElseDoes) {
  World world;
  world.take();
  const auto other = must(DirectoryLock::take(world.target));
  EXPECT_EQ(code_of(world.try_take()), "backup.busy");
}

TEST(Take, RefusesTheDirectoryOfAnotherPlatform) {
  World world;
  world.take();
  World other;
  other.target = world.target;
  SeededRandom chance(99);
  const auto store = must(crypto::KeyStore::open(other.data.file("other-keys"), chance));
  other.keys = Keys(store);
  EXPECT_EQ(code_of(other.try_take()), "backup.other_key");
}

TEST(Take, RefusesADataDirectoryWithoutAnEmbeddedDatabase) {
  World world;
  const Subject subject{world.data.path(), world.data.file("feiqian.db"), {}};
  EXPECT_EQ(code_of(take(subject, {world.target}, world.keys, world.random, world.harness.clock)),
            "backup.store_unsupported");
  EXPECT_FALSE(std::filesystem::exists(world.target));
}

TEST(Take, MakesFilesThatOnlyTheirOwnerReads) {
  World world;
  const auto point = world.take();
  for (const char* suffix : {"data", "manifest"}) {
    struct stat status {};
    ASSERT_EQ(::stat(world.path_of(point, suffix).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
}

}  // namespace
}  // namespace feiqian::backup
