#include "crypto/merkle.h"

#include <algorithm>
#include <bit>

#include "foundation/check.h"

namespace feiqian::crypto {
namespace {

std::string leaf_hash(std::string_view bytes) {
  return sha256(std::string(1, '\0').append(bytes));
}
std::string node_hash(std::string_view left, std::string_view right) {
  return sha256(std::string(1, '\1').append(left).append(right));
}

/// Beginning a digest anew is cheaper than making its context.
Sha256& context() {
  thread_local Sha256 made;
  return made;
}

MerkleHash joined(const MerkleHash& left, const MerkleHash& right) {
  char both[65];
  both[0] = 1;
  std::copy(left.begin(), left.end(), both + 1);
  std::copy(right.begin(), right.end(), both + 33);
  MerkleHash node;
  auto& sha256 = context();
  sha256.update({both, sizeof both});
  sha256.finish_into(node.data());
  return node;
}

/// Leaves on the left side of a tree of so many, which are at least two.
std::int64_t left_side(std::int64_t leaves) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(leaves - 1)));
}

/// Roots of ranges of leaves: those of a begun tree come from its peaks.
class Ranges {
 public:
  Ranges(const MerkleTree& begun, const std::vector<std::string>& leaves) : begun_(begun.size()), leaves_(&leaves) {
    const auto all = begun.peaks();
    std::int64_t start = 0;
    for (std::size_t at = 0; at < all.size(); at += 32) {
      peaks_.emplace_back(start, all.substr(at, 32));
      start += static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(begun_ - start)));
    }
  }

  std::string root(std::int64_t from, std::int64_t to) const {
    if (to <= begun_) {
      const auto peak =
          std::find_if(peaks_.begin(), peaks_.end(), [&](const auto& each) { return each.first == from; });
      CHECK(peak != peaks_.end());
      return peak->second;
    }
    if (to - from == 1) return leaf_hash((*leaves_)[static_cast<std::size_t>(from - begun_)]);
    const auto middle = from + left_side(to - from);
    return node_hash(root(from, middle), root(middle, to));
  }

  void path(std::int64_t index, std::int64_t from, std::int64_t to, std::vector<std::string>& path_so_far) const {
    if (to - from == 1) return;
    const auto middle = from + left_side(to - from);
    if (index < middle) {
      path(index, from, middle, path_so_far);
      path_so_far.push_back(root(middle, to));
    } else {
      path(index, middle, to, path_so_far);
      path_so_far.push_back(root(from, middle));
    }
  }

 private:
  std::int64_t begun_;
  const std::vector<std::string>* leaves_;
  std::vector<std::pair<std::int64_t, std::string>> peaks_;  // with their first leaf
};

}  // namespace

std::optional<MerkleTree> MerkleTree::restore(std::int64_t size, std::string_view peaks) {
  if (size < 0 || peaks.size() != 32 * static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(size))))
    return std::nullopt;
  std::optional<MerkleTree> tree(std::in_place);
  tree->size_ = size;
  for (; !peaks.empty(); peaks.remove_prefix(32)) std::copy_n(peaks.begin(), 32, tree->peaks_.emplace_back().begin());
  return tree;
}

void MerkleTree::add(std::string_view bytes, std::string_view more) {
  auto& sha256 = context();
  sha256.update(std::string_view("\0", 1));
  sha256.update(bytes);
  if (!more.empty()) sha256.update(more);
  sha256.finish_into(peaks_.emplace_back().data());
  // Two complete trees of one size become one: as often as the size so far ends in a one.
  for (auto rest = size_++; (rest & 1) != 0; rest >>= 1) {
    const auto node = joined(peaks_[peaks_.size() - 2], peaks_.back());
    peaks_.pop_back();
    peaks_.back() = node;
  }
}

std::string MerkleTree::root() const {
  if (peaks_.empty()) return std::string(32, '\0');
  auto root = peaks_.back();
  for (auto left = peaks_.rbegin() + 1; left != peaks_.rend(); ++left) root = joined(*left, root);
  return {root.data(), root.size()};
}

std::string MerkleTree::peaks() const {
  std::string bytes;
  for (const auto& peak : peaks_) bytes.append(peak.data(), peak.size());
  return bytes;
}

void MerkleTree::clear() {
  peaks_.clear();
  size_ = 0;
}

std::vector<std::string> merkle_path(const MerkleTree& begun, const std::vector<std::string>& leaves,
                                     std::int64_t index) {
  const auto size = begun.size() + static_cast<std::int64_t>(leaves.size());
  CHECK(index >= begun.size() && index < size);
  std::vector<std::string> path;
  Ranges(begun, leaves).path(index, 0, size, path);
  return path;
}

std::optional<std::string> merkle_root_of_path(std::string_view leaf, std::int64_t index, std::int64_t size,
                                               const std::vector<std::string>& path) {
  if (index < 0 || index >= size) return std::nullopt;
  auto node = index;
  auto last = size - 1;
  auto root = leaf_hash(leaf);
  for (const auto& sibling : path) {
    if (last == 0) return std::nullopt;
    if ((node & 1) != 0 || node == last) {
      root = node_hash(sibling, root);
      while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      root = node_hash(root, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return std::nullopt;
  return root;
}

}  // namespace feiqian::crypto
