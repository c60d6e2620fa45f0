#include "ledger/verify.h"

#include <fmt/format.h>

#include <chrono>
#include <map>

#include "ledger/detail/rows_of_money.h"
#include "ledger/holds.h"
#include "ledger/posting.h"
#include "ledger/seal.h"

namespace feiqian::ledger {
namespace {

using detail::Accounts;
using detail::Derived;
using detail::fingerprint;
using detail::name_of_account;
constexpr std::int64_t kAll = INT64_MAX;

class Verifier {
 public:
  Verifier(store::Reader& reader, const VerifyOptions& options) : reader_(&reader), options_(&options) {}

  Result<Verification> run() {
    TRY(restore());
    TRY(read_accounts());
    TRY(heads_.load(*reader_, *options_));
    TRY(replay_.check_restored());
    TRY(replay_all());
    const auto before = replay_.batches_complete();
    TRY(rows_.check(options_->interrupted));
    TRY(sum_waiting());
    TRY(check_balances());
    TRY(check_entries());
    TRY(replay_.days().compare(*reader_, problems_));
    replay_.complete();
    TRY(save());
    constexpr std::int64_t kTestimonyBytes = 25;
    return Verification{replay_.batches(),
                        replay_.vouchers(),
                        static_cast<std::int64_t>(rows_of_accounts_.size()),
                        replay_.evidence_bytes() / kTestimonyBytes,
                        heads_.compared(),
                        heads_.passed_over(),
                        before,
                        heads_.batches_signed(),
                        problems_.all()};
  }

 private:
  Result<void> restore() {
    if (options_->progress_file.empty()) return {};
    const auto bytes = TRY(detail::read_progress(options_->progress_file));
    if (bytes.empty()) return {};
    detail::ProgressReader progress(bytes);
    bool fits = replay_.restore(progress) && rows_.restore(progress);
    for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
      auto& account = accounts_[progress.take()];
      for (auto* value : {&account.debit, &account.credit}) *value = progress.take_wide();
      account.entries = progress.take();
      for (auto* value : {&account.sequence, &account.in_blocks, &account.in_pages}) *value = progress.take_unsigned();
    }
    fits = fits && progress.done();
    if (!fits) return Error(errors::kVerifyProgress, options_->progress_file + " is of another kind of store");
    return {};
  }

  /// Only what is faultless so far: whoever goes on from it would not find the faults again.
  Result<void> save() {
    last_saved_ = std::chrono::steady_clock::now();
    if (options_->progress_file.empty() || !problems_.all().empty()) return {};
    detail::ProgressWriter progress;
    replay_.save(progress);
    rows_.save(progress);
    progress.put(static_cast<std::int64_t>(accounts_.size()));
    for (const auto& [id, account] : accounts_) {
      progress.put(id);
      for (const auto value : {account.debit, account.credit}) progress.put_wide(value);
      progress.put(account.entries);
      for (const auto value : {account.sequence, account.in_blocks, account.in_pages}) progress.put_unsigned(value);
    }
    return detail::write_progress(options_->progress_file, progress.bytes());
  }

  Result<void> read_accounts() {
    rows_of_accounts_ = TRY(store::Query(kAccounts).oldest_first().limit(kAll).run(*reader_));
    accounts_.reserve(rows_of_accounts_.size());
    for (const auto& row : rows_of_accounts_) {
      const auto* chart = find_in_chart(row.code);
      if (chart == nullptr) {
        problems_.add(fmt::format("account {}: the chart has no code {}", row.id.text(), row.code));
        continue;
      }
      auto& account = accounts_[row.id.value];
      account.row = &row;
      account.chart = chart;
    }
    return store::Query(kHolds).limit(kAll).visit(
        *reader_, [&](const HoldRow& hold) { accounts_[hold.account.value].held += hold.held_minor(); });
  }

  Result<void> replay_all() {
    last_saved_ = std::chrono::steady_clock::now();
    const std::chrono::milliseconds pause(options_->save_every_ms);
    while (TRY(replay_.step())) {
      const bool ends = options_->interrupted && options_->interrupted();
      if (ends || std::chrono::steady_clock::now() - last_saved_ >= pause) TRY(save());
      if (ends) return Error(errors::kVerifyInterrupted, fmt::format("after {} batches", replay_.batches()));
    }
    replay_.finish();
    return save();
  }

