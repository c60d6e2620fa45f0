// Signed heads in verification, and proofs of vouchers up to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/proof.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::must;
using Strings = std::vector<std::string>;

engine::HeadSigningKey new_key() {
  return must(engine::HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::Ed25519)));
}

/// Books whose heads were signed after every third payment of ten.
struct Signed {
  Signed() {
    for (int i = 1; i <= 10; ++i) {
      must(books.post(vouchers::kPaySuccessChannel, 100 * i));
      books.harness.clock.advance_ms(1000);
      if (i % 3 == 0) sign();
    }
  }
  void sign() {
    auto heads = must(engine::heads_to_sign(*books.harness.reader(), key, books.harness.clock.now()));
    must(books.harness.run(engine::RecordHeads{std::move(heads)}));
  }
  Verification verified(std::vector<engine::HeadRow> kept = {}, bool with_key = true) {
    VerifyOptions options;
    if (with_key) options.keys.push_back(key.shown());
    options.kept = std::move(kept);
    return must(verify(*books.harness.reader(), options));
  }
  Strings problems(std::vector<engine::HeadRow> kept = {}) { return verified(std::move(kept)).problems; }
  std::vector<engine::HeadRow> heads() { return books.harness.all(engine::kHeads); }
  Result<VoucherProof> prove(VoucherId id) { return prove_voucher(*books.harness.reader(), id); }

  Books books{{2, 1000}};
  engine::HeadSigningKey key = new_key();
};

TEST(VerifyHeads, ComparesEveryRoot) {
  Signed it;
  const auto verified = it.verified();
  EXPECT_EQ(verified.problems, Strings{});
  EXPECT_EQ(verified.heads, 3);
  EXPECT_EQ(verified.heads_passed_over, 0);
  EXPECT_EQ(verified.batches, 13);
  EXPECT_EQ(verified.batches_signed, 11);
}

TEST(VerifyHeads, NamesAChangedHead) {
  struct Case {
    std::string set, problem;
  };
  Signed sample;
  const auto id = sample.heads().at(1).id;
  const auto name = "signed_head " + id.text();
  for (const auto& [set, problem] : std::vector<Case>{
           {"root=zeroblob(32)", name + ": batches 1 to 7 of chain 0 are not those that were signed; up to batch 3"},
           {"root=zeroblob(32)", name + ": its signature is not of feiqian-"},
           {"peaks=zeroblob(length(peaks))", name + ": its peaks do not give its root"},
           {"signature=zeroblob(64)", name + ": its signature is not of feiqian-"},
           {"signed_at=signed_at+1000", name + ": its signature is not of feiqian-"},
           {"key='feiqian-other'", name + ": signed by feiqian-other, whose public key is not given"},
           {"chain=3", name + ": batches 1 to 7 of chain 3 were signed, and it ends at batch 0"},
           {"batch=8", name + ": batches 1 to 8 of chain 0 are not those that were signed"},
           {"batch=99", name + ": batches 1 to 99 of chain 0 were signed, and it ends at batch 13"},
           {"batch=8", name + ": the row is not what batch 8 wrote"}}) {
    Signed it;
    it.books.harness.tamper("UPDATE signed_head SET " + set + " WHERE chain=0 AND batch=7");
    auto problems = it.problems();
    // Ids follow from the clock, but keys do not: the name is compared.
    EXPECT_THAT(problems, Contains(HasSubstr(problem))) << set;
  }
}

TEST(VerifyHeads, NamesARemovedHead) {
  Signed it;
  const auto name = "signed_head " + it.heads().at(1).id.text();
  it.books.harness.tamper("DELETE FROM signed_head WHERE batch=7");
  EXPECT_THAT(it.problems(), Contains(HasSubstr(name + ": the row that batch 8 wrote is missing")));
}

TEST(VerifyHeads, OfAnotherKeyAreNamed) {
  Signed it;
  it.key = new_key();
  EXPECT_THAT(it.problems(), Contains(HasSubstr("whose public key is not given")));
  EXPECT_EQ(it.verified({}, false).problems, Strings{}) << "without any key only roots are compared";
}

