// Verification. Memory: one record an account, one a batch with vouchers, and the evidence of one part of the rows at a
// time.
#include <fmt/format.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <map>

#include "engine/evidence.h"
#include "engine/tables.h"
#include "ledger/books.h"
#include "ledger/day_totals.h"
#include "ledger/holds.h"
#include "ledger/seal.h"

namespace feiqian::ledger {
namespace {

constexpr std::int64_t kAll = INT64_MAX;
constexpr std::size_t kMostProblems = 20;
constexpr std::int64_t kTestimoniesAtOnce = 8000000;

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  return value ^ value >> 31;
}

std::uint64_t fingerprint(std::int64_t number, std::int64_t balance) {
  return mixed(mixed(static_cast<std::uint64_t>(number)) + static_cast<std::uint64_t>(balance));
}

std::uint64_t fingerprint(const Entry& entry) {
  std::uint64_t value = 0;
  for (const std::int64_t part :
       {entry.voucher.value, entry.debit_minor, entry.credit_minor, entry.number, entry.balance_minor,
        entry.posted_at.us, std::int64_t{entry.accounting_date.yyyymmdd}}) {
    value = mixed(value + static_cast<std::uint64_t>(part));
  }
  return value;
}

/// What the vouchers say about one account.
struct Derived {
  const AccountRow* row = nullptr;
  const ChartEntry* chart = nullptr;
  __int128 debit = 0;  // a changed amount must not overflow
  __int128 credit = 0;
  std::int64_t entries = 0;
  std::int64_t held = 0;  // by open holds
  bool moved = false;
  /// Σ of fingerprints of (number, balance after) less those of (number − 1, balance before): telescopes to the last
  /// one exactly when the entries follow each other, in whatever order they are read.
  std::uint64_t sequence = 0;
  std::uint64_t in_blocks = 0;  // Σ of fingerprints of the entries
  std::uint64_t in_pages = 0;   // the same of those in pages, or not in pages yet
};

struct BlockFacts {
  VoucherId id;
  std::string root;
  std::int32_t vouchers = 0;
  Timestamp posted_at;
  Date accounting_date;
};

class Verifier {
 public:
  explicit Verifier(store::Reader& reader) : reader_(&reader) {}

  Result<Verification> run() {
    TRY(read_accounts());
    TRY(read_pages());
    TRY(read_day_totals());
    TRY(replay_blocks());
    TRY(follow_chains());
    TRY(check_balances());
    TRY(check_entries());
    TRY(check_rows_of_money());
    return result_;
  }

 private:
  void problem(std::string what) {
    if (result_.problems.size() < kMostProblems) result_.problems.push_back(std::move(what));
  }

  Result<void> read_accounts() {
    accounts_ = TRY(store::Query(kAccounts).oldest_first().limit(kAll).run(*reader_));
    result_.accounts = static_cast<std::int64_t>(accounts_.size());
    for (const auto& account : accounts_) {
      const auto* chart = find_in_chart(account.code);
      if (chart == nullptr) {
        problem(fmt::format("account {}: the chart has no code {}", account.id.text(), account.code));
        continue;
      }
      auto& derived = derived_[account.id.value];
      derived.row = &account;
      derived.chart = chart;
    }
    return store::Query(kHolds).limit(kAll).visit(
        *reader_, [&](const HoldRow& hold) { derived_[hold.account.value].held += hold.held_minor(); });
  }

  Result<void> read_pages() {
    for (const auto& mark : TRY(store::Query(kMergeMarks).limit(kAll).run(*reader_))) marks_[mark.chain] = mark.block;
    return store::Query(kPages).oldest_first().limit(kAll).visit(*reader_, [&](const PageRow& page) {
      const auto entries = decode_page(page.bytes.bytes);
      if (!entries || entries->empty()) {
        problem("page " + page.id.text() + ": its bytes are broken");
        return;
      }
      auto& account = derived_[page.account.value];
      for (const auto& entry : *entries) account.in_pages += fingerprint(entry);
      const auto& first = entries->front();
      const auto& last = entries->back();
      if (page.entries != static_cast<std::int64_t>(entries->size()) || page.first_number != first.number ||
          page.last_voucher != last.voucher || page.first_posted_at != first.posted_at ||
          page.last_posted_at != last.posted_at) {
        problem("page " + page.id.text() + " of account " + page.account.text() + ": its columns do not fit its bytes");
      }
      auto& paged = paged_[{page.account.value, page.chain}];
      paged = std::max(paged, page.last_voucher);
    });
  }

