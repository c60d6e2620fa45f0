#include "engine/parameters.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/set_parameter.h"
#include "engine/testing/harness.h"

namespace feiqian::engine {
namespace {

using testing::code_of;
using testing::Do;
using testing::Harness;
using testing::must;

TEST(Parameters, HoldFromTheirDateOn) {
  const Parameters parameters({{{1}, "payments.default_expiry", {20260201}, 100, {}},
                               {{2}, "payments.default_expiry", {20260101}, 200, {}},
                               {{3}, "tax.vat", {20260301}, 30000, {}}});
  struct Case {
    const char* name;
    int day;
    std::int64_t value;
  };
  for (const auto& c : {Case{"payments.default_expiry", 20251231, 900}, Case{"payments.default_expiry", 20260101, 200},
                        Case{"payments.default_expiry", 20260131, 200}, Case{"payments.default_expiry", 20260201, 100},
                        Case{"payments.default_expiry", 20300101, 100}, Case{"tax.vat", 20260228, 60000},
                        Case{"tax.vat", 20260301, 30000}, Case{"refunds.most_parts", 20260301, 50}}) {
    EXPECT_EQ(parameters.value(c.name, Date{c.day}), c.value) << c.name << " " << c.day;
  }
}

TEST(ParametersDeathTest, AnUnknownNameIsAFault) {
  EXPECT_DEATH(static_cast<void>(Parameters().value("no.such", Date{20260101})), "check.failed");
}

TEST(Parameters, DefaultsAreWithinTheirBoundsAndNamedOnce) {
  std::set<std::string_view> names;
  for (const auto& definition : parameter_catalogue()) {
    EXPECT_GE(definition.fallback, definition.least) << definition.name;
    EXPECT_LE(definition.fallback, definition.most) << definition.name;
    EXPECT_TRUE(names.insert(definition.name).second) << definition.name;
  }
}

TEST(SetParameter, IsSeenByTheNextBatchAndSurvivesARestart) {
  Harness harness;
  const auto value = [&] {
    return must(harness.run(Do<std::int64_t>{{}, [](Decision& decision) -> Result<std::int64_t> {
                                               return decision.context.parameter("refunds.most_parts");
                                             }}));
  };
  EXPECT_EQ(value(), 50);
  must(harness.run(SetParameter{"refunds.most_parts", 7, Date{20261122}}));
  must(harness.run(SetParameter{"refunds.most_parts", 9, Date{20261123}}));
  EXPECT_EQ(value(), 7);
  harness.reopen();
  EXPECT_EQ(value(), 7);
  harness.clock.advance_ms(14LL * 3600 * 1000);
  EXPECT_EQ(value(), 9);
  // The latest value given for a day counts.
  must(harness.run(SetParameter{"refunds.most_parts", 11, Date{20261123}}));
  EXPECT_EQ(value(), 11);
  harness.reopen();
  EXPECT_EQ(value(), 11) << "and still does after a restart";
}

TEST(SetParameter, EveryRefusal) {
  Harness harness;
  for (const auto& command :
       {SetParameter{"no.such", 1, Date{20261122}}, SetParameter{"refunds.most_parts", 0, Date{20261122}},
        SetParameter{"refunds.most_parts", 1001, Date{20261122}}}) {
    const auto reply = harness.run(command);
    EXPECT_EQ(code_of(reply), "value.invalid");
    EXPECT_EQ(reply.error().field(), command.name);
  }
  EXPECT_TRUE(harness.all(kParameters).empty());
}

}  // namespace
}  // namespace feiqian::engine
