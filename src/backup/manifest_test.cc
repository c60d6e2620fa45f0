#include "backup/manifest.h"

#include <gtest/gtest.h>

#include "backup/testing/world.h"

namespace feiqian::backup {
namespace {

using testing::code_of;
using testing::must;

Manifest sample() {
  Manifest manifest;
  manifest.chain = "20261122T063000000Z-4f0c11d2";
  manifest.number = 3;
  manifest.previous = std::string(64, 'a');
  manifest.taken_at = Timestamp{1795312800123000};
  manifest.schema = 2;
  manifest.page_size = 4096;
  manifest.page_count = 262145;
  manifest.pages = 17;
  manifest.image = std::string(64, 'b');
  manifest.batch = 41;
  manifest.batch_hash = std::string(64, 'c');
  manifest.committed_at = Timestamp{1795312799000000};
  manifest.data = {70000, std::string(64, 'd')};
  return manifest;
}

class ManifestText : public ::testing::Test {
 protected:
  engine::testing::TempDirectory directory_;
  SeededRandom random_{3};
  crypto::KeyStore store_ = must(crypto::KeyStore::open(directory_.file("keys"), random_));
  Keys keys_{store_};
  std::string place_ = sample().place("manifest");
};

TEST_F(ManifestText, SaysAllOfIt) {
  EXPECT_EQ(place_, "20261122T063000000Z-4f0c11d2/0003.manifest");
  const auto read = must(manifest_from_text(to_text(sample(), keys_), place_, keys_));
  EXPECT_EQ(to_text(read, keys_), to_text(sample(), keys_));
  EXPECT_EQ(read.taken_at, sample().taken_at);
  EXPECT_EQ(read.data, sample().data);
}

TEST_F(ManifestText, NoticesEveryChange) {
  const auto text = to_text(sample(), keys_);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == '7' ? '8' : '7';
    EXPECT_NE(code_of(manifest_from_text(changed, place_, keys_)), "ok") << "byte " << i;
    EXPECT_NE(code_of(manifest_from_text(text.substr(0, i), place_, keys_)), "ok") << "cut at " << i;
  }
}

TEST_F(ManifestText, BelongsToItsPlace) {
  EXPECT_EQ(code_of(manifest_from_text(to_text(sample(), keys_), "other/0003.manifest", keys_)),
            "backup.manifest_broken");
}

TEST_F(ManifestText, TellsAnotherKeyFromAChange) {
  const auto other_store = must(crypto::KeyStore::open(directory_.file("other"), random_));
  const Keys other(other_store);
  EXPECT_EQ(code_of(manifest_from_text(to_text(sample(), other), place_, keys_)), "backup.other_key");
  EXPECT_EQ(code_of(manifest_from_text("nonsense\n", place_, keys_)), "backup.manifest_broken");
}

}  // namespace
}  // namespace feiqian::backup
