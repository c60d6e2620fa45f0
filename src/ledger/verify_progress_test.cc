// Verification in parts: it goes on where it was interrupted, and after a whole one reads only what is new.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "ledger/testing/books.h"
#include "ledger/verify.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::must;
using Strings = std::vector<std::string>;

struct Resumed {
  Resumed() {
    for (int i = 1; i <= 200; ++i) post(i);
  }
  void post(int amount) {
    must(books.post(vouchers::kPaySuccessChannel, amount));
    books.harness.clock.advance_ms(1000);
  }
  VerifyOptions options() {
    VerifyOptions options;
    options.progress_file = directory.file("progress");
    return options;
  }
  Result<Verification> run() { return verify(*books.harness.reader(), options()); }
  /// Ends after so many portions.
  Result<Verification> interrupted(int portions) {
    auto given = options();
    given.interrupted = [left = portions]() mutable { return left-- == 0; };
    return verify(*books.harness.reader(), given);
  }
  Strings problems() { return must(run()).problems; }

  Books books{{2, 1000}};
  engine::testing::TempDirectory directory;
};

TEST(VerifyInParts, GoesOnWhereverItWasInterrupted) {
  Resumed whole;
  const auto expected = must(whole.run());
  EXPECT_EQ(expected.problems, Strings{});
  EXPECT_EQ(expected.batches, 200);
  Resumed it;
  for (int portions = 0; portions < 2; ++portions)
    ASSERT_EQ(code_of(it.interrupted(portions)), "verify.interrupted") << portions;
  const auto resumed = must(it.run());
  EXPECT_EQ(resumed.problems, Strings{});
  EXPECT_EQ(resumed.batches, expected.batches);
  EXPECT_EQ(resumed.vouchers, expected.vouchers);
  EXPECT_EQ(resumed.testimonies, expected.testimonies);
  EXPECT_EQ(resumed.batches_before, 0) << "none was whole";
}

TEST(VerifyInParts, DoesNotReadAgainWhatItHasDone) {
  Resumed it;
  ASSERT_EQ(code_of(it.interrupted(0)), "verify.interrupted");
  // Behind the point that was reached, which the progress says is right.
  it.books.harness.tamper("UPDATE voucher_block SET bytes=x'01' WHERE batch=1");
  EXPECT_EQ(it.problems(), Strings{});
  std::filesystem::remove(it.directory.file("progress"));
  EXPECT_THAT(it.problems(), Contains(HasSubstr("batch 1 has 0 vouchers")));
}

TEST(VerifyInParts, FindsWhatComesAfterThePoint) {
  for (const std::string sql :
       {"UPDATE batch SET commands=9 WHERE number=190", "DELETE FROM batch WHERE number=190",
        "UPDATE voucher_block SET bytes=x'01' WHERE batch=190", "DELETE FROM voucher_block WHERE batch=190",
        "UPDATE balance SET debit_minor=debit_minor+1, credit_minor=credit_minor+1", "UPDATE account SET state=2",
        "UPDATE account_page SET bytes=x'00'",
        "DELETE FROM account_page WHERE id=(SELECT min(id) FROM account_page)"}) {
    Resumed it;
    ASSERT_EQ(code_of(it.interrupted(0)), "verify.interrupted");
    it.books.harness.tamper(sql);
    EXPECT_NE(it.problems(), Strings{}) << sql;
    EXPECT_NE(it.problems(), Strings{}) << sql << ", again: what was wrong is not taken for verified";
  }
}

TEST(VerifyInParts, AfterAWholeOneReadsOnlyWhatIsNew) {
  Resumed it;
  EXPECT_EQ(must(it.run()).batches_before, 0);
  const auto again = must(it.run());
  EXPECT_EQ(again.problems, Strings{});
  EXPECT_EQ(again.batches, 200);
  EXPECT_EQ(again.batches_before, 200);
  for (int i = 0; i < 9; ++i) it.post(7);
  const auto more = must(it.run());
  EXPECT_EQ(more.problems, Strings{});
  EXPECT_EQ(more.batches, 209);
  EXPECT_EQ(more.batches_before, 200);
  EXPECT_EQ(more.vouchers, 209);
  it.books.harness.tamper("UPDATE voucher_block SET bytes=x'01' WHERE batch=100");
  EXPECT_EQ(it.problems(), Strings{}) << "what was verified is not read again";
}

