// Every table of money leaves evidence, whatever its rows hold: what a batch says of a row in memory is what a reader
// says of it in the file.
#include "engine/evidence.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "engine/heads.h"
#include "ledger/holds.h"
#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using testing::must;
using testing::Platform;

template <class Value>
Value any_value() {
  if constexpr (store::detail::IsOptional<Value>::value) {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return any_value<typename Value::value_type>();
  } else if constexpr (std::is_same_v<Value, std::string>) {
    return *rc::gen::arbitrary<std::string>();
  } else if constexpr (std::is_same_v<Value, store::Blob>) {
    return {*rc::gen::arbitrary<std::string>()};
  } else if constexpr (store::detail::HasCode<Value>) {
    return must(Value::parse(*rc::gen::element<std::string>("CNY", "USD")));
  } else if constexpr (std::is_same_v<Value, Date>) {
    return {*rc::gen::arbitrary<std::int32_t>()};
  } else if constexpr (std::is_same_v<Value, Timestamp> || store::detail::IsStrongId<Value>::value) {
    return {*rc::gen::arbitrary<std::int64_t>()};
  } else if constexpr (std::is_enum_v<Value>) {
    return static_cast<Value>(*rc::gen::inRange(0, 3));
  } else {
    return *rc::gen::arbitrary<Value>();
  }
}

template <class Row>
Row any_row() {
  Row row;
  boost::mp11::mp_for_each<store::detail::Members<Row>>(
      [&](auto member) { row.*member.pointer = any_value<std::remove_cvref_t<decltype(row.*member.pointer)>>(); });
  return row;
}

/// One file for all rows of a property.
class File {
 public:
  File() {
    const std::string schema = store::sqlite_schema();
    const store::Migration migrations[] = {{1, "all", schema}};
    store_ = must(store::SqliteStore::open(directory_.file("a.db"), migrations, 8));
  }
  engine::RowDigest digest_read(const store::TableInfo& table, const void* row, std::int64_t id) {
    flush({&table, {row}, {}, {}, {}, {}});
    std::vector<engine::RowDigest> read;
    must(must(store_->open_reader())->select({&table, {}, false, 10}, [&](const store::RowSource& source) {
      read.push_back(engine::RowDigester().digest(table, source));
    }));
    flush({&table, {}, {}, {id}, {}, {}});
    if (read.size() != 1) throw std::runtime_error("one row was written");
    return read[0];
  }

 private:
  void flush(const store::TableWrites& writes) {
    must(store_->load({}));
    must(store_->flush({&writes, 1}));
  }
  engine::testing::TempDirectory directory_;
  std::unique_ptr<store::SqliteStore> store_;
};

std::set<std::string>& tried() {
  static std::set<std::string> tables;
  return tables;
}

template <class Row>
void expect_same_digest(const store::Table<Row>& table) {
  tried().insert(table.info().name);
  File file;
  EXPECT_TRUE(rc::check(table.info().name, [&] {
    const auto row = any_row<Row>();
    const auto in_memory = engine::RowDigester().digest(table.info(), &row);
    RC_ASSERT(file.digest_read(table.info(), &row, row.id.value) == in_memory);
  }));
}

TEST(EvidenceOfMoney, ADigestFromTheRowIsTheDigestFromTheReader) {
  expect_same_digest(kPayments);
  expect_same_digest(kRefunds);
  expect_same_digest(ledger::kAccounts);
  expect_same_digest(ledger::kReversals);
  expect_same_digest(ledger::kHolds);
  expect_same_digest(parties::kContracts);
  expect_same_digest(pricing::kFeeRules);
  expect_same_digest(engine::kParameters);
  expect_same_digest(channels::kChannels);
  expect_same_digest(kEvents);
  expect_same_digest(ledger::kPages);
  expect_same_digest(engine::kHeads);
  for (const auto* table : store::all_tables()) {
    if (table->evidence == store::Evidence::None) continue;
    EXPECT_TRUE(tried().contains(table->name)) << table->name << " is not tried here";
  }
}

void sign_heads(Platform& platform) {
  const auto key = must(engine::HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::Ed25519)));
  must(platform.run(
      engine::RecordHeads{must(engine::heads_to_sign(*platform.harness.reader(), key, platform.clock.now()))}));
}

TEST(EvidenceOfMoney, TheLastWordOnEveryRowIsTheRow) {
  Platform platform;
  platform.set_parameter("refunds.most_parts", 9);
  const auto payment = platform.paid();
  const auto refund = must(platform.refund(payment, 30000)).id;
  must(platform.refund_says(refund, channels::RefundState::Failed));
  must(platform.refund(payment, 500, "R-2"));
  must(platform.hold(1000));
  sign_heads(platform);
  std::map<std::pair<store::Evidence, std::int64_t>, engine::RowDigest> said;
  for (const auto& batch : platform.harness.all(engine::kBatches)) {
    EXPECT_TRUE(engine::read_evidence(batch.evidence.bytes, [&](const engine::Testimony& testimony) {
      said[{testimony.table, testimony.id}] = testimony.digest;
    }));
  }
  const auto reader = platform.harness.reader();
  for (const auto* table : store::all_tables()) {
    if (table->evidence == store::Evidence::None) continue;
    int rows = 0;
    must(reader->select({table, {}, false, INT64_MAX}, [&](const store::RowSource& source) {
      ++rows;
      const auto found = said.find({table->evidence, source.integer(0)});
      ASSERT_NE(found, said.end()) << table->name;
      EXPECT_EQ(found->second, engine::RowDigester().digest(*table, source)) << table->name;
      said.erase(found);
    }));
    EXPECT_GT(rows, 0) << table->name << ": the platform has none";
  }
  EXPECT_TRUE(said.empty()) << "rows that are not there";
}

}  // namespace
}  // namespace feiqian::payments