  Result<void> read_day_totals() {
    return store::Query(kDayTotals).oldest_first().limit(kAll).visit(*reader_, [&](const DayTotalRow& row) {
      const bool fresh =
          kept_days_[row.day].try_emplace({row.code, row.currency}, Turnover{row.debit_minor, row.credit_minor}).second;
      if (!fresh)
        problem(fmt::format("day total {}: day {} has another of code {}", row.id.text(), to_text(row.day), row.code));
    });
  }

  /// Of the days that end at `next` or before: all their blocks have been replayed.
  void check_days_before(VoucherId next) {
    while (!kept_days_.empty() && first_id_at(end_of(kept_days_.begin()->first)) <= next.value) {
      check_day(kept_days_.begin()->first, kept_days_.begin()->second);
      kept_days_.erase(kept_days_.begin());
    }
  }

  void check_day(Date day, const Totals& kept) {
    std::map<Totals::key_type, std::pair<__int128, __int128>> said;
    for (const auto& [id, account] : derived_) {
      if (account.row == nullptr || !account.moved) continue;
      auto& sum = said[{account.row->code, account.row->currency}];
      sum.first += account.debit;
      sum.second += account.credit;
    }
    for (const auto& [key, turnover] : kept) said.try_emplace(key);
    for (const auto& [key, sum] : said) {
      const auto found = kept.find(key);
      const auto turnover = found == kept.end() ? Turnover{} : found->second;
      if (found != kept.end() && turnover.debit_minor == sum.first && turnover.credit_minor == sum.second) continue;
      problem(fmt::format("totals of {}, code {} in {}: kept are {} / {}; the vouchers say {} / {}", to_text(day),
                          key.first, key.second.code(), turnover.debit_minor, turnover.credit_minor, sum.first,
                          sum.second));
    }
  }

  Result<void> replay_blocks() {
    TRY(store::Query(kBlocks).oldest_first().limit(kAll).visit(*reader_, [&](const BlockRow& block) {
      check_days_before(block.id);
      const auto name = "block " + block.id.text() + " of batch " + std::to_string(block.batch);
      BlockReader reader(block.bytes.bytes);
      PostedVoucher voucher;
      MerkleTree tree;
      std::int32_t count = 0;
      for (;; ++count) {
        const auto more = reader.next(voucher);
        if (!more) problem(name + ": " + more.error().detail());
        if (!more || !*more) break;
        tree.add(voucher.bytes);
        check_voucher(voucher_at(block.id, count), voucher);
      }
      result_.vouchers += count;
      if (count != block.vouchers)
        problem(fmt::format("{} has {} vouchers, its row says {}", name, count, block.vouchers));
      add_entries(block);
      const auto known =
          blocks_.try_emplace({block.id.shard(), block.batch},
                              BlockFacts{block.id, tree.root(), count, block.posted_at, block.accounting_date});
      if (!known.second) problem(name + ": the batch has another block, " + known.first->second.id.text());
    }));
    check_days_before(VoucherId{INT64_MAX});
    return {};
  }

  /// What counts is where the voucher leaves the account.
  static bool is_last_of_account(const PostedLine& line, const PostedVoucher& voucher) {
    return std::none_of(&line + 1, voucher.lines.data() + voucher.lines.size(),
                        [&](const PostedLine& later) { return later.account == line.account; });
  }

