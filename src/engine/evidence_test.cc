// The bytes of evidence. That every table of money leaves it: payments/evidence_test.cc.
#include "engine/evidence.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "engine/set_parameter.h"
#include "engine/testing/harness.h"
#include "foundation/bytes.h"

namespace feiqian::engine {
namespace {

using testing::code_of;
using testing::Do;
using testing::Harness;
using testing::kStart;
using testing::must;

RowDigest beginning_of_sha256(const std::string& bytes) {
  const auto whole = crypto::sha256(bytes);
  RowDigest digest{};
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

std::vector<Testimony> read(std::string_view bytes) {
  std::vector<Testimony> all;
  EXPECT_TRUE(read_evidence(bytes, [&](const Testimony& testimony) { all.push_back(testimony); }));
  return all;
}

// --- bytes
// --------------------------------------------------------------------------------------------------------------------------------

TEST(RowDigest, IsOverTheDocumentedBytes) {
  const IdempotencyRow row{{1}, -2, "key", {std::string("\0b", 2)}, 200, "", {258}};
  std::string bytes;
  const auto put = [&](std::int64_t value) {
    bytes += 'i';
    put_int64(bytes, value);
  };
  put(1);
  put(-2);
  bytes += std::string("t\0\0\0\3key", 8) + std::string("b\0\0\0\2\0b", 7);
  put(200);
  bytes += std::string("t\0\0\0\0", 5);
  put(258);
  EXPECT_EQ(RowDigester().digest(kIdempotency.info(), &row), beginning_of_sha256(bytes));
}

TEST(RowDigest, OfARowDoesNotChangeWhenAColumnIsAddedThatItDoesNotUse) {
  const IdempotencyRow row{{1}, -2, "key", {"b"}, 200, "n", {258}};
  // A later version's table: one more column, which this row leaves null, and then one that uses it.
  static bool uses;
  auto later = kIdempotency.info();
  later.columns.push_back({"note", store::ColumnType::Integer, true});
  later.write = [](const void* written, store::RowSink& sink) {
    kIdempotency.info().write(written, sink);
    if (uses) {
      sink.integer(0);
    } else {
      sink.null();
    }
  };
  RowDigester digester;
  const auto before = digester.digest(kIdempotency.info(), &row);
  uses = false;
  EXPECT_EQ(digester.digest(later, &row), before);
  uses = true;
  EXPECT_NE(digester.digest(later, &row), before);
}

TEST(RowDigest, TellsColumnsApart) {
  // The same characters, cut elsewhere.
  const IdempotencyRow one{{1}, 1, "ab", {"c"}, 0, "", {}};
  const IdempotencyRow other{{1}, 1, "a", {"bc"}, 0, "", {}};
  RowDigester digester;
  const auto first = digester.digest(kIdempotency.info(), &one);
  EXPECT_NE(first, digester.digest(kIdempotency.info(), &other));
  EXPECT_EQ(first, digester.digest(kIdempotency.info(), &one)) << "the digester starts anew each time";
}

TEST(Evidence, HasTheDocumentedBytes) {
  const ParameterRow row{{0x0102030405060708}, "tax.vat", {20260101}, 60000, kStart};
  Evidence evidence;
  evidence.written(kParameters.info(), row.id.value, &row);
  evidence.deleted(kParameters.info(), 9);
  const auto digest = RowDigester().digest(kParameters.info(), &row);
  const auto bytes = evidence.take();
  EXPECT_EQ(bytes, std::string("\x08\x01\x02\x03\x04\x05\x06\x07\x08", 9) + std::string(digest.data(), digest.size()) +
                       std::string("\x08\0\0\0\0\0\0\0\x09", 9) + std::string(16, '\0'));
  EXPECT_EQ(evidence.take(), "") << "taken";
  const auto all = read(bytes);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].table, store::Evidence::Parameter);
  EXPECT_EQ(all[0].id, row.id.value);
  EXPECT_EQ(all[0].digest, digest);
  EXPECT_FALSE(all[0].deleted());
  EXPECT_EQ(all[1].id, 9);
  EXPECT_TRUE(all[1].deleted());
}

TEST(ReadEvidence, RefusesALengthThatIsNotWholeRecords) {
  EXPECT_TRUE(read("").empty());
  for (std::size_t size = 0; size <= 100; ++size) {
    int visited = 0;
    const bool whole = read_evidence(std::string(size, 'x'), [&](const Testimony&) { ++visited; });
    EXPECT_EQ(whole, size % 25 == 0) << size;
    EXPECT_EQ(visited, whole ? static_cast<int>(size / 25) : 0) << size;
  }
}

RC_GTEST_PROP(ReadEvidence, GivesBackWhatWasWritten, ()) {
  Evidence evidence;
  std::vector<std::int64_t> ids;
  std::vector<RowDigest> digests;
  const auto count = *rc::gen::inRange(0, 10);
  for (int i = 0; i < count; ++i) {
    const ParameterRow row{{*rc::gen::arbitrary<std::int64_t>()},
                           *rc::gen::arbitrary<std::string>(),
                           {},
                           *rc::gen::arbitrary<std::int64_t>(),
                           {}};
    ids.push_back(row.id.value);
    if (*rc::gen::arbitrary<bool>()) {
      evidence.written(kParameters.info(), row.id.value, &row);
      digests.push_back(RowDigester().digest(kParameters.info(), &row));
    } else {
      evidence.deleted(kParameters.info(), row.id.value);
      digests.push_back({});
    }
  }
  const auto all = read(evidence.take());
  RC_ASSERT(all.size() == ids.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    RC_ASSERT(all[i].id == ids[i]);
    RC_ASSERT(all[i].digest == digests[i]);
  }
}

// --- in batches
// ---------------------------------------------------------------------------------------------------------------------------

TEST(Evidence, NumbersOfTablesAreGivenOnce) {
  std::map<store::Evidence, std::string> tables;
  for (const auto* table : store::all_tables()) {
    if (table->evidence == store::Evidence::None) continue;
    EXPECT_TRUE(tables.emplace(table->evidence, table->name).second) << table->name;
  }
}

std::vector<Testimony> of_last_batch(Harness& harness) {
  return read(harness.all(kBatches).back().evidence.bytes);
}
using ParameterId = StrongId<ParameterTag>;
Do<int> with(ParameterId id, std::function<void(Decision&)> change, bool refuse = false) {
  return {[id](Load& load) { load.get(kParameters, id); },
          [=](Decision& decision) -> Result<int> {
            change(decision);
            if (refuse) return Error(errors::kValueInvalid);
            return 0;
          }};
}

TEST(Evidence, IsTheRowAsTheBatchLeavesIt) {
  Harness harness;
  const auto id = must(harness.run(SetParameter{"refunds.most_parts", 7, Date{20261122}}));
  const auto raise = with(id, [id](Decision& decision) { ++decision.change(kParameters, id).value; });
  const auto refused = with(
      id, [id](Decision& decision) { decision.change(kParameters, id).value = 900; }, true);
  auto row = harness.get(kParameters, id);
  auto said = of_last_batch(harness);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].digest, RowDigester().digest(kParameters.info(), &row));
  harness.run_together<Do<int>>({raise, refused, raise});
  row = harness.get(kParameters, id);
  EXPECT_EQ(row.value, 9);
  said = of_last_batch(harness);
  ASSERT_EQ(said.size(), 1U) << "once a batch, however often it changed";
  EXPECT_EQ(said[0].id, id.value);
  EXPECT_EQ(said[0].digest, RowDigester().digest(kParameters.info(), &row));
  must(harness.run(with(id, [id](Decision& decision) { decision.erase(kParameters, id); })));
  said = of_last_batch(harness);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].deleted());
}

