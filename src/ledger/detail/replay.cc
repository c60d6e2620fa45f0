#include "ledger/detail/replay.h"

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace feiqian::ledger::detail {
namespace {

using Operator = store::Selection::Condition::Operator;

/// Of batches in memory at a time: the evidence of a large one is a megabyte.
constexpr std::int64_t kPortionBytes = 16 << 20;
constexpr std::int64_t kMostBatches = 1024;

/// Sums of debits less credits per (pool, currency); at most a handful.
class Sums {
 public:
  void add(Pool pool, money::Currency currency, __int128 amount) {
    for (auto& sum : sums_) {
      if (sum.pool == pool && sum.currency == currency) {
        sum.amount += amount;
        return;
      }
    }
    sums_.push_back({pool, currency, amount});
  }
  template <class Visit>
  void each_open(Visit visit) const {
    for (const auto& sum : sums_) {
      if (sum.amount != 0) visit(sum.pool);
    }
  }

 private:
  struct Sum {
    Pool pool;
    money::Currency currency;
    __int128 amount;
  };
  boost::container::small_vector<Sum, 4> sums_;
};

/// What counts is where the voucher leaves the account.
bool is_last_of_account(const PostedLine& line, const PostedVoucher& voucher) {
  return std::none_of(&line + 1, voucher.lines.data() + voucher.lines.size(),
                      [&](const PostedLine& later) { return later.account == line.account; });
}

}  // namespace

std::string Replay::name_of(const Place& place) {
  return place.first == 0 ? fmt::format("batch {}", place.second)
                          : fmt::format("batch {} of chain {}", place.second, place.first);
}

Result<bool> Replay::step() {
  if (!std::exchange(begun_, true)) shard_ = first_shard();
  auto& cursor = cursors_[shard_];
  if (!blocks_) blocks_ = std::make_unique<BlockStream>(*reader_, shard(), cursor.block);
  store::Query query(engine::kBatches);
  query.where<&engine::BatchRow::id>(Operator::Greater, cursor.batch).oldest_first().limit(limit_);
  if (shard()) query.in_shard(*shard());
  const auto portion = TRY(query.run(*reader_));
  std::int64_t bytes = 1;
  for (const auto& batch : portion) {
    follow(batch);
    bytes += static_cast<std::int64_t>(batch.evidence.bytes.size()) + 200;
  }
  if (!portion.empty()) {
    cursor.batch = portion.back().id;
    limit_ =
        std::clamp(kPortionBytes * static_cast<std::int64_t>(portion.size()) / bytes, std::int64_t{4}, kMostBatches);
  }
  // Blocks without a batch are read at the end; a batch without its block makes all be read.
  while (portion.empty() || !waiting_batches_.empty()) {
    if (!TRY(read_block())) break;
  }
  if (!portion.empty()) return true;
  blocks_.reset();
  if (shard_ == last_shard()) return false;
  ++shard_;
  return true;
}

void Replay::follow(const engine::BatchRow& batch) {
  ++batches_;
  auto& chain = chains_[batch.chain];
  const Place place{batch.chain, batch.number};
  const auto name = [&] { return name_of(place); };
  if (batch.number != chain.number + 1) problems_->add(fmt::format("{} follows batch {}", name(), chain.number));
  if (batch.previous_hash.bytes != chain.hash) problems_->add(name() + " does not follow the hash before it");
  if (batch.hash.bytes != engine::batch_hash(batch)) problems_->add(name() + ": its record does not give its hash");
  evidence_bytes_ += static_cast<std::int64_t>(batch.evidence.bytes.size());
  chain.number = batch.number;
  chain.hash = batch.hash.bytes;
  chain.last = batch.id;
  chain.tree.add(batch.hash.bytes);
  heads_->follow(batch.chain, chain.tree);
  const Batch facts{batch.vouchers, batch.root.bytes, batch.committed_at};
  const auto block = waiting_blocks_.find(place);
  if (block != waiting_blocks_.end()) {
    match(place, facts, block->second);
    waiting_blocks_.erase(block);
  } else if (batch.vouchers != 0) {
    waiting_batches_.emplace(place, facts);
  }
}

/// A block's columns follow from its batch and the blocks before it.
void Replay::match(const Place& place, const Batch& batch, const Block& block) {
  if (batch.vouchers != block.vouchers) {
    problems_->add(
        fmt::format("{} has {} vouchers, its record says {}", name_of(place), block.vouchers, batch.vouchers));
  } else if (batch.root != block.root) {
    problems_->add(fmt::format("{}: the vouchers of block {} do not give its root", name_of(place), block.id.text()));
  }
  if (block.posted_at != batch.committed_at || block.accounting_date != china_date(batch.committed_at))
    problems_->add(fmt::format("{}: block {} has another time or day", name_of(place), block.id.text()));
  if (block.id != first_of_block(block.posted_at, place.first, block.follows))
    problems_->add(fmt::format("{}: block {} has another id than its time gives", name_of(place), block.id.text()));
}

Result<bool> Replay::read_block() {
  const auto* row = TRY(blocks_->next());
  if (row == nullptr) return false;
  cursors_[shard_].block = row->id;
  const auto count = replay(*row);
  vouchers_ += count;
  const auto name = [&] { return "block " + row->id.text() + " of batch " + std::to_string(row->batch); };
  if (count != row->vouchers)
    problems_->add(fmt::format("{} has {} vouchers, its row says {}", name(), count, row->vouchers));
  auto& chain = chains_[row->id.shard()];
  const Place place{row->id.shard(), row->batch};
  const Block block{row->id, blocks_->root(), count, row->posted_at, row->accounting_date, chain.last_voucher};
  if (count > 0) chain.last_voucher = voucher_at(row->id, count - 1);
  const auto batch = waiting_batches_.find(place);
  if (batch != waiting_batches_.end()) {
    match(place, batch->second, block);
    waiting_batches_.erase(batch);
    return true;
  }
  const auto known = waiting_blocks_.try_emplace(place, block);
  if (!known.second || row->batch <= chain.number) {
    problems_->add(name() + ": the batch has another block" +
                   (known.second ? "" : ", " + known.first->second.id.text()));
    if (known.second) waiting_blocks_.erase(known.first);
  }
  return true;
}

std::int32_t Replay::replay(const BlockRow& block) {
  movements_.clear();
  days_.begin(block);
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  std::int32_t count = 0;
  for (;; ++count) {
    const auto more = reader.next(voucher);
    if (!more)
      problems_->add("block " + block.id.text() + " of batch " + std::to_string(block.batch) + ": " +
                     more.error().detail());
    if (!more || !*more) break;
    add_voucher(block, voucher_at(block.id, count), voucher);
  }
  for (const auto& [id, entry] : movements_) (*accounts_)[id.value].in_blocks += fingerprint(entry);
  return count;
}

void Replay::add_voucher(const BlockRow& block, VoucherId id, const PostedVoucher& voucher) {
  Sums sums;
  for (const auto& line : voucher.lines) {
    auto& account = (*accounts_)[line.account.value];
    if (account.row == nullptr) {
      problems_->add("voucher " + id.text() + ": no account " + line.account.text());
      return;
    }
    const bool debit = line.side == Side::Debit;
    const __int128 amount = debit ? line.amount_minor : -__int128{line.amount_minor};
    (debit ? account.debit : account.credit) += line.amount_minor;
    days_.add(account, debit, line.amount_minor);
    sums.add(account.chart->pool, account.row->currency, amount);
    if (!line.after) {
      auto& movement =
          movements_.try_emplace(line.account, Entry{block.id, 0, 0, 0, 0, block.posted_at, block.accounting_date})
              .first->second;
      auto& moved = debit ? movement.debit_minor : movement.credit_minor;
      // Only a changed amount can overflow; that is named where the totals are compared.
      static_cast<void>(__builtin_add_overflow(moved, line.amount_minor, &moved));
      continue;
    }
    ++account.entries;
    const auto growth = account.chart->normal_side == Side::Debit ? amount : -amount;
    account.sequence +=
        fingerprint(line.after->number, line.after->balance_minor) -
        fingerprint(line.after->number - 1, static_cast<std::int64_t>(line.after->balance_minor - growth));
    account.in_blocks +=
        fingerprint(Entry{id, debit ? line.amount_minor : 0, debit ? 0 : line.amount_minor, line.after->number,
                          line.after->balance_minor, block.posted_at, block.accounting_date});
    if (line.after->balance_minor < 0 && is_last_of_account(line, voucher))
      problems_->add("voucher " + id.text() + ": the balance of " + line.account.text() + " is below zero");
  }
  sums.each_open([&](Pool pool) {
    problems_->add("voucher " + id.text() + " does not balance in " + std::string(ledger::name_of(pool)));
  });
}

void Replay::finish() {
  for (const auto& [place, batch] : waiting_batches_)
    problems_->add(fmt::format("{} has 0 vouchers, its record says {}", name_of(place), batch.vouchers));
  for (const auto& [place, block] : waiting_blocks_)
    problems_->add(fmt::format("block {} belongs to batch {}, which does not exist", block.id.text(), place.second));
  for (const auto& [number, chain] : chains_) heads_->end(number, chain.number);
  heads_->end_all();
}

void Replay::complete() {
  compared_ = cursors_;
  compared_evidence_bytes_ = evidence_bytes_;
  batches_complete_ = batches_;
  shard_ = first_shard();
}

Result<void> Replay::visit_new_batches(const std::function<void(const engine::BatchRow&)>& visit) {
  for (const auto& [shard, cursor] : cursors_) {
    const auto before = compared_.find(shard);
    store::Query query(engine::kBatches);
    query.oldest_first().limit(INT64_MAX);
    if (before != compared_.end()) query.where<&engine::BatchRow::id>(Operator::Greater, before->second.batch);
    if (shard != kAllShards) query.in_shard(shard);
    TRY(query.visit(*reader_, visit));
  }
  return {};
}

void Replay::save(ProgressWriter& progress) const {
  progress.put(reader_->by_shard() ? 1 : 0);
  progress.put(shard_);
  for (const auto* cursors : {&cursors_, &compared_}) {
    progress.put(static_cast<std::int64_t>(cursors->size()));
    for (const auto& [shard, cursor] : *cursors) {
      progress.put(shard);
      progress.put(cursor.batch.value);
      progress.put(cursor.block.value);
    }
  }
  progress.put(static_cast<std::int64_t>(chains_.size()));
  for (const auto& [number, chain] : chains_) {
    progress.put(number);
    progress.put(chain.number);
    progress.put_text(chain.hash);
    progress.put(chain.last.value);
    progress.put(chain.last_voucher.value);
    progress.put(chain.tree.size());
    progress.put_text(chain.tree.peaks());
  }
  progress.put(static_cast<std::int64_t>(waiting_batches_.size()));
  for (const auto& [place, batch] : waiting_batches_) {
    progress.put(place.first);
    progress.put(place.second);
    progress.put(batch.vouchers);
    progress.put_text(batch.root);
    progress.put(batch.committed_at.us);
  }
  progress.put(static_cast<std::int64_t>(waiting_blocks_.size()));
  for (const auto& [place, block] : waiting_blocks_) {
    progress.put(place.first);
    progress.put(place.second);
    progress.put(block.id.value);
    progress.put_text(block.root);
    progress.put(block.vouchers);
    progress.put(block.posted_at.us);
    progress.put(block.accounting_date.yyyymmdd);
    progress.put(block.follows.value);
  }
  days_.save(progress);
  for (const auto value : {batches_, vouchers_, evidence_bytes_, compared_evidence_bytes_, batches_complete_})
    progress.put(value);
}

bool Replay::restore(ProgressReader& progress) {
  const auto number_of = [&] { return static_cast<std::int32_t>(progress.take()); };
  if (progress.take() != (reader_->by_shard() ? 1 : 0)) return false;
  shard_ = number_of();
  for (auto* cursors : {&cursors_, &compared_}) {
    for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
      auto& cursor = (*cursors)[number_of()];
      cursor.batch.value = progress.take();
      cursor.block.value = progress.take();
    }
  }
  for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
    auto& chain = chains_[number_of()];
    chain.number = progress.take();
    chain.hash = progress.take_text();
    chain.last.value = progress.take();
    chain.last_voucher.value = progress.take();
    const auto size = progress.take();
    auto tree = crypto::MerkleTree::restore(size, progress.take_text());
    if (!tree) return false;
    chain.tree = std::move(*tree);
  }
  for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
    const auto chain = number_of();
    auto& batch = waiting_batches_[{chain, progress.take()}];
    batch.vouchers = number_of();
    batch.root = progress.take_text();
    batch.committed_at.us = progress.take();
  }
  for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
    const auto chain = number_of();
    auto& block = waiting_blocks_[{chain, progress.take()}];
    block.id.value = progress.take();
    block.root = progress.take_text();
    block.vouchers = number_of();
    block.posted_at.us = progress.take();
    block.accounting_date.yyyymmdd = number_of();
    block.follows.value = progress.take();
  }
  days_.restore(progress);
  for (auto* value : {&batches_, &vouchers_, &evidence_bytes_, &compared_evidence_bytes_, &batches_complete_})
    *value = progress.take();
  begun_ = true;
  return progress.ok();
}

Result<void> Replay::check_restored() {
  for (const auto& [number, chain] : chains_) {
    if (!chain.last) continue;
    store::Query query(engine::kBatches);
    const auto row = TRY(query.equal<&engine::BatchRow::id>(chain.last).first(*reader_));
    if (!row || row->chain != number || row->number != chain.number || row->hash.bytes != chain.hash)
      problems_->add(name_of({number, chain.number}) + " is not the one that was verified before");
    heads_->begin(number, chain.tree);
  }
  return {};
}

}  // namespace feiqian::ledger::detail