  void check_voucher(VoucherId id, const PostedVoucher& voucher) {
    std::map<std::pair<Pool, money::Currency>, __int128> sums;
    for (const auto& line : voucher.lines) {
      auto& account = derived_[line.account.value];
      if (account.row == nullptr) {
        problem("voucher " + id.text() + ": no account " + line.account.text());
        return;
      }
      const __int128 amount = line.side == Side::Debit ? line.amount_minor : -__int128{line.amount_minor};
      (line.side == Side::Debit ? account.debit : account.credit) += line.amount_minor;
      account.moved = true;
      sums[{account.chart->pool, account.row->currency}] += amount;
      if (!line.after) continue;
      ++account.entries;
      const auto growth = account.chart->normal_side == Side::Debit ? amount : -amount;
      account.sequence +=
          fingerprint(line.after->number, line.after->balance_minor) -
          fingerprint(line.after->number - 1, static_cast<std::int64_t>(line.after->balance_minor - growth));
      if (line.after->balance_minor < 0 && is_last_of_account(line, voucher))
        problem("voucher " + id.text() + ": the balance of " + line.account.text() + " is below zero");
    }
    for (const auto& [key, sum] : sums) {
      if (sum != 0) problem("voucher " + id.text() + " does not balance in " + std::string(name_of(key.first)));
    }
  }

  void add_entries(const BlockRow& block) {
    const auto entries = entries_of(block);
    if (!entries) return;  // named already
    for (const auto& [id, entry] : *entries) {
      auto& account = derived_[id.value];
      const auto print = fingerprint(entry);
      account.in_blocks += print;
      const auto paged = paged_.find({id.value, block.id.shard()});
      const auto mark = marks_.find(block.id.shard());
      const bool waits =
          mark != marks_.end() && block.id >= mark->second && (paged == paged_.end() || entry.voucher > paged->second);
      if (waits) account.in_pages += print;
    }
  }

  /// A block's columns follow from its batch and the blocks before it.
  void check_place(const std::string& name, const engine::BatchRow& batch, const BlockFacts& block, VoucherId last) {
    if (block.posted_at != batch.committed_at || block.accounting_date != china_date(batch.committed_at))
      problem(fmt::format("{}: block {} has another time or day", name, block.id.text()));
    if (block.id != first_of_block(block.posted_at, batch.chain, last))
      problem(fmt::format("{}: block {} has another id than its time gives", name, block.id.text()));
  }

  Result<void> follow_chains() {
    struct Head {
      std::int64_t number = 0;
      std::string hash;
      VoucherId last_voucher;
    };
    std::map<std::int32_t, Head> heads;
    TRY(store::Query(engine::kBatches).oldest_first().limit(kAll).visit(*reader_, [&](const engine::BatchRow& batch) {
      ++result_.batches;
      auto& head = heads[batch.chain];
      const auto name = batch.chain == 0 ? fmt::format("batch {}", batch.number)
                                         : fmt::format("batch {} of chain {}", batch.number, batch.chain);
      if (batch.number != head.number + 1) problem(fmt::format("{} follows batch {}", name, head.number));
      if (batch.previous_hash.bytes != head.hash) problem(name + " does not follow the hash before it");
      if (batch.hash.bytes != engine::batch_hash(batch)) problem(name + ": its record does not give its hash");
      const auto block = blocks_.find({batch.chain, batch.number});
      const auto vouchers = block == blocks_.end() ? 0 : block->second.vouchers;
      if (batch.vouchers != vouchers) {
        problem(fmt::format("{} has {} vouchers, its record says {}", name, vouchers, batch.vouchers));
      } else if (block != blocks_.end() && batch.root.bytes != block->second.root) {
        problem(fmt::format("{}: the vouchers of block {} do not give its root", name, block->second.id.text()));
      }
      if (block != blocks_.end()) {
        check_place(name, batch, block->second, head.last_voucher);
        head.last_voucher = voucher_at(block->second.id, block->second.vouchers - 1);
      }
      testimonies_ += static_cast<std::int64_t>(batch.evidence.bytes.size());
      head.number = batch.number;
      head.hash = batch.hash.bytes;
      if (block != blocks_.end()) blocks_.erase(block);
    }));
    for (const auto& [key, block] : blocks_)
      problem(fmt::format("block {} belongs to batch {}, which does not exist", block.id.text(), key.second));
    return {};
  }