TEST(Evidence, OfARowMadeAndErasedInOneBatchIsNone) {
  Harness harness;
  must(harness.run(
      Do<int>{{}, [](Decision& decision) -> Result<int> {
                const auto id = TRY((SetParameter{"refunds.most_parts", 7, Date{20261122}}).decide(decision));
                decision.erase(kParameters, id);
                decision.enqueue("kind", 1, 0, kStart);
                return 0;
              }}));
  EXPECT_TRUE(of_last_batch(harness).empty());
}

TEST(Evidence, NoneOfTablesThatAreNotOfMoneyAndOfRefusedCommands) {
  Harness harness;
  const Do<int> task{{}, [](Decision& decision) -> Result<int> {
                       decision.enqueue("kind", 1, 0, kStart);
                       return 0;
                     }};
  const Do<int> refused{{}, [](Decision& decision) -> Result<int> {
                          TRY((SetParameter{"refunds.most_parts", 7, Date{20261122}}).decide(decision));
                          return Error(errors::kValueInvalid);
                        }};
  harness.run_together<Do<int>>({task, refused});
  EXPECT_EQ(harness.all(kBatches).size(), 1U);
  EXPECT_EQ(harness.all(kBatches).back().evidence.bytes, "");
}

TEST(Evidence, OfABatchThatFailedIsNotInTheNext) {
  Harness harness;
  harness.store().fault = testing::FaultyStore::Fault::FlushRefused;
  EXPECT_EQ(code_of(harness.run(SetParameter{"refunds.most_parts", 7, Date{20261122}})), "store.unavailable");
  harness.store().fault = testing::FaultyStore::Fault::None;
  const auto id = must(harness.run(SetParameter{"refunds.most_parts", 8, Date{20261122}}));
  const auto said = of_last_batch(harness);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].id, id.value);
}

}  // namespace
}  // namespace feiqian::engine