  /// Entries of the blocks since the marks that are in no page yet.
  Result<void> sum_waiting() {
    for (const auto& mark : TRY(store::Query(kMergeMarks).limit(kAll).run(*reader_))) {
      detail::BlockStream blocks(*reader_, mark.chain, VoucherId{mark.block.value - 1});
      while (const auto* block = TRY(blocks.next())) {
        const auto entries = entries_of(*block);
        if (!entries) continue;  // named already
        for (const auto& [id, entry] : *entries) {
          if (entry.voucher > rows_.paged(id, mark.chain)) accounts_[id.value].waiting += fingerprint(entry);
        }
      }
    }
    return {};
  }

  Result<void> check_balances() {
    std::map<std::pair<int, money::Currency>, std::int64_t> by_code;
    TRY(store::Query(kBalances).oldest_first().limit(kAll).visit(*reader_, [&](const BalanceRow& balance) {
      const auto found = accounts_.find(balance.id.value);
      if (found == accounts_.end() || found->second.row == nullptr) {
        problems_.add("a balance of an account that does not exist: " + balance.id.text());
        return;
      }
      auto& account = found->second;
      if (balance.debit_minor != account.debit || balance.credit_minor != account.credit ||
          balance.entries != account.entries || balance.held_minor != account.held) {
        problems_.add(
            fmt::format("{}: turnover {} / {} in {} entries, {} held; its vouchers and holds say {} / {} in {}, {}",
                        name_of_account(account), balance.debit_minor, balance.credit_minor, balance.entries,
                        balance.held_minor, account.debit, account.credit, account.entries, account.held));
      }
      by_code[{account.row->code, account.row->currency}] += balance_of(*account.chart, balance);
      account.has_balance = true;
    }));
    for (const auto& mirror : mirrors()) {
      for (const auto& [key, balance] : by_code) {
        if (key.first != mirror.res_code && key.first != mirror.own_code) continue;
        if (by_code[{mirror.res_code, key.second}] != by_code[{mirror.own_code, key.second}]) {
          problems_.add(
              fmt::format("mirror {} = {} is broken in {}", mirror.res_code, mirror.own_code, key.second.code()));
          break;
        }
      }
    }
    return {};
  }

  Result<void> check_entries() {
    for (const auto& [id, account] : accounts_) {
      if (account.row == nullptr) {
        problems_.add("entries of an account that does not exist: " + AccountId{id}.text());
        continue;
      }
      if (!account.has_balance) problems_.add(name_of_account(account) + ": its balance is missing");
      if (account.chart->keeping == Keeping::Customer) {
        const auto balance =
            account.chart->normal_side == Side::Debit ? account.debit - account.credit : account.credit - account.debit;
        if (account.sequence != fingerprint(account.entries, static_cast<std::int64_t>(balance)) - fingerprint(0, 0))
          problems_.add(name_of_account(account) + ": the balances after its entries do not follow each other");
      }
      if (account.in_blocks != account.in_pages + account.waiting) TRY(name_page(account));
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
                problems_.add(fmt::format("page {} of {}: the entry of voucher {} is not what was posted",
                                          page.id.text(), name_of_account(account), entry.voucher.text()));
                named = true;
                return;
              }
            }));
    if (!named) problems_.add(name_of_account(account) + ": a page of its entries is missing");
    return {};
  }

  store::Reader* reader_;
  const VerifyOptions* options_;
  detail::Problems problems_;
  std::vector<AccountRow> rows_of_accounts_;
  Accounts accounts_;
  detail::HeadCheck heads_{problems_};
  detail::Replay replay_{*reader_, accounts_, heads_, problems_};
  detail::RowsOfMoney rows_{*reader_, replay_, accounts_, problems_};
  std::chrono::steady_clock::time_point last_saved_;
};

}  // namespace

Result<Verification> verify(store::Reader& reader) {
  return verify(reader, VerifyOptions());
}

Result<Verification> verify(store::Reader& reader, const VerifyOptions& options) {
  TRY(reader.begin_snapshot());
  auto result = Verifier(reader, options).run();
  reader.end_snapshot();
  return result;
}

}  // namespace feiqian::ledger
