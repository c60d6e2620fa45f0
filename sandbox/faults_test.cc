#include "sandbox/faults.h"

#include <gtest/gtest.h>

#include "foundation/log.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox {
namespace {

class FaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log::set_level(log::Level::Error);
    open();
  }
  void open() {
    faults.reset();
    database.reset();
    database = std::move(Database::open(directory.path() + "/sandbox.db", {Faults::kSchema})).value();
    faults = std::make_unique<Faults>(*database, chance);
  }
  FaultRule add(const std::string& body) {
    return database->transact([&] { return faults->add(fault_from_json(body).value()); }).value();
  }
  bool drawn(FaultKind kind, const std::string& method, const std::string& order) {
    return database->transact([&] { return faults->draw(kind, method, order); }).value().has_value();
  }

  testing::TemporaryDirectory directory;
  SeededRandom chance{7};
  std::unique_ptr<Database> database;
  std::unique_ptr<Faults> faults;
};

TEST_F(FaultsTest, EveryKindHasANameThatLeadsBack) {
  EXPECT_EQ(all_fault_kinds().size(), 15U);
  for (const auto kind : all_fault_kinds()) EXPECT_EQ(fault_kind_of(name_of(kind)), kind) << name_of(kind);
  EXPECT_EQ(fault_kind_of("nonsense"), std::nullopt);
}

TEST_F(FaultsTest, ReadsARuleWithItsDefaults) {
  const auto plain = fault_from_json(R"({"kind":"delay"})").value();
  EXPECT_EQ(plain.method, "*");
  EXPECT_EQ(plain.rate_ppm, 1000000);
  EXPECT_EQ(plain.times, std::nullopt);
  EXPECT_EQ(plain.delay_ms, 1000);
  EXPECT_EQ(fault_from_json(R"({"kind":"notify_wrong_amount"})").value().minor, 1);
  const auto full =
      fault_from_json(
          R"({"kind":"refund_pending","method":"m","out_trade_no":"o","rate":0.25,"times":3,"delay_ms":9,"minor":-4})")
          .value();
  EXPECT_EQ(full.rate_ppm, 250000);
  EXPECT_EQ(full.times, 3);
  EXPECT_EQ(full.delay_ms, 9);
  EXPECT_EQ(full.minor, -4);
}

TEST_F(FaultsTest, RefusesABadRuleNamingTheField) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {R"({"kind":"nonsense"})", "kind"},         {R"({})", "kind"},
      {R"({"kind":"delay","rate":1.5})", "rate"}, {R"({"kind":"delay","rate":"1"})", "rate"},
      {R"({"kind":"delay","times":0})", "times"}, {R"({"kind":"delay","delay_ms":-1})", "delay_ms"},
      {R"({"kind":"delay","typo":1})", "typo"},
  };
  for (const auto& [body, field] : bad) {
    const auto rule = fault_from_json(body);
    ASSERT_FALSE(rule.ok()) << body;
    EXPECT_EQ(rule.error().field(), field) << body;
  }
  EXPECT_FALSE(fault_from_json("[]").ok());
}

TEST_F(FaultsTest, MatchesKindMethodAndOrder) {
  add(R"({"kind":"http_500","method":"a","out_trade_no":"1"})");
  EXPECT_FALSE(drawn(FaultKind::Http500, "a", "2"));
  EXPECT_FALSE(drawn(FaultKind::Http500, "b", "1"));
  EXPECT_FALSE(drawn(FaultKind::Delay, "a", "1"));
  EXPECT_TRUE(drawn(FaultKind::Http500, "a", "1"));
}

TEST_F(FaultsTest, EndsAfterItsTimesAndCountsThem) {
  add(R"({"kind":"http_500","times":2})");
  EXPECT_TRUE(drawn(FaultKind::Http500, "a", ""));
  EXPECT_TRUE(drawn(FaultKind::Http500, "b", ""));
  EXPECT_FALSE(drawn(FaultKind::Http500, "c", ""));
  const auto rules = database->transact([&] { return faults->list(); }).value();
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].applied, 2);
  EXPECT_TRUE(rules[0].ended());
}

TEST_F(FaultsTest, DrawsByRateFromTheSeedAlone) {
  add(R"({"kind":"http_500","rate":0.3})");
  const auto pattern = [&] {
    chance.~SeededRandom();
    new (&chance) SeededRandom(42);
    std::string drawn_pattern;
    for (int i = 0; i < 200; ++i) drawn_pattern += drawn(FaultKind::Http500, "a", "") ? 'x' : '.';
    return drawn_pattern;
  };
  const auto first = pattern();
  EXPECT_EQ(first, pattern());
  const auto hits = std::count(first.begin(), first.end(), 'x');
  EXPECT_GT(hits, 35);
  EXPECT_LT(hits, 90);
}

TEST_F(FaultsTest, SurvivesARestart) {
  const auto rule = add(R"({"kind":"http_500","times":2})");
  EXPECT_TRUE(drawn(FaultKind::Http500, "a", ""));
  open();
  EXPECT_TRUE(drawn(FaultKind::Http500, "a", ""));
  EXPECT_FALSE(drawn(FaultKind::Http500, "a", ""));
  EXPECT_TRUE(database->transact([&] { return faults->remove(rule.id); }).ok());
  EXPECT_TRUE(database->transact([&] { return faults->remove(rule.id); }).error().is(errors::kFaultNotFound));
}

}  // namespace
}  // namespace feiqian::sandbox
