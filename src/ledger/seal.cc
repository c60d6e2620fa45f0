#include "ledger/seal.h"

#include <algorithm>
#include <map>

#include "ledger/detail/pool_sums.h"
#include "ledger/journal.h"
#include "ledger/posting.h"

namespace feiqian::ledger {
namespace {

constexpr std::int64_t kAll = INT64_MAX;

Error broken(const std::string& what) {
  return Error(errors::kInvariantBroken, what);
}

struct Movement {
  const AccountRow* account = nullptr;
  const ChartEntry* chart = nullptr;
  __int128 debit = 0;
  __int128 credit = 0;
  std::optional<PostedLine::After> after;  // of its latest line
  __int128 grown_debit = 0;                // what the batch does to the balance row
  __int128 grown_credit = 0;

  __int128 growth() const { return chart->normal_side == Side::Debit ? debit - credit : credit - debit; }
};
using Movements = boost::unordered_flat_map<std::int64_t, Movement>;

Result<void> check_line(engine::Decision& decision, const PostedLine& line, bool red, Movement& movement,
                        detail::PoolSums& sums) {
  if (line.amount_minor == 0 || (line.amount_minor < 0) != red)
    return broken("sign of a line on " + line.account.text());
  if (movement.account == nullptr) {
    // A decision may have written a line without asking for its account.
    movement.account = decision.peek(kAccounts, line.account);
    if (movement.account == nullptr) return broken("no account " + line.account.text());
    movement.chart = find_in_chart(movement.account->code);
    if (movement.chart == nullptr) return broken("no code of account " + line.account.text());
  }
  if (line.after.has_value() != (movement.chart->keeping == Keeping::Customer))
    return broken("balance of a line on " + line.account.text());
  const __int128 amount = line.side == movement.chart->normal_side ? line.amount_minor : -__int128{line.amount_minor};
  if (line.after && movement.after) {
    const bool follows = line.after->balance_minor == movement.after->balance_minor + amount &&
                         line.after->number == movement.after->number + 1;
    if (!follows) return broken("entries of " + line.account.text() + " do not follow each other");
  }
  movement.after = line.after;
  (line.side == Side::Debit ? movement.debit : movement.credit) += line.amount_minor;
  sums.add(movement.chart->pool, movement.account->currency,
           line.side == Side::Debit ? line.amount_minor : -__int128{line.amount_minor});
  return {};
}

Result<void> check_mirrors(const Movements& movements) {
  std::map<std::pair<int, money::Currency>, __int128> net;
  for (const auto& [id, movement] : movements)
    net[{movement.account->code, movement.account->currency}] += movement.growth();
  const auto of = [&](int code, money::Currency currency) {
    const auto found = net.find({code, currency});
    return found == net.end() ? __int128{0} : found->second;
  };
  for (const auto& [key, growth] : net) {
    for (const auto& mirror : mirrors()) {
      if (key.first != mirror.res_code && key.first != mirror.own_code) continue;
      if (of(mirror.res_code, key.second) != of(mirror.own_code, key.second))
        return broken("mirror " + std::to_string(mirror.res_code) + " = " + std::to_string(mirror.own_code));
    }
  }
  return {};
}

/// What the batch does to balance rows.
void add_growth(engine::Decision& decision, Movements& movements) {
  decision.growth<&BalanceRow::debit_minor>(kBalances, [&](std::int64_t id, std::int64_t amount) {
    if (amount != 0) movements[id].grown_debit += amount;
  });
  decision.growth<&BalanceRow::credit_minor>(kBalances, [&](std::int64_t id, std::int64_t amount) {
    if (amount != 0) movements[id].grown_credit += amount;
  });
}

Result<void> check_balances(engine::Decision& decision, const Movements& movements) {
  for (const auto& [id, movement] : movements) {
    if (movement.account == nullptr) return broken("a change of " + AccountId{id}.text() + " without a voucher");
    if (movement.grown_debit != movement.debit || movement.grown_credit != movement.credit)
      return broken("conservation on account " + movement.account->id.text());
    if (movement.debit != static_cast<std::int64_t>(movement.debit) ||
        movement.credit != static_cast<std::int64_t>(movement.credit))
      return broken("the batch moves too much on account " + movement.account->id.text());
    if (!movement.after) continue;
    const auto* balance = decision.peek(kBalances, movement.account->id);
    if (balance == nullptr || balance_of(*movement.chart, *balance) != movement.after->balance_minor ||
        balance->entries != movement.after->number)
      return broken("conservation on account " + movement.account->id.text());
    if (movement.after->balance_minor < 0) return broken("no negative: account " + movement.account->id.text());
    if (movement.after->balance_minor < balance->held_minor)
      return broken("held money left account " + movement.account->id.text());
  }
  return {};
}

/// What the batch does to internal accounts, each as one entry.
void add_movements(const Movements& movements, const Entry& like, std::vector<std::pair<AccountId, Entry>>& entries) {
  for (const auto& [id, movement] : movements) {
    if (movement.after) continue;
    auto entry = like;
    entry.debit_minor = static_cast<std::int64_t>(movement.debit);
    entry.credit_minor = static_cast<std::int64_t>(movement.credit);
    entries.emplace_back(AccountId{id}, entry);
  }
}

Entry entry_of(const PostedLine& line, VoucherId voucher, const Entry& like) {
  auto entry = like;
  entry.voucher = voucher;
  (line.side == Side::Debit ? entry.debit_minor : entry.credit_minor) = line.amount_minor;
  entry.number = line.after->number;
  entry.balance_minor = line.after->balance_minor;
  return entry;
}

/// Moves what is ripe from memory into pages of this batch.
std::vector<AccountId> write_pages(engine::Decision& decision, PendingEntries& pending) {
  auto ripe = pending.ripe();
  for (const auto account : ripe) {
    const auto& entries = pending.of(account);
    decision.insert(kPages, PageRow{decision.new_id<StrongId<PageTag>>(account.shard()),
                                    account,
                                    decision.context.chain,
                                    static_cast<std::int32_t>(entries.size()),
                                    entries.front().number,
                                    entries.back().voucher,
                                    entries.front().posted_at,
                                    entries.back().posted_at,
                                    {encode_page(entries)}});
  }
  return ripe;
}

}  // namespace

Result<std::vector<std::pair<AccountId, Entry>>> entries_of(const BlockRow& block) {
  std::vector<std::pair<AccountId, Entry>> entries;
  std::map<AccountId, Entry> internal;
  const Entry like{block.id, 0, 0, 0, 0, block.posted_at, block.accounting_date};
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  for (std::int64_t index = 0; TRY(reader.next(voucher)); ++index) {
    for (const auto& line : voucher.lines) {
      if (line.after) {
        entries.emplace_back(line.account, entry_of(line, voucher_at(block.id, index), like));
        continue;
      }
      auto& movement = internal.try_emplace(line.account, like).first->second;
      (line.side == Side::Debit ? movement.debit_minor : movement.credit_minor) += line.amount_minor;
    }
  }
  entries.insert(entries.end(), internal.begin(), internal.end());
  return entries;
}

Result<void> LedgerSeal::recover(store::Reader& reader, engine::WorkingSet& rows, int chain) {
  auto& journal = rows.part<Journal>();
  journal.restart();
  journal.pending().set_limits(limits_);
  const auto mark = TRY(store::Query(kMergeMarks).equal<&MergeMarkRow::chain>(chain).first(reader));
  mark_ = mark ? mark->id : StrongId<MergeMarkTag>();
  boost::unordered_flat_map<std::int64_t, VoucherId> paged;  // by account: the last voucher in pages
  const auto add = [&](const BlockRow& block) -> Result<void> {
    if (block.id.shard() != chain) return {};
    journal.skip_past(voucher_at(block.id, block.vouchers - 1));
    for (const auto& [account, entry] : TRY(entries_of(block))) {
      auto [known, fresh] = paged.try_emplace(account.value);
      if (fresh) {
        const auto page =
            TRY(store::Query(kPages).equal<&PageRow::account>(account).equal<&PageRow::chain>(chain).first(reader));
        if (page) known->second = page->last_voucher;
      }
      if (entry.voucher > known->second) journal.pending().add(account, entry, block.id);
    }
    return {};
  };
  // The pages are asked for between two blocks, by the same reader: so the blocks come in portions.
  for (VoucherId after = mark ? VoucherId{mark->block.value - 1} : VoucherId();;) {
    constexpr std::int64_t kPortion = 64;
    const auto portion = TRY(store::Query(kBlocks)
                                 .in_shard(chain)
                                 .where<&BlockRow::id>(store::Selection::Condition::Operator::Greater, after)
                                 .oldest_first()
                                 .limit(kPortion)
                                 .run(reader));
    if (portion.empty()) return {};
    for (const auto& block : portion) TRY(add(block));
    after = portion.back().id;
  }
}

void LedgerSeal::load(engine::Load& load) const {
  if (mark_) load.get(kMergeMarks, mark_);
}

Result<engine::BatchSeal::Contribution> LedgerSeal::seal(engine::Decision& decision) {
  auto& journal = decision.part<Journal>();
  Contribution contribution;
  const auto count = journal.block().count();
  Movements movements;
  movements.reserve(static_cast<std::size_t>(count) * 2);
  add_growth(decision, movements);
  std::vector<std::pair<AccountId, Entry>> entries;
  entries.reserve(static_cast<std::size_t>(count) * 2);
  const Entry like{journal.first(), 0, 0, 0, 0, decision.context.now, decision.context.accounting_date};
  BlockRow block{journal.first(),
                 decision.context.batch_number,
                 static_cast<std::int32_t>(count),
                 decision.context.accounting_date,
                 decision.context.now,
                 {}};
  if (count > 0) {
    block.bytes.bytes = journal.take_block();
    detail::PoolSums sums;
    crypto::MerkleTree tree;
    BlockReader reader(block.bytes.bytes);
    PostedVoucher voucher;
    for (std::int64_t index = 0;; ++index) {
      const auto more = reader.next(voucher);
      if (!more) return broken(more.error().detail());
      if (!*more) break;
      sums.clear();
      for (const auto& line : voucher.lines) {
        TRY(check_line(decision, line, static_cast<bool>(voucher.head.reverses), movements[line.account.value], sums));
        if (line.after) entries.emplace_back(line.account, entry_of(line, voucher_at(block.id, index), like));
      }
      if (!sums.all_zero()) return broken("balance of voucher " + voucher_at(block.id, index).text());
      tree.add(leaf_prefix(voucher_at(block.id, index)), voucher.bytes);
    }
    contribution.root = tree.root();
    contribution.vouchers = static_cast<std::int32_t>(count);
  }
  TRY(check_balances(decision, movements));
  if (count == 0) return contribution;
  TRY(check_mirrors(movements));
  add_movements(movements, like, entries);
  decision.insert(kBlocks, std::move(block));
  auto paged = write_pages(decision, journal.pending());
  const bool marked = mark_ && decision.get(kMergeMarks, mark_) != nullptr;
  if (!marked) {
    mark_ = decision.new_id<StrongId<MergeMarkTag>>(decision.context.chain);
    decision.insert(kMergeMarks, MergeMarkRow{mark_, decision.context.chain, journal.first()});
  } else if (!paged.empty()) {
    decision.change(kMergeMarks, mark_).block = journal.pending().oldest_without(paged).value_or(journal.first());
  }
  journal.stage(std::move(entries), std::move(paged));
  return contribution;
}

}  // namespace feiqian::ledger
