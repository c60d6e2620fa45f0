#include "backup/records.h"

#include <gtest/gtest.h>

#include <vector>

namespace feiqian::backup {
namespace {

constexpr std::int64_t kPageSize = 512;

std::vector<std::string> records_in(std::string_view bytes, bool& whole) {
  std::vector<std::string> records;
  whole = visit_records(bytes, kPageSize,
                        {[&](std::int64_t number, std::string_view page) {
                           records.push_back(std::to_string(number) + ":" + std::string(1, page.front()));
                           return true;
                         },
                         [&](std::string_view name, std::string_view content) {
                           records.push_back(std::string(name) + "=" + std::string(content));
                           return true;
                         }});
  return records;
}

TEST(Records, AreReadAsTheyWereWritten) {
  const auto bytes = file_record("feiqian.toml", "text") + page_record(1, std::string(kPageSize, 'a')) +
                     file_record("empty", "") + page_record(1LL << 40, std::string(kPageSize, 'b'));
  bool whole = false;
  EXPECT_EQ(records_in(bytes, whole),
            (std::vector<std::string>{"feiqian.toml=text", "1:a", "empty=", "1099511627776:b"}));
  EXPECT_TRUE(whole);
}

TEST(Records, ThatAreCutOffOrOfNoKindAreRefused) {
  const auto page = page_record(1, std::string(kPageSize, 'a'));
  const auto file = file_record("name", "content");
  bool whole = true;
  for (const auto& record : {page, file}) {
    for (std::size_t size = 1; size < record.size(); ++size) {
      records_in(record.substr(0, size), whole);
      EXPECT_FALSE(whole) << size;
    }
  }
  records_in("X", whole);
  EXPECT_FALSE(whole);
  // A length that no bytes can have.
  records_in("F" + std::string(8, '\xff') + "name", whole);
  EXPECT_FALSE(whole);
}

}  // namespace
}  // namespace feiqian::backup
