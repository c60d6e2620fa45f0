// Signed heads: their form, who signed them, when there is one to sign, and that a chain that does not follow is not
// signed.
#include "engine/heads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/evidence.h"
#include "engine/set_parameter.h"
#include "engine/testing/harness.h"
#include "foundation/text.h"

namespace feiqian::engine {
namespace {

using testing::code_of;
using testing::Do;
using testing::Harness;
using ::testing::HasSubstr;
using testing::kStart;
using testing::must;

HeadSigningKey new_key() {
  return must(HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::Ed25519)));
}
crypto::MerkleTree tree_of(const std::vector<std::string>& leaves) {
  crypto::MerkleTree tree;
  for (const auto& leaf : leaves) tree.add(leaf);
  return tree;
}

struct Signing {
  Harness harness;
  HeadSigningKey key = new_key();

  /// Something that leaves evidence.
  void say() { must(harness.run(SetParameter{"webhooks.most_tries", 5, {20260101}})); }
  /// A commit without evidence.
  void whisper() {
    must(harness.run(Do<bool>{{}, [](Decision& decision) -> Result<bool> {
                                decision.enqueue("test.nothing", 1, 1, decision.context.now);
                                return true;
                              }}));
  }
  Result<std::vector<HeadRow>> to_sign() { return heads_to_sign(*harness.reader(), key, harness.clock.now()); }
  std::int64_t sign() { return must(harness.run(RecordHeads{must(to_sign())})); }
  std::vector<HeadRow> heads() { return harness.all(kHeads); }
  std::string refusal() {
    const auto heads = to_sign();
    return heads ? "" : std::string(heads.error().code()) + ": " + std::string(heads.error().detail());
  }
};

TEST(HeadKey, IsReadBackWhateverItsBytes) {
  // Base64 of some has a plus, which also parts name, hash and key.
  for (int i = 0; i < 50; ++i) {
    const auto text = new_key().shown().text();
    EXPECT_EQ(must(HeadKey::parse(text)).text(), text);
  }
}

TEST(HeadKey, IsReadBackFromItsText) {
  const auto key = new_key().shown();
  EXPECT_TRUE(key.name().starts_with("feiqian-"));
  EXPECT_EQ(must(HeadKey::parse(key.text())).text(), key.text());
  EXPECT_EQ(must(HeadKey::parse(key.text() + "\n")).text(), key.text()) << "a line of a file";
  const auto other = new_key().shown().text();
  for (const auto& wrong : {std::string(), key.text().substr(1), key.text() + "x", key.name() + other.substr(24),
                            key.text().substr(0, 34) + other.substr(34)})
    EXPECT_EQ(code_of(HeadKey::parse(wrong)), "key.invalid") << wrong;
  EXPECT_EQ(code_of(HeadKey::from_raw("short")), "key.invalid");
}

TEST(HeadSigningKey, IsEd25519Only) {
  EXPECT_EQ(code_of(HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::EcdsaP256Sha256))), "key.invalid");
}

TEST(HeadNote, SaysWhatWasSigned) {
  const auto key = new_key();
  const auto tree = tree_of({"a", "b", "c"});
  const auto head = key.sign(7, tree, Timestamp{kStart.us + 1234567});
  EXPECT_EQ(head_text(head),
            key.shown().name() + "/chain/7\n3\n" + to_base64(tree.root()) + "\nsigned 2026-11-22T02:00:01.234Z\n");
  const auto read = must(parse_head_note(key.shown().note(head)));
  EXPECT_EQ(read.chain, 7);
  EXPECT_EQ(read.batch, 3);
  EXPECT_EQ(read.root, head.root);
  EXPECT_EQ(read.signed_at, head.signed_at);
  EXPECT_EQ(read.key, key.shown().name());
  EXPECT_EQ(read.signature, head.signature);
  EXPECT_TRUE(key.shown().signed_head(read));
  EXPECT_FALSE(new_key().shown().signed_head(read));
}

TEST(HeadNote, WithAnyByteChangedIsNoHeadOfTheKey) {
  const auto key = new_key();
  const auto note = key.shown().note(key.sign(0, tree_of({"a"}), kStart));
  // The key's id in the note only helps to find the key.
  const auto id_begins = note.rfind(' ') + 1;
  for (std::size_t at = 0; at < note.size(); ++at) {
    auto changed = note;
    changed[at] = changed[at] == 'B' ? 'C' : 'B';
    const auto read = parse_head_note(changed);
    EXPECT_TRUE((at >= id_begins && at < id_begins + 6) || !read || !key.shown().signed_head(*read))
        << at << ": " << changed;
  }
  for (const std::string_view wrong : {"", "\n", "x/chain/0\n1\n"})
    EXPECT_EQ(code_of(parse_head_note(wrong)), "head.malformed");
  EXPECT_EQ(code_of(parse_head_note(note.substr(0, note.size() - 10))), "head.malformed");
  EXPECT_EQ(code_of(parse_head_note(note.substr(0, note.find("signed ") + 12))), "head.malformed") << "in its time";
}

