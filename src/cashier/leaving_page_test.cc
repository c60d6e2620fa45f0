#include "cashier/leaving_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace feiqian::cashier {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(LeavingPage, PostsTheFieldsToTheProvider) {
  const auto page = leaving_page("https://gateway.example/front.do", {{"orderId", "att1"}, {"txnAmt", "12800"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body,
              HasSubstr("<form method=\"post\" accept-charset=\"utf-8\" action=\"https://gateway.example/front.do\">"));
  EXPECT_THAT(page.body, HasSubstr("<input type=\"hidden\" name=\"orderId\" value=\"att1\">"));
  EXPECT_THAT(page.body, HasSubstr("<input type=\"hidden\" name=\"txnAmt\" value=\"12800\">"));
  EXPECT_EQ(page.headers.get("Cache-Control"), "no-store");
}

TEST(LeavingPage, WhatFieldsHoldStaysText) {
  const auto page = leaving_page("https://gateway.example/?a=\"><script>", {{"n\"", "\"><script>alert(1)</script>"}});
  EXPECT_THAT(page.body, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page.body, Not(HasSubstr("\"><script>\"")));
}

TEST(LeavingPage, OnlyItsOwnScriptMayRun) {
  const auto page = leaving_page("https://gateway.example/", {{"a", "1"}});
  const auto from = page.body.find("<script>") + 8;
  const auto script = page.body.substr(from, page.body.find("</script>") - from);
  EXPECT_THAT(std::string(page.headers.get("Content-Security-Policy")),
              HasSubstr("script-src 'sha256-" + to_base64(crypto::sha256(script)) + "'"));
  EXPECT_THAT(std::string(page.headers.get("Content-Security-Policy")), HasSubstr("default-src 'none'"));
}

}  // namespace
}  // namespace feiqian::cashier
