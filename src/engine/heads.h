// Signed heads: what the platform says, under its signature, about all batches of a chain so far. Whoever keeps one
// elsewhere can tell a chain that was rewritten or cut since. Why in this form: docs/decisions/0012-signed-heads.md.
//
// A head is a checkpoint of C2SP (c2sp.org/tlog-checkpoint) in a signed note (c2sp.org/signed-note):
//
//   feiqian-0123456789abcdef/chain/0         origin: the key's name, the chain
//   4711                                     batches: 1 to 4711
//   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//                                            root of the Merkle tree (crypto/merkle.h) over the batches' hashes, base64
//   signed 2026-11-22T10:00:00.000Z          when
//   (empty line)
//   — feiqian-0123456789abcdef BASE64        4 bytes of the key's id, 64 of Ed25519 over everything before the empty
//   line
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/merkle.h"
#include "crypto/signature.h"
#include "engine/command.h"

namespace feiqian::engine {

struct HeadTag {
  static constexpr std::string_view kPrefix = "hed";
};
using HeadId = StrongId<HeadTag>;
struct HeadRow {
  HeadId id;
  std::int32_t chain = 0;
  std::int64_t batch = 0;  ///< the last one under the signature
  store::Blob root;        ///< 32 bytes
  store::Blob peaks;       ///< crypto::MerkleTree::peaks, from which the next head goes on
  Timestamp signed_at;
  std::string key;        ///< the key's name
  store::Blob signature;  ///< 64 bytes
};
BOOST_DESCRIBE_STRUCT(HeadRow, (), (id, chain, batch, root, peaks, signed_at, key, signature))
inline const store::Table<HeadRow> kHeads{"signed_head", store::Residency::Passing, store::Evidence::Head};
inline const store::Index<&HeadRow::chain, &HeadRow::batch> kHeadByBatch{kHeads, "signed_head_by_batch",
                                                                         store::Unique::Yes, store::ShardFrom::Nothing};

/// The public half of a key that signs heads. Its text is a verifier key of signed notes: `name+hash+base64`.
class HeadKey {
 public:
  /// 32 bytes. errors::kKeyInvalid.
  static Result<HeadKey> from_raw(std::string_view ed25519);
  /// errors::kKeyInvalid.
  static Result<HeadKey> parse(std::string_view text);

  /// `feiqian-` and the beginning of the key's SHA-256.
  const std::string& name() const { return name_; }
  std::string text() const;
  /// Whether the head is what this key signed.
  bool signed_head(const HeadRow& head) const;
  /// As a signed note.
  std::string note(const HeadRow& head) const;

 private:
  HeadKey(std::string name, std::string raw, crypto::Verifier verifier)
      : name_(std::move(name)), raw_(std::move(raw)), verifier_(std::move(verifier)) {}
  std::string id() const;
  std::string name_;
  std::string raw_;
  crypto::Verifier verifier_;
};

/// Signs heads. Any thread.
class HeadSigningKey {
 public:
  /// An Ed25519 key. errors::kKeyInvalid.
  static Result<HeadSigningKey> of(crypto::Signer signer);
  const HeadKey& shown() const { return shown_; }
  HeadRow sign(int chain, const crypto::MerkleTree& batches, Timestamp now) const;

 private:
  HeadSigningKey(crypto::Signer signer, HeadKey shown) : signer_(std::move(signer)), shown_(std::move(shown)) {}
  crypto::Signer signer_;
  HeadKey shown_;
};

/// What the signature of a head is over.
std::string head_text(const HeadRow& head);
/// A signed note as `HeadKey::note` makes it; id and peaks are missing. errors::kHeadMalformed.
Result<HeadRow> parse_head_note(std::string_view note);

/// The heads that are to be signed now: one of each chain that has said something since its last head. A batch that
/// only records heads says nothing. Reads the batches since the last heads and follows their hashes:
/// errors::kHeadRefused when a chain, or the head before, is not what this key signed.
Result<std::vector<HeadRow>> heads_to_sign(store::Reader& reader, const HeadSigningKey& key, Timestamp now);

/// Writes heads that are not there yet; answers how many. Puts the task off until the next ones are due.
struct RecordHeads {
  using Reply = std::int64_t;
  std::vector<HeadRow> heads;  ///< ids are given here
  TaskId task{};
  void load(Load& load) const;
  Result<Reply> decide(Decision& decision) const;
};

/// The one task that signs the heads of all chains of a database; whichever node has it performs it.
inline constexpr TaskId kHeadTask{1};
inline constexpr const char* kHeadTaskKind = "head.sign";
/// Makes it sure that the task is there. True when it was not.
struct ScheduleHeads {
  using Reply = bool;
  void load(Load& load) const;
  Result<Reply> decide(Decision& decision) const;
};

}  // namespace feiqian::engine