TEST(HeadsToSign, AreOfChainsThatSaidSomething) {
  Signing it;
  EXPECT_TRUE(must(it.to_sign()).empty()) << "no batch at all";
  it.whisper();
  EXPECT_TRUE(must(it.to_sign()).empty()) << "no evidence, no voucher";
  it.say();
  EXPECT_EQ(it.sign(), 1);
  const auto head = it.heads().at(0);
  EXPECT_EQ(head.chain, 0);
  EXPECT_EQ(head.batch, 2);
  std::vector<std::string> hashes;
  for (const auto& batch : it.harness.all(kBatches)) hashes.push_back(batch.hash.bytes);
  ASSERT_EQ(hashes.size(), 3U);
  EXPECT_EQ(head.root.bytes, tree_of({hashes[0], hashes[1]}).root());
  EXPECT_TRUE(it.key.shown().signed_head(head));
  EXPECT_TRUE(must(it.to_sign()).empty()) << "the batch that recorded the head says nothing new";
  it.say();
  EXPECT_EQ(it.sign(), 1);
  const auto next = it.heads().at(1);
  EXPECT_EQ(next.batch, 4);
  hashes.push_back(it.harness.all(kBatches).at(3).hash.bytes);
  EXPECT_EQ(next.root.bytes, tree_of(hashes).root());
}

TEST(HeadsToSign, LeaveEvidence) {
  Signing it;
  it.say();
  it.sign();
  const auto head = it.heads().at(0);
  std::vector<std::int64_t> ids;
  read_evidence(it.harness.all(kBatches).back().evidence.bytes, [&](const Testimony& testimony) {
    EXPECT_EQ(testimony.table, store::Evidence::Head);
    ids.push_back(testimony.id);
  });
  EXPECT_EQ(ids, std::vector<std::int64_t>{head.id.value});
}

TEST(HeadsToSign, AreRefusedWhereTheChainDoesNotFollow) {
  for (const auto& [what, sql, said] : std::vector<std::array<std::string, 3>>{
           {"a record", "UPDATE batch SET commands=commands+1 WHERE number=4", "batch 4 does not follow"},
           {"evidence", "UPDATE batch SET evidence=x'' WHERE number=4", "batch 4 does not follow"},
           {"a batch removed", "DELETE FROM batch WHERE number=4", "batch 5 does not follow"},
           {"the batch of the head removed", "DELETE FROM batch WHERE number=2", "batch 2 of the last head is missing"},
           {"the batch of the head", "UPDATE batch SET hash=x'00' WHERE number=2", "batch 3 does not follow"},
           {"peaks", "UPDATE signed_head SET peaks=zeroblob(length(peaks))", "is not what was signed"},
           {"root and peaks", "UPDATE signed_head SET peaks=root, batch=1", "is not what was signed"},
           {"the signature", "UPDATE signed_head SET signature=zeroblob(64)", "is not what was signed"}}) {
    Signing it;
    it.say();
    it.say();
    it.sign();
    it.say();
    it.say();
    it.harness.tamper(sql);
    EXPECT_THAT(it.refusal(), HasSubstr("head.refused: chain 0: ")) << what;
    EXPECT_THAT(it.refusal(), HasSubstr(said)) << what;
  }
}

TEST(HeadsToSign, GoOnFromAHeadOfAnEarlierKey) {
  Signing it;
  it.say();
  it.sign();
  it.key = new_key();
  it.say();
  EXPECT_EQ(it.sign(), 1);
  EXPECT_TRUE(it.key.shown().signed_head(it.heads().at(1)));
}

TEST(RecordHeads, WritesAHeadOnce) {
  Signing it;
  it.say();
  const auto heads = must(it.to_sign());
  EXPECT_EQ(must(it.harness.run(RecordHeads{heads})), 1);
  EXPECT_EQ(must(it.harness.run(RecordHeads{heads})), 0);
  EXPECT_EQ(it.heads().size(), 1U);
}

TEST(ScheduleHeads, MakesOneTaskThatIsPutOffWithEveryHead) {
  Signing it;
  EXPECT_TRUE(must(it.harness.run(ScheduleHeads{})));
  EXPECT_FALSE(must(it.harness.run(ScheduleHeads{})));
  ASSERT_EQ(it.harness.tasks().size(), 1U);
  EXPECT_EQ(it.harness.tasks().at(1).kind, kHeadTaskKind);
  EXPECT_EQ(it.harness.tasks().at(1).due_at, kStart);
  must(it.harness.run(SetParameter{"ledger.head_interval", 5, {20260101}}));
  must(it.harness.run(RecordHeads{must(it.to_sign()), kHeadTask}));
  EXPECT_EQ(it.harness.tasks().at(1).due_at, kStart.plus_ms(5000));
}

}  // namespace
}  // namespace feiqian::engine
