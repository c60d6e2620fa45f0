// What is planted in the tables of money behind the platform's back is found and named, table by table. The ledger's
// own: ledger/verify_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/heads.h"
#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::must;
using testing::Platform;
using testing::Strings;

void sign_heads(Platform& platform) {
  const auto key = must(engine::HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::Ed25519)));
  must(platform.run(
      engine::RecordHeads{must(engine::heads_to_sign(*platform.harness.reader(), key, platform.clock.now()))}));
}

/// A platform with rows in every table of money.
void fill(Platform& platform) {
  platform.set_parameter("refunds.most_parts", 9);
  const auto payment = platform.paid();
  const auto refund = must(platform.refund(payment, 30000)).id;
  must(platform.refund_says(refund, channels::RefundState::Failed));
  must(platform.refund(payment, 500, "R-2"));
  must(platform.hold(1000));
  sign_heads(platform);
  ASSERT_EQ(platform.problems(), Strings{});
}

/// Every table that leaves evidence.
std::vector<const store::TableInfo*> tables_of_money() {
  std::vector<const store::TableInfo*> tables;
  for (const auto* table : store::all_tables()) {
    if (table->evidence != store::Evidence::None) tables.push_back(table);
  }
  return tables;
}

/// The greatest id of a table: rows that were made last.
std::int64_t last_id(Platform& platform, const store::TableInfo& table) {
  std::int64_t id = 0;
  must(platform.harness.reader()->select({&table, {}, true, 1},
                                         [&](const store::RowSource& source) { id = source.integer(0); }));
  return id;
}
std::string name_of(const store::TableInfo& table, std::int64_t id) {
  return table.name + " " + feiqian::detail::id_to_text(table.id_prefix, id) + ": ";
}

/// SQL for another value than there is, whatever the column holds.
std::string another_value(const store::ColumnInfo& column) {
  switch (column.type) {
    case store::ColumnType::Integer:
      return "coalesce(" + column.name + ", 0) + 1";
    case store::ColumnType::Text:
      return column.name == "currency" ? "'USD'" : "coalesce(" + column.name + ", '') || 'x'";
    case store::ColumnType::Blob:
      return "CAST(coalesce(" + column.name + ", x'') || x'00' AS BLOB)";
  }
  return {};
}

TEST(Tampering, WithAnyColumnOfAnyTableOfMoneyIsNamed) {
  std::set<std::string> tables;
  for (const auto* table : tables_of_money()) {
    Platform platform;
    fill(platform);
    const auto id = last_id(platform, *table);
    ASSERT_NE(id, 0) << table->name;
    const auto where = " WHERE id=" + std::to_string(id);
    for (std::size_t i = 1; i < table->columns.size(); ++i) {
      const auto& column = table->columns[i];
      const auto set = "UPDATE " + table->name + " SET " + column.name + "=";
      platform.harness.tamper("CREATE TABLE kept AS SELECT * FROM " + table->name + where);
      platform.harness.tamper(set + another_value(column) + where);
      EXPECT_THAT(platform.problems(), Contains(HasSubstr(name_of(*table, id) + "the row is not what batch")))
          << table->name << "." << column.name;
      platform.harness.tamper(set + "(SELECT " + column.name + " FROM kept)" + where + "; DROP TABLE kept");
      ASSERT_EQ(platform.problems(), Strings{}) << table->name << "." << column.name << ": as it was";
    }
    tables.insert(table->name);
  }
  EXPECT_EQ(tables,
            (std::set<std::string>{"account", "account_page", "channel", "contract", "event", "fee_rule", "hold",
                                   "parameter", "payment", "refund", "signed_head", "voucher_reversal"}));
}

TEST(Tampering, ANullIsNotAnEmptyValue) {
  for (const auto* table : tables_of_money()) {
    for (const auto& column : table->columns) {
      if (!column.nullable) continue;
      Platform platform;
      fill(platform);
      const auto id = last_id(platform, *table);
      const std::string empty = column.type == store::ColumnType::Integer ? "0"
                                : column.type == store::ColumnType::Text  ? "''"
                                                                          : "x''";
      platform.harness.tamper("UPDATE " + table->name + " SET " + column.name + "=CASE WHEN " + column.name +
                              " IS NULL THEN " + empty + " END WHERE id=" + std::to_string(id));
      EXPECT_THAT(platform.problems(), Contains(HasSubstr(name_of(*table, id) + "the row is not what batch")))
          << table->name << "." << column.name;
    }
  }
}

TEST(Tampering, ByRemovingARowIsNamed) {
  for (const auto* table : tables_of_money()) {
    Platform platform;
    fill(platform);
    const auto id = last_id(platform, *table);
    platform.harness.tamper("DELETE FROM " + table->name + " WHERE id=" + std::to_string(id));
    EXPECT_THAT(platform.problems(), Contains(::testing::AllOf(HasSubstr(name_of(*table, id) + "the row that batch"),
                                                               HasSubstr("wrote is missing"))))
        << table->name;
  }
}

TEST(Tampering, ByAddingARowIsNamed) {
  for (const auto* table : tables_of_money()) {
    Platform platform;
    fill(platform);
    const auto id = last_id(platform, *table);
    // A copy, with other values in the columns of indexes that must be unique.
    std::string values = "id + 1";
    for (std::size_t i = 1; i < table->columns.size(); ++i) {
      bool in_unique_index = false;
      for (const auto& index : table->indexes) {
        in_unique_index = in_unique_index || (index.unique == store::Unique::Yes &&
                                              std::count(index.columns.begin(), index.columns.end(), i) > 0);
      }
      const auto& column = table->columns[i];
      const bool changed = in_unique_index && column.name != "code" && column.name != "currency";
      const bool text_code = in_unique_index && column.name == "code" && column.type == store::ColumnType::Text;
      values += ", " + (changed || text_code ? another_value(column) : column.name);
    }
    platform.harness.tamper("INSERT INTO " + table->name + " SELECT " + values + " FROM " + table->name +
                            " WHERE id=" + std::to_string(id));
    EXPECT_THAT(platform.problems(), Contains(name_of(*table, id + 1) + "no batch wrote this row")) << table->name;
  }
}

TEST(Tampering, PuttingAnOlderStateOfARowBackIsNamed) {
  Platform platform;
  const auto payment = platform.pending();
  const auto id = platform.attempt(payment).payment;
  platform.harness.tamper("CREATE TABLE kept AS SELECT * FROM payment");
  must(platform.say(payment, testing::TradeState::Paid));
  ASSERT_EQ(platform.problems(), Strings{});
  platform.harness.tamper("DELETE FROM payment; INSERT INTO payment SELECT * FROM kept; DROP TABLE kept");
  EXPECT_THAT(platform.problems(), Contains(HasSubstr("payment " + id.text() + ": the row is not what batch")));
}

}  // namespace
}  // namespace feiqian::payments