TEST(VerifyHeads, KeptElsewhereShowThatAChainWasRolledBack) {
  Signed it;
  const auto kept = it.heads();
  EXPECT_EQ(it.problems(kept), Strings{});
  EXPECT_EQ(it.verified(kept).heads, 6);
  // Every trace of the last seven batches is gone, as in a file of an earlier day.
  Signed earlier;
  earlier.key = it.key;
  earlier.books.harness.tamper("DELETE FROM signed_head; DELETE FROM batch; DELETE FROM voucher_block");
  EXPECT_THAT(earlier.problems(kept),
              Contains(HasSubstr("batches 1 to 11 of chain 0 were signed, and it ends at batch 0: "
                                 "it was rolled back")));
}

TEST(VerifyHeads, KeptElsewhereShowThatAChainWasRewritten) {
  Signed it;
  // The same platform with another past, hashed and balanced as it should be, and signed with the same key.
  Books other({2, 1000});
  for (int i = 1; i <= 14; ++i) must(other.post(vouchers::kPaySuccessChannel, i == 5 ? 1 : 100 * i));
  VerifyOptions options;
  options.keys.push_back(it.key.shown());
  EXPECT_EQ(must(verify(*other.harness.reader(), options)).problems, Strings{}) << "by itself it is right";
  options.kept = it.heads();
  EXPECT_THAT(must(verify(*other.harness.reader(), options)).problems,
              ElementsAre(HasSubstr("batches 1 to 3 of chain 0 are not those that were signed")));
}

TEST(Proof, LeadsFromEveryVoucherToItsHead) {
  Signed it;
  const auto vouchers = it.books.vouchers();
  const auto heads = it.heads();
  int proven = 0;
  for (const auto& voucher : vouchers) {
    const auto proof = it.prove(voucher.id);
    if (!proof) {
      EXPECT_EQ(code_of(proof), "voucher.unsigned");
      EXPECT_GT(voucher.batch, heads.back().batch);
      continue;
    }
    ++proven;
    EXPECT_EQ(proof->voucher.id, voucher.id);
    EXPECT_EQ(proof->voucher.lines.size(), voucher.lines.size());
    EXPECT_GE(proof->head.batch, voucher.batch);
    EXPECT_TRUE(it.key.shown().signed_head(proof->head));
    EXPECT_EQ(crypto::merkle_root_of_path(leaf_prefix(voucher.id) + proof->bytes, proof->index, proof->batch.vouchers,
                                          proof->block_path),
              proof->batch.root.bytes);
    EXPECT_EQ(engine::batch_hash(proof->batch), proof->batch.hash.bytes);
    EXPECT_EQ(crypto::merkle_root_of_path(proof->batch.hash.bytes, proof->batch.number - 1, proof->head.batch,
                                          proof->batch_path),
              proof->head.root.bytes);
  }
  EXPECT_EQ(proven, 9);
}

TEST(Proof, OfOneVoucherAmongManyOfABatchIsShort) {
  Signed it;
  std::vector<testing::Post> many(100, testing::Post{&vouchers::kPaySuccessChannel, 5});
  for (const auto& result : it.books.harness.run_together(many)) must(result);
  it.sign();
  const auto proof = must(it.prove(it.books.vouchers().at(60).id));
  EXPECT_EQ(proof.batch.vouchers, 100);
  EXPECT_EQ(proof.index, 50);
  EXPECT_EQ(proof.block_path.size(), 7U);
  EXPECT_LE(proof.batch_path.size(), 5U);
}

TEST(Proof, OfWhatIsNotThereOrWasChangedIsRefused) {
  Signed it;
  const auto voucher = it.books.vouchers().at(1);
  EXPECT_EQ(code_of(it.prove({voucher.id.value + 1})), "voucher.not_found");
  EXPECT_EQ(code_of(it.prove({1})), "voucher.not_found");
  for (const std::string sql :
       {"UPDATE batch SET commands=9 WHERE number=2", "UPDATE batch SET hash=x'00' WHERE number=1",
        "DELETE FROM batch WHERE number=2", "DELETE FROM batch WHERE number=1",
        "UPDATE signed_head SET root=zeroblob(32)", "UPDATE voucher_block SET batch=3 WHERE batch=2",
        "UPDATE signed_head SET batch=batch+1"}) {
    Signed tampered;
    const auto id = tampered.books.vouchers().at(1).id;
    must(tampered.prove(id));
    tampered.books.harness.tamper(sql);
    EXPECT_EQ(code_of(tampered.prove(id)), "verify.failed") << sql;
  }
}

}  // namespace
}  // namespace feiqian::ledger
