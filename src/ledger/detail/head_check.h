// Signed heads against the chains as they are replayed.
#pragma once

#include <map>
#include <vector>

#include "engine/heads.h"
#include "ledger/detail/derived.h"
#include "ledger/verify.h"

namespace feiqian::ledger::detail {

class HeadCheck {
 public:
  explicit HeadCheck(Problems& problems) : problems_(&problems) {}

  /// Reads the heads of the table, and checks the signatures of all.
  Result<void> load(store::Reader& reader, const VerifyOptions& options);
  /// A chain as far as it was verified before: older heads are passed over.
  void begin(int chain, const crypto::MerkleTree& batches);
  /// After each batch.
  void follow(int chain, const crypto::MerkleTree& batches);
  /// A chain ends here.
  void end(int chain, std::int64_t batches);
  /// Chains that do not exist.
  void end_all();

  std::int64_t compared() const { return compared_; }
  std::int64_t passed_over() const { return passed_over_; }
  /// Batches under heads that fit.
  std::int64_t batches_signed() const;

 private:
  struct Head {
    engine::HeadRow row;
    bool kept = false;  // elsewhere
  };
  struct Chain {
    std::vector<Head> heads;  // by batch
    std::size_t next = 0;
    std::int64_t fits = 0;  // up to this batch
    bool broken = false;
  };
  void check_signature(const Head& head, const std::vector<engine::HeadKey>& keys);
  void compare(Chain& chain, const Head& head, const std::string& root);
  static std::string name_of(const Head& head);

  Problems* problems_;
  std::map<int, Chain> chains_;
  std::int64_t compared_ = 0;
  std::int64_t passed_over_ = 0;
};

}  // namespace feiqian::ledger::detail