TEST(VerifyInParts, AfterAWholeOneFindsWhatIsWrongSince) {
  for (const std::string sql :
       {"UPDATE batch SET commands=9 WHERE number=204", "UPDATE batch SET evidence=x'00' WHERE number=204",
        "DELETE FROM batch WHERE number=204", "DELETE FROM batch WHERE number=201",
        "UPDATE voucher_block SET bytes=x'01' WHERE batch=204", "DELETE FROM voucher_block WHERE batch=204",
        "UPDATE balance SET debit_minor=debit_minor+1, credit_minor=credit_minor+1",
        "UPDATE account_page SET bytes=x'00' WHERE id=(SELECT max(id) FROM account_page)",
        "DELETE FROM account_page WHERE id=(SELECT max(id) FROM account_page)",
        "UPDATE ledger_merge_mark SET block=block+1"}) {
    Resumed it;
    must(it.run());
    for (int i = 0; i < 9; ++i) it.post(7);
    it.books.harness.tamper(sql);
    EXPECT_NE(it.problems(), Strings{}) << sql;
    EXPECT_NE(it.problems(), Strings{}) << sql << ", again";
  }
}

TEST(VerifyInParts, IsBoundToTheBatchItReached) {
  Resumed it;
  must(it.run());
  it.books.harness.tamper("UPDATE batch SET hash=x'00' WHERE number=200");
  EXPECT_THAT(it.problems(), ElementsAre("batch 200 is not the one that was verified before"));
  Resumed shorter;
  must(shorter.run());
  shorter.books.harness.tamper("DELETE FROM batch WHERE number=200; DELETE FROM voucher_block WHERE batch=200");
  EXPECT_THAT(shorter.problems(), Contains("batch 200 is not the one that was verified before"));
}

TEST(VerifyInParts, ComparesHeadsSignedSince) {
  Resumed it;
  const auto key = must(engine::HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::Ed25519)));
  const auto sign = [&] {
    must(it.books.harness.run(engine::RecordHeads{
        must(engine::heads_to_sign(*it.books.harness.reader(), key, it.books.harness.clock.now()))}));
  };
  sign();
  EXPECT_EQ(must(it.run()).heads, 1);
  it.post(1);
  sign();
  auto again = must(it.run());
  EXPECT_EQ(again.problems, Strings{});
  EXPECT_EQ(again.heads, 1);
  EXPECT_EQ(again.heads_passed_over, 1);
  EXPECT_EQ(again.batches_signed, 202);
  it.post(1);
  sign();
  it.books.harness.tamper("UPDATE signed_head SET root=zeroblob(32) WHERE batch=204");
  EXPECT_THAT(it.problems(),
              Contains(HasSubstr("batches 1 to 204 of chain 0 are not those that were signed; up to batch 202")));
}

TEST(VerifyInParts, RefusesAFileThatIsNotWhole) {
  Resumed it;
  must(it.run());
  const auto path = it.directory.file("progress");
  std::stringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  const auto write = [&](const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; };
  for (const std::size_t at : {std::size_t{3}, content.str().size() / 2, content.str().size() - 1}) {
    auto changed = content.str();
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write(changed);
    EXPECT_EQ(code_of(it.run()), "verify.progress_unusable") << at;
  }
  write(content.str().substr(0, content.str().size() - 40));
  EXPECT_EQ(code_of(it.run()), "verify.progress_unusable");
  write("");
  EXPECT_EQ(code_of(it.run()), "verify.progress_unusable");
  write(content.str());
  EXPECT_EQ(it.problems(), Strings{});
}

TEST(VerifyInParts, SaysWhenTheFileCannotBeWritten) {
  Resumed it;
  VerifyOptions options;
  options.progress_file = it.directory.file("no/such/directory");
  EXPECT_EQ(code_of(verify(*it.books.harness.reader(), options)), "file.unusable");
}

}  // namespace
}  // namespace feiqian::ledger
