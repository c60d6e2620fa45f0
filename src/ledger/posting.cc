#include "ledger/posting.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <map>

#include "crypto/digest.h"

namespace feiqian::ledger {
namespace {

constexpr std::size_t kLineBytes = 17;

void put_int64(std::string& bytes, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
}

std::int64_t get_int64(std::string_view bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return static_cast<std::int64_t>(value);
}

/// Growth of the balance on the account's normal side.
std::int64_t signed_amount(const ChartEntry& chart, Side side, std::int64_t amount) {
  return side == chart.normal_side ? amount : -amount;
}

const AccountRow* find_account(engine::Decision& decision, const AccountKey& key) {
  return decision.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
}

struct Prepared {
  const AccountRow* account;
  const ChartEntry* chart;
  Line line;
};

/// Nothing is written before every line is known to be allowed.
Result<std::vector<Prepared>> prepare(engine::Decision& decision, const std::vector<Line>& lines) {
  std::vector<Prepared> prepared;
  prepared.reserve(lines.size());
  for (const auto& line : lines) {
    const auto* chart = find_in_chart(line.account.code);
    CHECK(chart != nullptr);
    prepared.push_back({find_account(decision, line.account), chart, line});
  }
  for (const auto& each : prepared) {
    if (each.chart->keeping != Keeping::Customer) continue;
    std::int64_t after = each.account == nullptr ? 0 : balance_of(*each.account);
    for (const auto& other : prepared) {
      if (other.line.account.code == each.line.account.code && other.line.account.owner == each.line.account.owner) {
        after += signed_amount(*other.chart, other.line.side, other.line.amount_minor);
      }
    }
    if (after < 0) return Error(errors::kBalanceInsufficient, "account " + std::to_string(each.line.account.code));
  }
  for (auto& each : prepared) {
    if (each.account != nullptr) continue;
    each.account = find_account(decision, each.line.account);
    if (each.account != nullptr) continue;
    each.account = &decision.insert(
        kAccounts, AccountRow{decision.new_id<AccountId>(shard_of(each.line.account.owner)), each.line.account.code,
                              each.line.account.owner, each.line.account.currency, 0, 0, decision.context.now});
  }
  return prepared;
}

Result<VoucherId> write(engine::Decision& decision, VoucherRow row, const std::vector<Line>& lines) {
  auto prepared = TRY(prepare(decision, lines));
  std::vector<StoredLine> stored;
  for (const auto& each : prepared) {
    stored.push_back({each.account->id, each.line.side, each.line.amount_minor});
    const auto amount = each.line.amount_minor;
    if (each.chart->keeping == Keeping::Internal) {
      if (each.line.side == Side::Debit) {
        decision.add<&AccountRow::debit_minor>(kAccounts, each.account->id, amount);
      } else {
        decision.add<&AccountRow::credit_minor>(kAccounts, each.account->id, amount);
      }
      continue;
    }
    auto& account = decision.change(kAccounts, each.account->id);
    (each.line.side == Side::Debit ? account.debit_minor : account.credit_minor) += amount;
    decision.insert(kEntries, EntryRow{decision.new_id<StrongId<EntryTag>>(account.id.shard()), account.id, row.id,
                                       signed_amount(*each.chart, each.line.side, amount), balance_of(account),
                                       row.accounting_date, row.posted_at});
  }
  row.lines.bytes = encode_lines(stored);
  return decision.insert(kVouchers, std::move(row)).id;
}

VoucherRow blank_voucher(engine::Decision& decision, std::string event, std::int64_t subject, std::int64_t rule,
                         VoucherId reverses) {
  return {decision.new_id<VoucherId>(shard_of(subject)),
          decision.context.batch_number,
          std::move(event),
          subject,
          decision.context.accounting_date,
          decision.context.now,
          rule,
          reverses,
          {}};
}

}  // namespace

std::string encode_lines(const std::vector<StoredLine>& lines) {
  std::string bytes;
  bytes.reserve(lines.size() * kLineBytes);
  for (const auto& line : lines) {
    put_int64(bytes, line.account.value);
    bytes += static_cast<char>(line.side == Side::Debit ? 0 : 1);
    put_int64(bytes, line.amount_minor);
  }
  return bytes;
}

Result<std::vector<StoredLine>> decode_lines(std::string_view bytes) {
  if (bytes.empty() || bytes.size() % kLineBytes != 0)
    return Error(errors::kVerifyFailed, "a voucher's lines are cut short");
  std::vector<StoredLine> lines;
  for (; !bytes.empty(); bytes.remove_prefix(kLineBytes)) {
    if (bytes[8] != 0 && bytes[8] != 1) return Error(errors::kVerifyFailed, "a voucher's line has no side");
    lines.push_back({{get_int64(bytes)}, bytes[8] == 0 ? Side::Debit : Side::Credit, get_int64(bytes.substr(9))});
  }
  return lines;
}

std::int64_t balance_of(const AccountRow& account) {
  const auto* chart = find_in_chart(account.code);
  CHECK(chart != nullptr);
  return chart->normal_side == Side::Debit ? account.debit_minor - account.credit_minor
                                           : account.credit_minor - account.debit_minor;
}

void load_accounts(engine::Load& load, const VoucherTemplate& which, const Owners& owners, money::Currency currency) {
  for (const auto& key : accounts_of(which, owners, currency))
    load.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
}

std::int64_t balance(engine::Decision& decision, const AccountKey& key) {
  const auto* account = find_account(decision, key);
  return account == nullptr ? 0 : balance_of(*account);
}

Result<VoucherId> post(engine::Decision& decision, const Voucher& voucher) {
  return write(decision,
               blank_voucher(decision, std::string(voucher.event), voucher.subject, voucher.rule, VoucherId()),
               voucher.lines);
}

void load_reversal(engine::Load& load, VoucherId id) {
  const auto* voucher = load.get(kVouchers, id);
  if (voucher == nullptr) return;
  load.all(kVouchersBySubject, voucher->subject);
  const auto lines = decode_lines(voucher->lines.bytes);
  if (!lines) return;
  for (const auto& line : *lines) {
    const auto* account = load.get(kAccounts, line.account);
    if (account != nullptr) load.first(kAccountByKey, account->code, account->owner, account->currency);
  }
}

Result<VoucherId> reverse(engine::Decision& decision, VoucherId id) {
  const auto* voucher = decision.get(kVouchers, id);
  if (voucher == nullptr) return Error(errors::kVoucherNotFound);
  for (const auto* other : decision.all(kVouchersBySubject, voucher->subject)) {
    if (other->reverses == id) return Error(errors::kVoucherReversed);
  }
  std::vector<Line> lines;
  for (const auto& line : TRY(decode_lines(voucher->lines.bytes))) {
    const auto* account = decision.get(kAccounts, line.account);
    CHECK(account != nullptr);
    lines.push_back({{account->code, account->owner, account->currency}, line.side, -line.amount_minor});
  }
  auto row = blank_voucher(decision, voucher->event, voucher->subject, voucher->rule, id);
  return write(decision, std::move(row), lines);
}

std::string voucher_digest_input(const VoucherRow& voucher) {
  std::string bytes;
  put_int64(bytes, voucher.id.value);
  put_int64(bytes, voucher.subject);
  put_int64(bytes, voucher.accounting_date.yyyymmdd);
  put_int64(bytes, voucher.posted_at.us);
  put_int64(bytes, voucher.rule);
  put_int64(bytes, voucher.reverses.value);
  put_int64(bytes, static_cast<std::int64_t>(voucher.event.size()));
  bytes += voucher.event;
  put_int64(bytes, static_cast<std::int64_t>(voucher.lines.bytes.size()));
  bytes += voucher.lines.bytes;
  return bytes;
}

// --- the seal
// ---------------------------------------------------------------------------------------------------------------------------

void LedgerSeal::load(engine::Load&) const {}

namespace {

struct Movement {
  const AccountRow* account = nullptr;
  const ChartEntry* chart = nullptr;
  std::int64_t debit = 0;
  std::int64_t credit = 0;
  std::int32_t lines = 0;
  std::int64_t entered = 0;      // Σ of the batch's entry rows
  std::int64_t grown_debit = 0;  // what the batch does to the account's own row
  std::int64_t grown_credit = 0;
};
using Movements = boost::unordered_flat_map<std::int64_t, Movement>;

Error broken(const std::string& what) {
  return Error(errors::kInvariantBroken, what);
}

/// Sums of debits less credits per (pool, currency); at most a handful.
class Sums {
 public:
  void add(Pool pool, money::Currency currency, std::int64_t amount) {
    for (auto& sum : sums_) {
      if (sum.pool == pool && sum.currency == currency) {
        sum.amount += amount;
        return;
      }
    }
    sums_.push_back({pool, currency, amount});
  }
  bool all_zero() const {
    return std::all_of(sums_.begin(), sums_.end(), [](const Sum& sum) { return sum.amount == 0; });
  }
  void clear() { sums_.clear(); }

