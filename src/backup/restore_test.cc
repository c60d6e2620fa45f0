#include "backup/restore.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "backup/testing/world.h"

namespace feiqian::backup {
namespace {

using testing::code_of;
using testing::content_of;
using testing::must;
using testing::put;
using testing::World;

struct Point {
  Manifest manifest;
  std::string content;
};

TEST(Restore, GivesEveryPointAsItWas) {
  World world;
  std::vector<Point> points;
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < i * 3; ++k) world.pay(100 + i);
    points.push_back({world.take(i == 4), world.live_content()});
  }
  for (const auto& [point, content] : points) {
    const auto restored = must(world.restore({point.taken_at, std::nullopt}));
    EXPECT_EQ(restored.point.place("data"), point.place("data"));
    EXPECT_EQ(world.restored_content(), content);
    EXPECT_EQ(restored.books.batches, point.batch);
    must(world.restore({std::nullopt, point.batch}));
    EXPECT_EQ(world.restored_content(), content);
  }
  must(world.restore());
  EXPECT_EQ(world.restored_content(), points.back().content);
}

RC_GTEST_PROP(Restore, GivesEveryPointOfAnyHistory, (const std::vector<std::uint8_t>& steps)) {
  World world;
  std::vector<Point> points;
  for (const auto step : steps) {
    if (step % 4 == 0) {
      points.push_back({world.take(step % 32 == 0), world.live_content()});
    } else if (step % 7 == 0) {
      // Rows that go: pages become free and are used again.
      world.harness.tamper(
          "DELETE FROM incident; INSERT INTO incident (id, kind, subject, detail, at) "
          "SELECT value, 'test', 1, hex(randomblob(2000)), 1 FROM json_each('[1,2,3,4,5,6,7,8,9]')");
    } else {
      world.pay(step);
    }
  }
  for (const auto& [point, content] : points) {
    RC_ASSERT(code_of(world.restore({point.taken_at, std::nullopt})) == "ok");
    RC_ASSERT(world.restored_content() == content);
  }
}

TEST(Restore, WaitsForABackupThatIsUnderWay) {
  World world;
  world.take();
  world.pay(2000);
  const auto point = world.take();
  // As it looks between the data and the manifest of the second point.
  const auto manifest = content_of(world.path_of(point, "manifest"));
  std::filesystem::remove(world.path_of(point, "manifest"));
  auto writing = std::make_optional(must(DirectoryLock::take(world.target)));
  std::thread writer([&] {
    put(world.path_of(point, "manifest"), manifest);
    writing.reset();
  });
  EXPECT_EQ(must(world.restore()).point.number, point.number);
  writer.join();
}

TEST(Restore, PicksTheLastPointAtOrBefore) {
  World world;
  const auto first = world.take();
  world.pay(2000);
  world.pay(3000);
  const auto second = world.take();
  EXPECT_EQ(must(world.restore({second.taken_at.plus_ms(-1), std::nullopt})).point.number, first.number);
  EXPECT_EQ(must(world.restore({std::nullopt, second.batch - 1})).point.number, first.number);
  EXPECT_EQ(must(world.restore({std::nullopt, second.batch + 10})).point.number, second.number);
  EXPECT_EQ(code_of(world.restore({first.taken_at.plus_ms(-1), std::nullopt})), "backup.not_found");
  EXPECT_EQ(code_of(world.restore({std::nullopt, 0})), "backup.not_found");
}

TEST(Restore, MakesACompleteDataDirectoryWithAMark) {
  World world;
  const auto point = world.take();
  must(world.restore());
  EXPECT_EQ(content_of(world.restored_path + "/feiqian.toml"), "[server]\n");
  EXPECT_EQ(content_of(world.restored_path + "/keys/master.key"), content_of(world.data.file("keys") + "/master.key"));
  const auto mark = must(mark_from_text(content_of(world.restored_path + "/restored.json")));
  EXPECT_EQ(mark.batch, point.batch);
  EXPECT_EQ(mark.batch_hash, point.batch_hash);
  EXPECT_EQ(mark.taken_at, point.taken_at);
}

