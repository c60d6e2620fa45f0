// Who may use the ledger by itself, and what a client's commands may touch.
#include "api/ledger_clients.h"

#include <gtest/gtest.h>

#include "api/detail/ledger_permitted.h"
#include "ledger/testing/books.h"

namespace feiqian::api {
namespace {

using ledger::AccountId;
using ledger::Side;
using ledger::testing::Books;
using ledger::testing::code_of;
using ledger::testing::must;

LedgerClientRow row_of(std::string codes, std::int64_t owner) {
  LedgerClientRow row;
  row.codes = std::move(codes);
  row.owner = owner;
  return row;
}

TEST(LedgerClient, TouchesItsCodesAndOwner) {
  struct Case {
    const char* codes;
    std::int64_t owner;
    std::int32_t code;
    std::int64_t owner_of_account;
    bool may;
  };
  for (const auto& c : std::vector<Case>{{"*", 0, 2202, 7, true},
                                         {"*", 7, 2202, 7, true},
                                         {"*", 7, 2202, 8, false},
                                         {"*", 7, 1101, 0, false},
                                         {"2202", 0, 2202, 7, true},
                                         {"2202", 0, 2203, 7, false},
                                         {"1101,2202", 0, 2202, 0, true},
                                         {"1101,2202", 7, 2202, 8, false}}) {
    EXPECT_EQ(row_of(c.codes, c.owner).may_touch(c.code, c.owner_of_account), c.may) << c.codes << " " << c.owner;
  }
}

/// Books with accounts of two owners and money on one of them; a client that may touch that one only.
struct Opened {
  Books books;
  AccountId bank = open({1101, 0, money::kCny});
  AccountId tea = open({2202, 10 << 20, money::kCny});
  AccountId rice = open({2202, 11 << 20, money::kCny});
  LedgerClientId client = must(books.harness.run(CreateLedgerClient{"tea", "ed25519", "PEM", "2202", 10 << 20}));

  Opened() { must(must(books.harness.run(ledger::PostVouchers{{transfer(bank, tea, 100)}})).at(0)); }
  AccountId open(const ledger::AccountKey& key) { return must(books.harness.run(ledger::OpenAccount{key})); }
  static ledger::VoucherToPost transfer(AccountId debit, AccountId credit, std::int64_t amount) {
    return {7, {{debit, Side::Debit, amount}, {credit, Side::Credit, amount}}, "", false};
  }
  template <class Command>
  std::string code(Command command) {
    return code_of(books.harness.run(Permitted<Command>{std::move(command), client}));
  }
};

TEST(PermittedCommand, OfAnotherAccountDoesNothing) {
  Opened o;
  const auto hold = must(o.books.harness.run(ledger::PlaceHold{o.tea, 10, 0, std::nullopt})).id;
  must(must(o.books.harness.run(ledger::PostVouchers{{Opened::transfer(o.bank, o.rice, 100)}})).at(0));
  const auto theirs = must(o.books.harness.run(ledger::PlaceHold{o.rice, 10, 0, std::nullopt})).id;
  const auto before = o.books.harness.content();
  const std::string forbidden = "ledger.forbidden";
  EXPECT_EQ(o.code(ledger::PostVouchers{{Opened::transfer(o.tea, o.rice, 1)}}), forbidden);
  EXPECT_EQ(o.code(ledger::PostVouchers{{Opened::transfer(o.bank, o.tea, 1)}}), forbidden);
  EXPECT_EQ(o.code(ledger::OpenAccount{{2202, 11 << 20, money::kCny}}), forbidden);
  EXPECT_EQ(o.code(ledger::OpenAccount{{2203, 10 << 20, money::kCny}}), forbidden);
  EXPECT_EQ(o.code(ledger::PlaceHold{o.rice, 1, 0, std::nullopt}), forbidden);
  EXPECT_EQ(o.code(ledger::CaptureHold{hold, o.rice, 1, false}), forbidden);
  EXPECT_EQ(o.code(ledger::CaptureHold{theirs, o.tea, 1, false}), forbidden);
  EXPECT_EQ(o.code(ledger::ReleaseHold{theirs, false}), forbidden);
  EXPECT_EQ(o.code(ledger::FreezeAccount{o.rice, true, 0}), forbidden);
  EXPECT_EQ(o.code(ledger::LimitAccount{o.rice, 1}), forbidden);
  EXPECT_EQ(o.code(ledger::CloseAccount{o.rice}), forbidden);
  EXPECT_EQ(o.books.harness.content(), before);
  EXPECT_EQ(o.code(ledger::ReleaseHold{hold, false}), "ok");
  EXPECT_EQ(o.code(ledger::FreezeAccount{o.tea, true, 0}), "ok");
  EXPECT_EQ(o.code(ledger::FreezeAccount{{4711}, true, 0}), "account.not_found");
}

TEST(PermittedCommand, OfARevokedClientDoesNothing) {
  Opened o;
  EXPECT_EQ(o.code(ledger::PlaceHold{o.tea, 1, 0, std::nullopt}), "ok");
  must(o.books.harness.run(RevokeLedgerClient{o.client}));
  EXPECT_EQ(o.code(ledger::PlaceHold{o.tea, 1, 0, std::nullopt}), "auth.key_revoked");
  o.books.harness.reopen();
  EXPECT_EQ(o.code(ledger::PlaceHold{o.tea, 1, 0, std::nullopt}), "auth.key_revoked");
  o.client = {4711};
  EXPECT_EQ(o.code(ledger::PlaceHold{o.tea, 1, 0, std::nullopt}), "auth.key_revoked");
}

TEST(CreateLedgerClient, RefusesWhatNamesNothing) {
  Books books;
  for (const char* codes : {"", "22", "2202,", "2202, 1101", "all", "22021", "2202;1101", "-202"})
    EXPECT_EQ(code_of(books.harness.run(CreateLedgerClient{"a", "ed25519", "PEM", codes, 0})), "value.invalid")
        << codes;
  EXPECT_EQ(code_of(books.harness.run(CreateLedgerClient{"", "ed25519", "PEM", "*", 0})), "value.invalid");
  EXPECT_EQ(code_of(books.harness.run(RevokeLedgerClient{{4711}})), "ledger.client_not_found");
}

}  // namespace
}  // namespace feiqian::api