 private:
  struct Sum {
    Pool pool;
    money::Currency currency;
    std::int64_t amount;
  };
  std::vector<Sum> sums_;
};

Result<void> check_voucher(engine::Decision& decision, const VoucherRow& voucher, Movements& movements, Sums& sums) {
  sums.clear();
  const auto lines = decode_lines(voucher.lines.bytes);
  if (!lines) return broken("voucher " + voucher.id.text() + ": " + lines.error().detail());
  for (const auto& line : *lines) {
    if ((line.amount_minor < 1) != static_cast<bool>(voucher.reverses) || line.amount_minor == 0)
      return broken("sign of a line of " + voucher.id.text());
    auto& movement = movements[line.account.value];
    if (movement.account == nullptr) {
      movement.account = decision.get(kAccounts, line.account);
      if (movement.account == nullptr) return broken("no account for a line of " + voucher.id.text());
      movement.chart = find_in_chart(movement.account->code);
    }
    (line.side == Side::Debit ? movement.debit : movement.credit) += line.amount_minor;
    ++movement.lines;
    sums.add(movement.chart->pool, movement.account->currency,
             line.side == Side::Debit ? line.amount_minor : -line.amount_minor);
  }
  if (!sums.all_zero()) return broken("balance of voucher " + voucher.id.text());
  return {};
}

Result<void> check_mirrors(const Movements& movements) {
  std::map<std::pair<int, money::Currency>, std::int64_t> net;
  for (const auto& [id, movement] : movements) {
    const auto growth = movement.chart->normal_side == Side::Debit ? movement.debit - movement.credit
                                                                   : movement.credit - movement.debit;
    net[{movement.account->code, movement.account->currency}] += growth;
  }
  const auto of = [&](int code, money::Currency currency) {
    const auto found = net.find({code, currency});
    return found == net.end() ? 0 : found->second;
  };
  for (const auto& [key, growth] : net) {
    for (const auto& mirror : mirrors()) {
      if (key.first != mirror.res_code && key.first != mirror.own_code) continue;
      if (of(mirror.res_code, key.second) != of(mirror.own_code, key.second)) {
        return broken("mirror " + std::to_string(mirror.res_code) + " = " + std::to_string(mirror.own_code));
      }
    }
  }
  return {};
}

}  // namespace

Result<engine::BatchSeal::Contribution> LedgerSeal::seal(engine::Decision& decision) {
  auto vouchers = decision.inserted(kVouchers);
  // The order in which `verify` reads them: within a millisecond ids order by shard, not by when they were made.
  std::sort(vouchers.begin(), vouchers.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  Contribution contribution;
  Movements movements;
  Sums sums;
  crypto::Sha256 digest;
  for (const auto* voucher : vouchers) {
    TRY(check_voucher(decision, *voucher, movements, sums));
    digest.update(voucher_digest_input(*voucher));
  }
  for (const auto* entry : decision.inserted(kEntries)) movements[entry->account.value].entered += entry->amount_minor;
  decision.growth<&AccountRow::debit_minor>(
      kAccounts, [&](std::int64_t id, std::int64_t amount) { movements[id].grown_debit += amount; });
  decision.growth<&AccountRow::credit_minor>(
      kAccounts, [&](std::int64_t id, std::int64_t amount) { movements[id].grown_credit += amount; });
  for (const auto& [id, movement] : movements) {
    if (movement.account == nullptr) return broken("a change of " + AccountId{id}.text() + " without a voucher");
    if (movement.grown_debit != movement.debit || movement.grown_credit != movement.credit) {
      return broken("conservation on account " + movement.account->id.text());
    }
  }
  if (vouchers.empty()) return contribution;
  TRY(check_mirrors(movements));
  for (const auto& [id, movement] : movements) {
    if (movement.chart->keeping == Keeping::Customer) {
      const auto growth = movement.chart->normal_side == Side::Debit ? movement.debit - movement.credit
                                                                     : movement.credit - movement.debit;
      if (movement.entered != growth) return broken("conservation on account " + movement.account->id.text());
      if (balance_of(*movement.account) < 0) return broken("no negative: account " + movement.account->id.text());
      continue;
    }
    decision.insert(kSummaries,
                    SummaryRow{decision.new_id<StrongId<SummaryTag>>(movement.account->id.shard()),
                               movement.account->id, decision.context.batch_number, movement.debit, movement.credit,
                               movement.lines, decision.context.accounting_date, decision.context.now});
  }
  contribution.digest = digest.finish();
  contribution.vouchers = static_cast<std::int32_t>(vouchers.size());
  return contribution;
}

}  // namespace feiqian::ledger