TEST(Restore, RefusesADirectoryThatHoldsAnything) {
  World world;
  world.take();
  must(world.restore());
  const auto again = restore({world.target, world.restored_path, world.data.file("keys") + "/master.key", {}, {}}, {},
                             world.random, world.harness.clock);
  EXPECT_EQ(code_of(again), "backup.target_not_empty");
}

TEST(Restore, NamesAnotherMasterKey) {
  World world;
  world.take();
  put(world.data.file("keys") + "/master.key", std::string(32, 'k'));
  EXPECT_EQ(code_of(world.restore()), "backup.other_key");
}

/// Three points of one chain and what may happen to their files; each must be noticed and named.
TEST(Restore, NamesWhatWasDoneToTheBackup) {
  struct Case {
    const char* what;
    std::function<void(const World&, const std::vector<Manifest>&)> harm;
    const char* code;
    const char* place;
  };
  using Points = std::vector<Manifest>;
  const auto flip = [](const std::string& path) {
    auto content = content_of(path);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    put(path, content);
  };
  namespace fs = std::filesystem;
  const Case cases[] = {
      {"a byte of the full image", [&](const World& w, const Points& p) { flip(w.path_of(p[0], "data")); },
       "backup.file_broken", "0000.data"},
      {"a byte of an increment", [&](const World& w, const Points& p) { flip(w.path_of(p[1], "data")); },
       "backup.file_broken", "0001.data"},
      {"data cut off", [](const World& w, const Points& p) { fs::resize_file(w.path_of(p[1], "data"), 5000); },
       "backup.file_broken", "0001.data"},
      {"data missing", [](const World& w, const Points& p) { fs::remove(w.path_of(p[1], "data")); },
       "backup.file_missing", "0001.data"},
      {"data of another point",
       [](const World& w, const Points& p) { put(w.path_of(p[1], "data"), content_of(w.path_of(p[2], "data"))); },
       "backup.file_broken", "0001.data"},
      {"a byte of a manifest", [&](const World& w, const Points& p) { flip(w.path_of(p[1], "manifest")); },
       "backup.manifest_broken", "0001.manifest"},
      {"a manifest missing", [](const World& w, const Points& p) { fs::remove(w.path_of(p[1], "manifest")); },
       "backup.file_missing", "0001.manifest"},
      {"the last manifest missing", [](const World& w, const Points& p) { fs::remove(w.path_of(p[2], "manifest")); },
       "backup.file_missing", "0002.manifest"},
      {"a manifest of another point",
       [](const World& w, const Points& p) {
         put(w.path_of(p[1], "manifest"), content_of(w.path_of(p[2], "manifest")));
       },
       "backup.manifest_broken", "0001.manifest"},
  };
  for (const auto& one : cases) {
    World world;
    Points points;
    for (int i = 0; i < 3; ++i) {
      world.pay(1000 + i);
      points.push_back(world.take());
    }
    one.harm(world, points);
    const auto restored = world.restore();
    EXPECT_EQ(code_of(restored), one.code) << one.what;
    if (!restored.ok()) {
      EXPECT_NE(restored.error().detail().find(one.place), std::string::npos) << restored.error().text();
    }
    EXPECT_FALSE(fs::exists(world.restored_path)) << one.what;
  }
}

TEST(Restore, OfAnOlderPointGoesOnAndSaysWhatItPassedOver) {
  World world;
  const auto first = world.take();
  world.pay(2000);
  put(world.path_of(world.take(), "manifest"), "x\ny\n");
  EXPECT_EQ(code_of(world.restore()), "backup.manifest_broken");
  const auto restored = must(world.restore({first.taken_at, std::nullopt}));
  ASSERT_EQ(restored.passed_over.size(), 1U);
  EXPECT_TRUE(restored.passed_over[0].is(errors::kBackupManifestBroken));
}

TEST(Restore, RefusesBooksThatDidNotVerifyWhenTheyWereBackedUp) {
  World world;
  world.pay(2000);
  world.harness.tamper("UPDATE batch SET hash = zeroblob(32) WHERE number = 1");
  world.take();
  EXPECT_EQ(code_of(world.restore()), "backup.books_differ");
}

}  // namespace
}  // namespace feiqian::backup
