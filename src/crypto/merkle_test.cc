#include "crypto/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace feiqian::crypto {
namespace {

using Leaves = std::vector<std::string>;

/// RFC 6962 §2.1, word for word.
std::string reference_root(const Leaves& leaves, std::size_t from, std::size_t to) {
  const auto n = to - from;
  if (n == 1) return sha256(std::string(1, '\0') + leaves[from]);
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return sha256("\x01" + reference_root(leaves, from, from + k) + reference_root(leaves, from + k, to));
}

Leaves leaves_of(std::size_t size) {
  Leaves leaves;
  for (std::size_t i = 0; i < size; ++i) leaves.push_back("leaf " + std::to_string(i) + std::string(i % 5, '\0'));
  return leaves;
}
MerkleTree tree_of(const Leaves& leaves, std::size_t size) {
  MerkleTree tree;
  for (std::size_t i = 0; i < size; ++i) tree.add(leaves[i]);
  return tree;
}

TEST(MerkleTree, IsThatOfRfc6962ForEverySize) {
  const auto leaves = leaves_of(70);
  MerkleTree tree;
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    tree.add(leaves[size - 1]);
    EXPECT_EQ(tree.root(), reference_root(leaves, 0, size)) << size;
    EXPECT_EQ(tree.size(), static_cast<std::int64_t>(size));
  }
}

TEST(MerkleTree, OfNothingIsZero) {
  MerkleTree tree;
  EXPECT_EQ(tree.root(), std::string(32, '\0'));
  tree.add("a");
  EXPECT_EQ(tree.root(), sha256(std::string("\0a", 2)));
  tree.clear();
  EXPECT_EQ(tree.root(), std::string(32, '\0'));
  EXPECT_EQ(tree.size(), 0);
}

TEST(MerkleTree, ALeafInTwoPartsIsOneLeaf) {
  MerkleTree parts, whole;
  parts.add("ab", "cd");
  whole.add("abcd");
  EXPECT_EQ(parts.root(), whole.root());
}

TEST(MerkleTree, GrowsOnFromItsPeaks) {
  const auto leaves = leaves_of(40);
  for (std::size_t begun = 0; begun <= leaves.size(); ++begun) {
    const auto before = tree_of(leaves, begun);
    auto restored = MerkleTree::restore(before.size(), before.peaks());
    ASSERT_TRUE(restored) << begun;
    for (std::size_t i = begun; i < leaves.size(); ++i) restored->add(leaves[i]);
    EXPECT_EQ(restored->root(), reference_root(leaves, 0, leaves.size())) << begun;
  }
  EXPECT_FALSE(MerkleTree::restore(3, std::string(32, 'x')));
  EXPECT_FALSE(MerkleTree::restore(-1, ""));
}

TEST(MerklePath, LeadsFromEveryLeafToTheRootWhereverTheTreeBegan) {
  const auto all = leaves_of(20);
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const auto root = tree_of(all, size).root();
    for (std::size_t begun = 0; begun < size; ++begun) {
      const Leaves added(all.begin() + static_cast<std::ptrdiff_t>(begun),
                         all.begin() + static_cast<std::ptrdiff_t>(size));
      for (auto index = static_cast<std::int64_t>(begun); index < static_cast<std::int64_t>(size); ++index) {
        const auto path = merkle_path(tree_of(all, begun), added, index);
        EXPECT_EQ(
            merkle_root_of_path(all[static_cast<std::size_t>(index)], index, static_cast<std::int64_t>(size), path),
            root)
            << index << " of " << size << ", begun with " << begun;
      }
    }
  }
}

TEST(MerklePath, IsOfOnePlaceOnly) {
  const auto all = leaves_of(11);
  const auto root = tree_of(all, 11).root();
  const auto path = merkle_path(MerkleTree(), all, 6);
  for (std::int64_t index = -1; index <= 11; ++index)
    EXPECT_EQ(merkle_root_of_path(all[6], index, 11, path) == root, index == 6) << index;
  EXPECT_NE(merkle_root_of_path(all[5], 6, 11, path), root);
  EXPECT_NE(merkle_root_of_path(all[6], 6, 40, path), root);
  auto other = path;
  other.pop_back();
  EXPECT_NE(merkle_root_of_path(all[6], 6, 11, other), root);
  other = path;
  other.push_back(path[0]);
  EXPECT_NE(merkle_root_of_path(all[6], 6, 11, other), root);
  other = path;
  other[1][31] = static_cast<char>(other[1][31] ^ 1);
  EXPECT_NE(merkle_root_of_path(all[6], 6, 11, other), root);
}

}  // namespace
}  // namespace feiqian::crypto
