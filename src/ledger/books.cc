#include "ledger/books.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "crypto/digest.h"
#include "foundation/text.h"

namespace feiqian::ledger {
namespace {

constexpr std::int64_t kAll = INT64_MAX;
constexpr std::size_t kMostProblems = 20;

std::string big_endian(std::int64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

/// What the vouchers say about one account.
struct Derived {
  const AccountRow* row = nullptr;
  std::int64_t debit = 0;
  std::int64_t credit = 0;
  std::int64_t entered = 0;  // running balance of its entries
  std::int64_t summed_debit = 0;
  std::int64_t summed_credit = 0;
};

class Verifier {
 public:
  explicit Verifier(store::Reader& reader) : reader_(&reader) {}

  Result<Verification> run() {
    TRY(read_accounts());
    TRY(replay_vouchers());
    TRY(follow_chain());
    TRY(check_entries());
    TRY(check_summaries());
    check_balances();
    return result_;
  }

 private:
  void problem(std::string what) {
    if (result_.problems.size() < kMostProblems) result_.problems.push_back(std::move(what));
  }

  Result<void> read_accounts() {
    accounts_ = TRY(store::Query(kAccounts).oldest_first().limit(kAll).run(*reader_));
    std::erase_if(accounts_, [&](const AccountRow& account) {
      if (find_in_chart(account.code) != nullptr) return false;
      problem(fmt::format("account {}: the chart has no code {}", account.id.text(), account.code));
      return true;
    });
    for (const auto& account : accounts_) derived_[account.id.value].row = &account;
    result_.accounts = static_cast<std::int64_t>(accounts_.size());
    return {};
  }

  Result<void> replay_vouchers() {
    return store::Query(kVouchers).oldest_first().limit(kAll).visit(*reader_, [&](const VoucherRow& voucher) {
      ++result_.vouchers;
      auto& batch = batches_[voucher.batch];
      batch.input += voucher_digest_input(voucher);
      ++batch.vouchers;
      const auto lines = decode_lines(voucher.lines.bytes);
      if (!lines) {
        problem("voucher " + voucher.id.text() + ": " + lines.error().detail());
        return;
      }
      std::map<std::pair<Pool, money::Currency>, std::int64_t> sums;
      for (const auto& line : *lines) {
        auto& account = derived_[line.account.value];
        if (account.row == nullptr) {
          problem("voucher " + voucher.id.text() + ": no account " + line.account.text());
          return;
        }
        (line.side == Side::Debit ? account.debit : account.credit) += line.amount_minor;
        sums[{find_in_chart(account.row->code)->pool, account.row->currency}] +=
            line.side == Side::Debit ? line.amount_minor : -line.amount_minor;
      }
      for (const auto& [key, sum] : sums) {
        if (sum != 0)
          problem("voucher " + voucher.id.text() + " does not balance in " + std::string(name_of(key.first)));
      }
    });
  }

  Result<void> follow_chain() {
    std::string head;
    std::int64_t number = 0;
    TRY(store::Query(engine::kBatches).oldest_first().limit(kAll).visit(*reader_, [&](const engine::BatchRow& batch) {
      ++result_.batches;
      const auto found = batches_.find(batch.number);
      const std::string digest = found == batches_.end() ? "" : crypto::sha256(found->second.input);
      const auto vouchers = found == batches_.end() ? 0 : found->second.vouchers;
      if (batch.number != number + 1) problem(fmt::format("batch {} follows batch {}", batch.number, number));
      if (batch.previous_hash.bytes != head)
        problem(fmt::format("batch {} does not follow the hash before it", batch.number));
      if (batch.vouchers != vouchers)
        problem(fmt::format("batch {} has {} vouchers, its record says {}", batch.number, vouchers, batch.vouchers));
      if (batch.hash.bytes != crypto::sha256(batch.previous_hash.bytes + big_endian(batch.number) + digest)) {
        problem(fmt::format("batch {}: its vouchers do not give its hash", batch.number));
      }
      number = batch.number;
      head = batch.hash.bytes;
      if (found != batches_.end()) batches_.erase(found);
    }));
    for (const auto& [batch, rest] : batches_)
      problem(fmt::format("vouchers of batch {}, which does not exist", batch));
    return {};
  }

  Result<void> check_entries() {
    return store::Query(kEntries).oldest_first().limit(kAll).visit(*reader_, [&](const EntryRow& entry) {
      auto& account = derived_[entry.account.value];
      account.entered += entry.amount_minor;
      if (entry.balance_minor != account.entered)
        problem("entry " + entry.id.text() + ": balance after it is not the sum of the entries");
      if (entry.balance_minor < 0) problem("entry " + entry.id.text() + ": the balance is below zero");
    });
  }

  Result<void> check_summaries() {
    return store::Query(kSummaries).oldest_first().limit(kAll).visit(*reader_, [&](const SummaryRow& summary) {
      derived_[summary.account.value].summed_debit += summary.debit_minor;
      derived_[summary.account.value].summed_credit += summary.credit_minor;
    });
  }

  void check_balances() {
    std::map<std::pair<int, money::Currency>, std::int64_t> by_code;
    for (const auto& [id, account] : derived_) {
      if (account.row == nullptr) {
        problem("entries or summaries of an account that does not exist: " + AccountId{id}.text());
        continue;
      }
      const auto& row = *account.row;
      const auto name = fmt::format("account {} ({})", row.id.text(), row.code);
      if (row.debit_minor != account.debit || row.credit_minor != account.credit) {
        problem(fmt::format("{}: turnover {} / {}, its vouchers say {} / {}", name, row.debit_minor, row.credit_minor,
                            account.debit, account.credit));
      }
      const bool customer = find_in_chart(row.code)->keeping == Keeping::Customer;
      if (customer && account.entered != balance_of(row)) problem(name + ": the entries do not give its balance");
      if (!customer && (account.summed_debit != account.debit || account.summed_credit != account.credit)) {
        problem(name + ": the summaries do not give its turnover");
      }
      by_code[{row.code, row.currency}] += balance_of(row);
    }
    for (const auto& mirror : mirrors()) {
      for (const auto& [key, balance] : by_code) {
        if (key.first != mirror.res_code && key.first != mirror.own_code) continue;
        if (by_code[{mirror.res_code, key.second}] != by_code[{mirror.own_code, key.second}]) {
          problem(fmt::format("mirror {} = {} is broken in {}", mirror.res_code, mirror.own_code, key.second.code()));
          break;
        }
      }
    }
  }

  struct Batch {
    std::string input;
    std::int32_t vouchers = 0;
  };
  store::Reader* reader_;
  std::vector<AccountRow> accounts_;
  std::map<std::int64_t, Derived> derived_;
  std::map<std::int64_t, Batch> batches_;
  Verification result_;
};

}  // namespace

Result<TrialBalance> trial_balance(store::Reader& reader) {
  TRY(reader.begin_snapshot());
  auto accounts = store::Query(kAccounts).oldest_first().limit(kAll).run(reader);
  reader.end_snapshot();
  std::map<std::tuple<Pool, money::Currency, int>, TrialRow> rows;
  for (const auto& account : TRY(std::move(accounts))) {
    const auto* chart = find_in_chart(account.code);
    CHECK(chart != nullptr);
    auto& row = rows[{chart->pool, account.currency, account.code}];
    row.pool = chart->pool;
    row.code = account.code;
    row.currency = account.currency;
    row.debit_minor += account.debit_minor;
    row.credit_minor += account.credit_minor;
    row.balance_minor += balance_of(account);
  }
  TrialBalance trial;
  trial.balanced = trial.mirrored = true;
  std::map<std::pair<Pool, money::Currency>, std::int64_t> sums;
  std::map<std::pair<int, money::Currency>, std::int64_t> balances;
  for (auto& [key, row] : rows) {
    sums[{row.pool, row.currency}] += row.debit_minor - row.credit_minor;
    balances[{row.code, row.currency}] = row.balance_minor;
    trial.rows.push_back(row);
  }
  for (const auto& [key, sum] : sums) trial.balanced = trial.balanced && sum == 0;
  const auto of = [&](int code, money::Currency currency) {
    const auto found = balances.find({code, currency});
    return found == balances.end() ? 0 : found->second;
  };
  for (const auto& [key, balance] : balances) {
    for (const auto& mirror : mirrors()) {
      if (of(mirror.res_code, key.second) != of(mirror.own_code, key.second)) trial.mirrored = false;
    }
  }
  return trial;
}

Result<std::vector<AccountRow>> find_accounts(store::Reader& reader, std::string_view what) {
  store::Query query(kAccounts);
  query.oldest_first().limit(kAll);
  if (const auto id = AccountId::parse(what)) {
    query.equal<&AccountRow::id>(*id);
  } else {
    const auto slash = what.find('/');
    const auto code = parse_int(what.substr(0, slash));
    if (!code) return Error(errors::kAccountNotFound, "name an account by acc_…, by its code, or by code/owner");
    query.equal<&AccountRow::code>(static_cast<std::int32_t>(*code));
    if (slash != std::string_view::npos) {
      const auto owner = what.substr(slash + 1);
      const auto underscore = owner.find('_');
      const auto owner_id = feiqian::detail::id_from_text(owner.substr(0, underscore), owner);
      if (!owner_id) return Error(errors::kAccountNotFound, "the owner is not an id");
      query.equal<&AccountRow::owner>(*owner_id);
    }
  }
  auto accounts = TRY(query.run(reader));
  if (accounts.empty()) return Error(errors::kAccountNotFound, std::string(what));
  return accounts;
}

Result<Statement> statement(store::Reader& reader, const AccountRow& account) {
  Statement result{account, {}};
  const auto* chart = find_in_chart(account.code);
  std::int64_t balance = 0;
  if (chart->keeping == Keeping::Internal) {
    TRY(store::Query(kSummaries)
            .equal<&SummaryRow::account>(account.id)
            .oldest_first()
            .limit(kAll)
            .visit(reader, [&](const SummaryRow& row) {
              balance += chart->normal_side == Side::Debit ? row.debit_minor - row.credit_minor
                                                           : row.credit_minor - row.debit_minor;
              result.lines.push_back({row.posted_at, row.accounting_date, "batch " + std::to_string(row.batch),
                                      fmt::format("{} lines", row.lines), row.debit_minor, row.credit_minor, balance});
            }));
    return result;
  }
  const auto entries =
      TRY(store::Query(kEntries).equal<&EntryRow::account>(account.id).oldest_first().limit(kAll).run(reader));
  for (const auto& row : entries) {
    const auto voucher = TRY(store::Query(kVouchers).equal<&VoucherRow::id>(row.voucher).first(reader));
    const bool grows = row.amount_minor > 0;
    const bool debit = grows == (chart->normal_side == Side::Debit);
    const auto amount = grows ? row.amount_minor : -row.amount_minor;
    result.lines.push_back({row.posted_at, row.accounting_date, row.voucher.text(),
                            voucher ? voucher->event + (voucher->reverses ? " reversed" : "") : "missing",
                            debit ? amount : 0, debit ? 0 : amount, row.balance_minor});
  }
  return result;
}

Result<Verification> verify(store::Reader& reader) {
  TRY(reader.begin_snapshot());
  auto result = Verifier(reader).run();
  reader.end_snapshot();
  return result;
}

}  // namespace feiqian::ledger