  Result<void> check_balances() {
    std::map<std::pair<int, money::Currency>, std::int64_t> by_code;
    TRY(store::Query(kBalances).oldest_first().limit(kAll).visit(*reader_, [&](const BalanceRow& balance) {
      const auto found = derived_.find(balance.id.value);
      if (found == derived_.end() || found->second.row == nullptr) {
        problem("a balance of an account that does not exist: " + balance.id.text());
        return;
      }
      const auto& account = found->second;
      if (balance.debit_minor != account.debit || balance.credit_minor != account.credit ||
          balance.entries != account.entries || balance.held_minor != account.held) {
        problem(fmt::format("{}: turnover {} / {} in {} entries, {} held; its vouchers and holds say {} / {} in {}, {}",
                            name_of_account(account), balance.debit_minor, balance.credit_minor, balance.entries,
                            balance.held_minor, account.debit, account.credit, account.entries, account.held));
      }
      by_code[{account.row->code, account.row->currency}] += balance_of(*account.chart, balance);
      with_balance_.insert(balance.id.value);
    }));
    for (const auto& mirror : mirrors()) {
      for (const auto& [key, balance] : by_code) {
        if (key.first != mirror.res_code && key.first != mirror.own_code) continue;
        if (by_code[{mirror.res_code, key.second}] != by_code[{mirror.own_code, key.second}]) {
          problem(fmt::format("mirror {} = {} is broken in {}", mirror.res_code, mirror.own_code, key.second.code()));
          break;
        }
      }
    }
    return {};
  }

  static std::string name_of_account(const Derived& account) {
    return fmt::format("account {} ({})", account.row->id.text(), account.row->code);
  }

  Result<void> check_entries() {
    for (const auto& [id, account] : derived_) {
      if (account.row == nullptr) {
        problem("entries of an account that does not exist: " + AccountId{id}.text());
        continue;
      }
      if (!with_balance_.contains(id)) problem(name_of_account(account) + ": its balance is missing");
      if (account.chart->keeping == Keeping::Customer) {
        const auto balance =
            account.chart->normal_side == Side::Debit ? account.debit - account.credit : account.credit - account.debit;
        if (account.sequence != fingerprint(account.entries, static_cast<std::int64_t>(balance)) - fingerprint(0, 0))
          problem(name_of_account(account) + ": the balances after its entries do not follow each other");
      }
      if (account.in_blocks != account.in_pages) TRY(name_page(account));
    }
    return {};
  }

  /// The pages of an account do not hold what its vouchers say: which of them?
  Result<void> name_page(const Derived& account) {
    std::map<VoucherId, std::vector<std::uint64_t>> said;
    TRY(store::Query(kBlocks).oldest_first().limit(kAll).visit(*reader_, [&](const BlockRow& block) {
      const auto entries = entries_of(block);
      if (!entries) return;
      for (const auto& [id, entry] : *entries) {
        if (id == account.row->id) said[entry.voucher].push_back(fingerprint(entry));
      }
    }));
    bool named = false;
    TRY(store::Query(kPages)
            .equal<&PageRow::account>(account.row->id)
            .oldest_first()
            .limit(kAll)
            .visit(*reader_, [&](const PageRow& page) {
              const auto entries = decode_page(page.bytes.bytes);
              if (!entries || named) return;
              for (const auto& entry : *entries) {
                const auto found = said.find(entry.voucher);
                if (found != said.end() && std::erase(found->second, fingerprint(entry)) == 1) continue;
                problem(fmt::format("page {} of {}: the entry of voucher {} is not what was posted", page.id.text(),
                                    name_of_account(account), entry.voucher.text()));
                named = true;
                return;
              }
            }));
    if (!named) problem(name_of_account(account) + ": a page of its entries is missing");
    return {};
  }

  /// Rows of money against the evidence, a part of the ids at a time.
  Result<void> check_rows_of_money() {
    constexpr std::int64_t kRecordBytes = 25;
    const auto parts = testimonies_ / kRecordBytes / kTestimoniesAtOnce + 1;
    result_.testimonies = testimonies_ / kRecordBytes;
    for (std::int64_t part = 0; part < parts; ++part) TRY(check_part(part, parts));
    return {};
  }

