#include "engine/heads.h"

#include <algorithm>

#include "engine/errors.h"
#include "engine/evidence.h"
#include "foundation/text.h"

namespace feiqian::engine {
namespace {

using Operator = store::Selection::Condition::Operator;
constexpr std::int64_t kAll = INT64_MAX;
constexpr std::string_view kChainWord = "/chain/";
constexpr std::string_view kSignedWord = "signed ";
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space
constexpr char kEd25519 = 1;                         // the algorithm's number in signed notes
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kSignatureBytes = 64;

/// RFC 8410: what stands before the 32 bytes in a SubjectPublicKeyInfo.
constexpr unsigned char kSpkiPrefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

std::string pem_of(std::string_view raw) {
  std::string der(std::begin(kSpkiPrefix), std::end(kSpkiPrefix));
  der += raw;
  return "-----BEGIN PUBLIC KEY-----\n" + to_base64(der) + "\n-----END PUBLIC KEY-----\n";
}

/// Takes a line off the front, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

Error malformed(const char* what) {
  return Error(errors::kHeadMalformed, what);
}
Error refused(int chain, const std::string& what) {
  return Error(errors::kHeadRefused, "chain " + std::to_string(chain) + ": " + what);
}

/// Whether a batch says more than that heads were signed.
bool says_something(const BatchRow& batch) {
  bool more = batch.vouchers > 0;
  read_evidence(batch.evidence.bytes,
                [&](const Testimony& testimony) { more = more || testimony.table != store::Evidence::Head; });
  return more;
}

/// One chain from its last head on.
class ChainToSign {
 public:
  ChainToSign(store::Reader& reader, const HeadSigningKey& key, int chain)
      : reader_(&reader), key_(&key), chain_(chain) {}

  /// The next head, when there is something to sign.
  Result<std::optional<HeadRow>> next(Timestamp now) {
    // Looked up by number, which is cheap whether the chain exists or not.
    if (!TRY(batch(1))) return std::optional<HeadRow>();
    TRY(begin());
    std::optional<Error> broken;
    bool something = false;
    TRY(store::Query(kBatches)
            .in_shard(chain_)
            .where<&BatchRow::id>(Operator::Greater, last_id_)
            .oldest_first()
            .limit(kAll)
            .visit(*reader_, [&](const BatchRow& row) {
              if (broken) return;
              if (row.number != tree_.size() + 1 || row.previous_hash.bytes != last_hash_ ||
                  row.hash.bytes != batch_hash(row)) {
                broken = refused(chain_, "batch " + std::to_string(row.number) + " does not follow the one before");
                return;
              }
              tree_.add(row.hash.bytes);
              last_hash_ = row.hash.bytes;
              something = something || says_something(row);
            }));
    if (broken) return *broken;
    if (!something) return std::optional<HeadRow>();
    return std::optional<HeadRow>(key_->sign(chain_, tree_, now));
  }

 private:
  Result<std::optional<BatchRow>> batch(std::int64_t number) {
    return store::Query(kBatches)
        .in_shard(chain_)
        .equal<&BatchRow::chain>(chain_)
        .equal<&BatchRow::number>(number)
        .first(*reader_);
  }

  /// Goes on from the last head, if it is one.
  Result<void> begin() {
    const auto head = TRY(store::Query(kHeads).in_shard(0).equal<&HeadRow::chain>(chain_).first(*reader_));
    if (!head) return {};
    auto tree = crypto::MerkleTree::restore(head->batch, head->peaks.bytes);
    const bool own = head->key == key_->shown().name();
    if (!tree || tree->root() != head->root.bytes || (own && !key_->shown().signed_head(*head)))
      return refused(chain_, "the last head, " + head->id.text() + ", is not what was signed");
    const auto last = TRY(batch(head->batch));
    if (!last) return refused(chain_, "batch " + std::to_string(head->batch) + " of the last head is missing");
    tree_ = std::move(*tree);
    last_id_ = last->id;
    last_hash_ = last->hash.bytes;
    return {};
  }

