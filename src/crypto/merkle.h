// Merkle trees of RFC 6962 §2.1: leaf = SHA-256(0x00 ‖ bytes), node = SHA-256(0x01 ‖ left ‖ right); the left side of a
// node is the largest complete tree that leaves something for the right one. A tree grows leaf by leaf and keeps only
// the roots of its complete subtrees: at most 63 digests, whatever its size.
//
// A tree is a value; one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.h"

namespace feiqian::crypto {

using MerkleHash = std::array<char, 32>;

class MerkleTree {
 public:
  MerkleTree() = default;
  /// What `size` and `peaks` gave. Nothing when they do not fit each other.
  static std::optional<MerkleTree> restore(std::int64_t size, std::string_view peaks);

  void add(std::string_view bytes) { add(bytes, {}); }
  /// A leaf of both, one after the other.
  void add(std::string_view bytes, std::string_view more);
  /// Leaves so far.
  std::int64_t size() const { return size_; }
  /// 32 bytes; of nothing at all: 32 zero bytes.
  std::string root() const;
  /// Roots of the complete subtrees, the largest first, 32 bytes each.
  std::string peaks() const;
  void clear();

 private:
  std::vector<MerkleHash> peaks_;
  std::int64_t size_ = 0;
};

/// The audit path (RFC 6962 §2.1.1) of leaf `index` in the tree that `begun` becomes when `leaves` (their bytes) are
/// added: 32 bytes each, the lowest first. `index` is one of the added leaves, counted from 0 in the whole tree.
std::vector<std::string> merkle_path(const MerkleTree& begun, const std::vector<std::string>& leaves,
                                     std::int64_t index);
/// The root that a leaf's bytes and its path give (RFC 9162 §2.1.3.2); nothing when the path cannot be of that place.
std::optional<std::string> merkle_root_of_path(std::string_view leaf, std::int64_t index, std::int64_t size,
                                               const std::vector<std::string>& path);

}  // namespace feiqian::crypto