  /// What the last batch of one chain that wrote a row says about it.
  struct Said {
    engine::RowDigest digest{};
    std::int64_t batch = 0;
    std::int32_t chain = 0;
    bool deleted() const { return digest == engine::RowDigest{}; }
  };
  /// Of several chains the order is not known here: the row must be what one of them wrote last.
  struct SaidRow {
    boost::container::small_vector<Said, 1> by_chain;
    bool seen = false;

    void say(const Said& said) {
      for (auto& known : by_chain) {
        if (known.chain == said.chain) {
          known = said;
          return;
        }
      }
      by_chain.push_back(said);
    }
    bool may_be_missing() const {
      return std::any_of(by_chain.begin(), by_chain.end(), [](const Said& said) { return said.deleted(); });
    }
    bool is(const engine::RowDigest& digest) const {
      return std::any_of(by_chain.begin(), by_chain.end(), [&](const Said& said) { return said.digest == digest; });
    }
  };
  using SaidRows = boost::unordered_flat_map<std::int64_t, SaidRow>;

  Result<void> check_part(std::int64_t part, std::int64_t parts) {
    const auto mine = [&](std::int64_t id) {
      return static_cast<std::int64_t>(mixed(static_cast<std::uint64_t>(id)) % static_cast<std::uint64_t>(parts)) ==
             part;
    };
    std::map<store::Evidence, SaidRows> said;
    TRY(store::Query(engine::kBatches).oldest_first().limit(kAll).visit(*reader_, [&](const engine::BatchRow& batch) {
      const bool whole = engine::read_evidence(batch.evidence.bytes, [&](const engine::Testimony& testimony) {
        if (mine(testimony.id)) said[testimony.table][testimony.id].say({testimony.digest, batch.number, batch.chain});
      });
      if (!whole && part == 0) problem(fmt::format("batch {}: its evidence is broken", batch.number));
    }));
    for (const auto* table : store::all_tables()) {
      if (table->evidence != store::Evidence::None) TRY(check_table(*table, said[table->evidence], mine));
    }
    return {};
  }

  template <class Mine>
  Result<void> check_table(const store::TableInfo& table, SaidRows& said, const Mine& mine) {
    engine::RowDigester digester;
    TRY(reader_->select({&table, {}, false, kAll}, [&](const store::RowSource& row) {
      const auto id = row.integer(0);
      if (!mine(id)) return;
      const auto found = said.find(id);
      if (found == said.end()) {
        problem(fmt::format("{} {}: no batch wrote this row", table.name, id_text(table, id)));
        return;
      }
      found->second.seen = true;
      if (!found->second.is(digester.digest(table, row))) {
        problem(fmt::format("{} {}: the row is not what batch {} wrote", table.name, id_text(table, id),
                            found->second.by_chain.back().batch));
      }
    }));
    for (const auto& [id, row] : said) {
      if (row.seen || row.may_be_missing()) continue;
      problem(fmt::format("{} {}: the row that batch {} wrote is missing", table.name, id_text(table, id),
                          row.by_chain.back().batch));
    }
    return {};
  }

  static std::string id_text(const store::TableInfo& table, std::int64_t id) {
    return feiqian::detail::id_to_text(table.id_prefix, id);
  }

  store::Reader* reader_;
  std::vector<AccountRow> accounts_;
  boost::unordered_flat_map<std::int64_t, Derived> derived_;
  boost::unordered_flat_set<std::int64_t> with_balance_;
  std::map<std::pair<std::int64_t, std::int32_t>, VoucherId> paged_;  // by account and chain: the last voucher in pages
  std::map<std::int32_t, VoucherId> marks_;  // by chain: entries of blocks before it are in pages
  std::map<std::pair<std::int32_t, std::int64_t>, BlockFacts> blocks_;  // by chain and batch
  std::map<Date, Totals> kept_days_;                                    // not checked yet
  std::int64_t testimonies_ = 0;
  Verification result_;
};

}  // namespace

Result<Verification> verify(store::Reader& reader) {
  TRY(reader.begin_snapshot());
  auto result = Verifier(reader).run();
  reader.end_snapshot();
  return result;
}

}  // namespace feiqian::ledger