  store::Reader* reader_;
  const HeadSigningKey* key_;
  int chain_;
  crypto::MerkleTree tree_;
  BatchId last_id_;
  std::string last_hash_;
};

}  // namespace

std::string head_text(const HeadRow& head) {
  return head.key + std::string(kChainWord) + std::to_string(head.chain) + "\n" + std::to_string(head.batch) + "\n" +
         to_base64(head.root.bytes) + "\n" + std::string(kSignedWord) + to_rfc3339(head.signed_at) + "\n";
}

Result<HeadRow> parse_head_note(std::string_view note) {
  HeadRow head;
  auto rest = note;
  const auto origin = take_line(rest);
  const auto word = origin.find(kChainWord);
  if (word == std::string_view::npos) return malformed("the origin names no chain");
  const auto chain = parse_int(origin.substr(word + kChainWord.size()));
  const auto batch = parse_int(take_line(rest));
  const auto root = from_base64(take_line(rest));
  const auto at = take_line(rest);
  if (!chain || *chain < 0 || *chain >= kMostChains) return malformed("the chain");
  if (!batch || *batch < 1) return malformed("the number of batches");
  if (!root || root->size() != sizeof(crypto::MerkleHash)) return malformed("the root");
  const auto signed_at = from_rfc3339(at.starts_with(kSignedWord) ? at.substr(kSignedWord.size()) : std::string_view());
  if (!signed_at) return malformed("the time");
  head.signed_at = *signed_at;
  head.key = origin.substr(0, word);
  head.chain = static_cast<std::int32_t>(*chain);
  head.batch = *batch;
  head.root.bytes = *root;
  if (!take_line(rest).empty()) return malformed("an empty line ends the text");
  const auto by = std::string(kDash) + head.key + " ";
  const auto line = take_line(rest);
  const auto bytes = line.starts_with(by) ? from_base64(line.substr(by.size())) : std::nullopt;
  if (!bytes || bytes->size() != kKeyIdBytes + kSignatureBytes) return malformed("the signature");
  head.signature.bytes = bytes->substr(kKeyIdBytes);
  // What is checked is made from the row again: every byte must be as it was read.
  if (!note.starts_with(head_text(head) + "\n")) return malformed("its form");
  return head;
}

Result<HeadKey> HeadKey::from_raw(std::string_view ed25519) {
  if (ed25519.size() != 32) return Error(errors::kKeyInvalid, "an Ed25519 key has 32 bytes");
  auto verifier = TRY(crypto::Verifier::from_pem(crypto::Algorithm::Ed25519, pem_of(ed25519)));
  return HeadKey("feiqian-" + to_hex(crypto::sha256(ed25519)).substr(0, 16), std::string(ed25519), std::move(verifier));
}

Result<HeadKey> HeadKey::parse(std::string_view text) {
  // Base64 has a plus of its own: it is the second one that counts.
  const auto second = text.find('+', text.find('+') + 1);
  const auto bytes = second == std::string_view::npos ? std::nullopt : from_base64(trim(text.substr(second + 1)));
  if (!bytes || bytes->size() != 33 || bytes->front() != kEd25519)
    return Error(errors::kKeyInvalid, "not the text of an Ed25519 key of signed notes");
  auto key = TRY(from_raw(std::string_view(*bytes).substr(1)));
  if (key.text() != trim(text)) return Error(errors::kKeyInvalid, "the name or the hash is of another key");
  return key;
}

std::string HeadKey::id() const {
  return crypto::sha256(name_ + "\n" + kEd25519 + raw_).substr(0, kKeyIdBytes);
}

std::string HeadKey::text() const {
  return name_ + "+" + to_hex(id()) + "+" + to_base64(std::string(1, kEd25519) + raw_);
}

bool HeadKey::signed_head(const HeadRow& head) const {
  return head.key == name_ && verifier_.verify(head_text(head), head.signature.bytes).ok();
}

std::string HeadKey::note(const HeadRow& head) const {
  return head_text(head) + "\n" + std::string(kDash) + name_ + " " + to_base64(id() + head.signature.bytes) + "\n";
}

Result<HeadSigningKey> HeadSigningKey::of(crypto::Signer signer) {
  if (signer.algorithm() != crypto::Algorithm::Ed25519)
    return Error(errors::kKeyInvalid, "heads are signed with Ed25519");
  auto shown = TRY(HeadKey::from_raw(signer.raw_public_key()));
  return HeadSigningKey(std::move(signer), std::move(shown));
}

HeadRow HeadSigningKey::sign(int chain, const crypto::MerkleTree& batches, Timestamp now) const {
  HeadRow head;
  head.chain = chain;
  head.batch = batches.size();
  head.root.bytes = batches.root();
  head.peaks.bytes = batches.peaks();
  // The text says milliseconds.
  head.signed_at = Timestamp{now.us / 1000 * 1000};
  head.key = shown_.name();
  head.signature.bytes = signer_.sign(head_text(head));
  return head;
}

Result<std::vector<HeadRow>> heads_to_sign(store::Reader& reader, const HeadSigningKey& key, Timestamp now) {
  std::vector<HeadRow> heads;
  for (int chain = 0; chain < kMostChains; ++chain) {
    if (auto head = TRY(ChainToSign(reader, key, chain).next(now))) heads.push_back(std::move(*head));
  }
  return heads;
}

void RecordHeads::load(Load& load) const {
  for (const auto& head : heads) load.first(kHeadByBatch, head.chain, head.batch);
  load.get(kTasks, task);
}

Result<std::int64_t> RecordHeads::decide(Decision& decision) const {
  std::int64_t recorded = 0;
  for (auto head : heads) {
    if (decision.first(kHeadByBatch, head.chain, head.batch) != nullptr) continue;
    head.id = decision.new_id<HeadId>();
    decision.insert(kHeads, std::move(head));
    ++recorded;
  }
  if (task && decision.get(kTasks, task) != nullptr) {
    constexpr std::int64_t kMsASecond = 1000;
    decision.reschedule_task(
        task, decision.context.now.plus_ms(decision.context.parameter("ledger.head_interval") * kMsASecond));
  }
  return recorded;
}

void ScheduleHeads::load(Load& load) const {
  load.get(kTasks, kHeadTask);
}

Result<bool> ScheduleHeads::decide(Decision& decision) const {
  if (decision.get(kTasks, kHeadTask) != nullptr) return false;
  const auto& now = decision.context.now;
  decision.insert(kTasks, TaskRow{kHeadTask, kHeadTaskKind, 0, 0, decision.context.chain, now, 0, now});
  return true;
}

}  // namespace feiqian::engine
