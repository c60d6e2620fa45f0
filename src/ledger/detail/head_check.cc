#include "ledger/detail/head_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace feiqian::ledger::detail {

std::string HeadCheck::name_of(const Head& head) {
  return head.kept ? fmt::format("the head kept elsewhere that was signed {}", to_rfc3339(head.row.signed_at))
                   : "signed_head " + head.row.id.text();
}

Result<void> HeadCheck::load(store::Reader& reader, const VerifyOptions& options) {
  const auto add = [&](const engine::HeadRow& row, bool kept) {
    const Head head{row, kept};
    check_signature(head, options.keys);
    chains_[row.chain].heads.push_back(head);
  };
  TRY(store::Query(engine::kHeads).oldest_first().limit(INT64_MAX).visit(reader, [&](const engine::HeadRow& row) {
    const auto tree = crypto::MerkleTree::restore(row.batch, row.peaks.bytes);
    const Head head{row, false};
    if (!tree || tree->root() != row.root.bytes) problems_->add(name_of(head) + ": its peaks do not give its root");
    add(row, false);
  }));
  for (const auto& row : options.kept) add(row, true);
  for (auto& [number, chain] : chains_) {
    std::stable_sort(chain.heads.begin(), chain.heads.end(),
                     [](const Head& a, const Head& b) { return a.row.batch < b.row.batch; });
  }
  return {};
}

void HeadCheck::check_signature(const Head& head, const std::vector<engine::HeadKey>& keys) {
  if (keys.empty()) return;
  const auto key =
      std::find_if(keys.begin(), keys.end(), [&](const auto& each) { return each.name() == head.row.key; });
  if (key == keys.end()) {
    problems_->add(fmt::format("{}: signed by {}, whose public key is not given", name_of(head), head.row.key));
  } else if (!key->signed_head(head.row)) {
    problems_->add(fmt::format("{}: its signature is not of {}", name_of(head), head.row.key));
  }
}

void HeadCheck::begin(int chain, const crypto::MerkleTree& batches) {
  const auto found = chains_.find(chain);
  if (found == chains_.end()) return;
  auto& next = found->second.next;
  const auto& heads = found->second.heads;
  for (; next < heads.size() && heads[next].row.batch < batches.size(); ++next) {
    ++passed_over_;
    found->second.fits = heads[next].row.batch;
  }
  follow(chain, batches);
}

void HeadCheck::follow(int chain, const crypto::MerkleTree& batches) {
  const auto found = chains_.find(chain);
  if (found == chains_.end()) return;
  auto& [heads, next, fits, broken] = found->second;
  if (next == heads.size() || heads[next].row.batch != batches.size()) return;
  const auto root = batches.root();
  for (; next < heads.size() && heads[next].row.batch == batches.size(); ++next)
    compare(found->second, heads[next], root);
}

void HeadCheck::compare(Chain& chain, const Head& head, const std::string& root) {
  ++compared_;
  if (head.row.root.bytes == root) {
    if (!chain.broken) chain.fits = head.row.batch;
    return;
  }
  // Whatever comes after the first one cannot fit either.
  if (!std::exchange(chain.broken, true)) {
    problems_->add(
        fmt::format("{}: batches 1 to {} of chain {} are not those that were signed; up to batch {} they are: the "
                    "chain was rewritten",
                    name_of(head), head.row.batch, head.row.chain, chain.fits));
  }
}

void HeadCheck::end(int chain, std::int64_t batches) {
  const auto found = chains_.find(chain);
  if (found == chains_.end()) return;
  auto& [heads, next, fits, broken] = found->second;
  if (next == heads.size()) return;
  const auto& newest = heads.back();
  problems_->add(fmt::format("{}: batches 1 to {} of chain {} were signed, and it ends at batch {}: it was rolled back",
                             name_of(newest), newest.row.batch, newest.row.chain, batches));
  next = heads.size();
}

void HeadCheck::end_all() {
  for (const auto& [number, chain] : chains_) end(number, 0);
}

std::int64_t HeadCheck::batches_signed() const {
  std::int64_t batches = 0;
  for (const auto& [number, chain] : chains_) batches += chain.fits;
  return batches;
}

}  // namespace feiqian::ledger::detail
