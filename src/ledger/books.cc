#include "ledger/books.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "foundation/text.h"
#include "ledger/seal.h"
#include "ledger/snapshot.h"
#include "ledger/voucher_finder.h"

namespace feiqian::ledger {
namespace {

using Operator = store::Selection::Condition::Operator;
constexpr std::int64_t kAll = INT64_MAX;

Result<void> visit_blocks(store::Reader& reader, VoucherId from,
                          const std::function<Result<void>(const BlockRow&)>& visit) {
  Result<void> done;
  TRY(store::Query(kBlocks)
          .where<&BlockRow::id>(Operator::GreaterOrEqual, from)
          .oldest_first()
          .limit(kAll)
          .visit(reader, [&](const BlockRow& block) {
            if (done) done = visit(block);
          }));
  return done;
}

}  // namespace

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

Result<VoucherView> find_voucher(store::Reader& reader, VoucherId id) {
  return VoucherFinder(reader).find(id);
}

Result<void> visit_vouchers(store::Reader& reader, VoucherId from,
                            const std::function<bool(const VoucherView&)>& visit) {
  constexpr std::int64_t kPortion = 64;
  bool going = true;
  // The first one may stand inside of a block.
  const auto begun = TRY(store::Query(kBlocks).where<&BlockRow::id>(Operator::LessOrEqual, from).first(reader));
  for (VoucherId after{(begun ? begun->id : from).value - 1}; going;) {
    const auto blocks = TRY(store::Query(kBlocks)
                                .where<&BlockRow::id>(Operator::Greater, after)
                                .oldest_first()
                                .limit(kPortion)
                                .run(reader));
    if (blocks.empty()) return {};
    for (const auto& block : blocks) {
      TRY(visit_block(block, [&](const VoucherView& voucher) {
        if (going && voucher.id >= from) going = visit(voucher);
      }));
    }
    after = blocks.back().id;
  }
  return {};
}

Result<std::vector<Entry>> entries_of_account(store::Reader& reader, AccountId account) {
  // Entries move from blocks to pages while the platform runs.
  const auto snapshot = TRY(Snapshot::begin(reader));
  std::vector<Entry> entries;
  std::map<std::int32_t, VoucherId> paged;
  for (const auto& page :
       TRY(store::Query(kPages).equal<&PageRow::account>(account).oldest_first().limit(kAll).run(reader))) {
    auto on_page = TRY(decode_page(page.bytes.bytes));
    entries.insert(entries.end(), on_page.begin(), on_page.end());
    auto& last = paged[page.chain];
    last = std::max(last, page.last_voucher);
  }
  // What is not in pages yet stands in the blocks since the marks.
  std::optional<VoucherId> from;
  for (const auto& mark : TRY(store::Query(kMergeMarks).limit(kAll).run(reader)))
    from = std::min(from.value_or(mark.block), mark.block);
  TRY(visit_blocks(reader, from.value_or(VoucherId()), [&](const BlockRow& block) -> Result<void> {
    for (const auto& [id, entry] : TRY(entries_of(block))) {
      if (id == account && entry.voucher > paged[block.id.shard()]) entries.push_back(entry);
    }
    return {};
  }));
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.number, a.posted_at, a.voucher) < std::tie(b.number, b.posted_at, b.voucher);
  });
  return entries;
}

Result<Statement> statement(store::Reader& reader, const AccountRow& account) {
  Statement result{account, {}};
  const auto* chart = find_in_chart(account.code);
  std::int64_t balance = 0;
  VoucherFinder vouchers(reader);
  for (const auto& entry : TRY(entries_of_account(reader, account.id))) {
    StatementLine line{entry.posted_at, entry.accounting_date, {}, {}, entry.debit_minor, entry.credit_minor, 0};
    balance += chart->normal_side == Side::Debit ? entry.debit_minor - entry.credit_minor
                                                 : entry.credit_minor - entry.debit_minor;
    line.balance_minor = entry.number > 0 ? entry.balance_minor : balance;
    if (chart->keeping == Keeping::Customer) {
      const auto voucher = TRY(vouchers.find(entry.voucher));
      line.reference = voucher.id.text();
      line.event = voucher.event + (voucher.reverses ? " reversed" : "");
    } else {
      line.reference = "from " + entry.voucher.text();
      line.event = "summary";
    }
    result.lines.push_back(std::move(line));
  }
  return result;
}

}  // namespace feiqian::ledger
