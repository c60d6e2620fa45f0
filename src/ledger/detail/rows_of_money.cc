#include "ledger/detail/rows_of_money.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ledger/errors.h"

namespace feiqian::ledger::detail {
namespace {

constexpr std::int64_t kAll = INT64_MAX;
constexpr std::int64_t kTestimonyBytes = 25;
constexpr std::int64_t kTestimoniesAtOnce = 8000000;

std::string id_text(const store::TableInfo& table, std::int64_t id) {
  return feiqian::detail::id_to_text(table.id_prefix, id);
}

}  // namespace

/// What the last batch of one chain that wrote a row says about it. There are millions: 24 bytes.
struct RowsOfMoney::Said {
  engine::RowDigest digest{};
  std::uint64_t batch : 48 = 0;
  std::uint64_t chain : 8 = 0;
  std::uint64_t seen : 1 = 0;     // the row is there
  std::uint64_t several : 1 = 0;  // other chains wrote it too
  bool deleted() const { return digest == engine::RowDigest{}; }
};

/// Of several chains the order is not known here: the row must be what one of them wrote last.
struct RowsOfMoney::SaidRows {
  boost::unordered_flat_map<std::int64_t, Said> rows;
  std::map<std::int64_t, std::vector<Said>> of_other_chains;

  void say(std::int64_t id, const Said& said) {
    const auto [known, fresh] = rows.try_emplace(id, said);
    if (fresh) return;
    auto& first = known->second;
    if (first.chain == said.chain) {
      first.digest = said.digest;
      first.batch = said.batch;
      return;
    }
    first.several = 1;
    auto& others = of_other_chains[id];
    const auto same =
        std::find_if(others.begin(), others.end(), [&](const Said& each) { return each.chain == said.chain; });
    if (same != others.end()) others.erase(same);
    others.push_back(said);
  }
  template <class Matches>
  bool any(std::int64_t id, const Said& first, Matches matches) const {
    if (matches(first)) return true;
    if (first.several == 0) return false;
    const auto& others = of_other_chains.at(id);
    return std::any_of(others.begin(), others.end(), matches);
  }
};

Result<void> RowsOfMoney::check(const std::function<bool()>& interrupted) {
  const auto parts = replay_->new_evidence() / kTestimonyBytes / kTestimoniesAtOnce + 1;
  for (std::int64_t part = 0; part < parts; ++part) {
    if (interrupted && interrupted()) return Error(errors::kVerifyInterrupted);
    TRY(check_part(part, parts));
  }
  return {};
}

Result<void> RowsOfMoney::check_part(std::int64_t part, std::int64_t parts) {
  const auto mine = [&](std::int64_t id) {
    return static_cast<std::int64_t>(mixed(static_cast<std::uint64_t>(id)) % static_cast<std::uint64_t>(parts)) == part;
  };
  std::map<store::Evidence, SaidRows> said;
  TRY(replay_->visit_new_batches([&](const engine::BatchRow& batch) {
    const bool whole = engine::read_evidence(batch.evidence.bytes, [&](const engine::Testimony& testimony) {
      if (!mine(testimony.id)) return;
      Said last;
      last.digest = testimony.digest;
      last.batch = static_cast<std::uint64_t>(batch.number) & ((std::uint64_t{1} << 48) - 1);
      last.chain = static_cast<std::uint8_t>(batch.chain);
      said[testimony.table].say(testimony.id, last);
    });
    if (!whole && part == 0) problems_->add(fmt::format("batch {}: its evidence is broken", batch.number));
  }));
  for (const auto* table : store::all_tables()) {
    if (table->evidence == store::Evidence::None) continue;
    auto& rows = said[table->evidence];
    if (replay_->batches_complete() > 0) {
      TRY(check_written(*table, rows));
    } else {
      TRY(check_table(*table, rows, mine));
    }
    name_missing(*table, rows);
  }
  return {};
}

template <class Mine>
Result<void> RowsOfMoney::check_table(const store::TableInfo& table, SaidRows& said, const Mine& mine) {
  return reader_->select({&table, {}, false, kAll}, [&](const store::RowSource& row) {
    if (mine(row.integer(0))) check_row(table, said, row);
  });
}

Result<void> RowsOfMoney::check_written(const store::TableInfo& table, SaidRows& said) {
  std::vector<std::int64_t> ids;
  for (const auto& [id, row] : said.rows) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const auto id : ids) {
    TRY(reader_->select({&table, {{0, store::Selection::Condition::Operator::Equal, id}}, false, 1},
                        [&](const store::RowSource& row) { check_row(table, said, row); }));
  }
  return {};
}

void RowsOfMoney::check_row(const store::TableInfo& table, SaidRows& said, const store::RowSource& row) {
  const auto id = row.integer(0);
  const auto found = said.rows.find(id);
  if (found == said.rows.end()) {
    problems_->add(fmt::format("{} {}: no batch wrote this row", table.name, id_text(table, id)));
  } else {
    auto& last = found->second;
    last.seen = 1;
    const auto digest = digester_.digest(table, row);
    if (!said.any(id, last, [&](const Said& each) { return each.digest == digest; })) {
      problems_->add(fmt::format("{} {}: the row is not what batch {} wrote", table.name, id_text(table, id),
                                 std::uint64_t{last.batch}));
    }
  }
  if (table.evidence != store::Evidence::Page) return;
  PageRow page;
  table.read(&page, row);
  add_page(page);
}

void RowsOfMoney::name_missing(const store::TableInfo& table, const SaidRows& said) {
  for (const auto& [id, last] : said.rows) {
    if (last.seen != 0 || said.any(id, last, [](const Said& each) { return each.deleted(); })) continue;
    problems_->add(fmt::format("{} {}: the row that batch {} wrote is missing", table.name, id_text(table, id),
                               std::uint64_t{last.batch}));
  }
}

void RowsOfMoney::add_page(const PageRow& page) {
  const auto entries = decode_page(page.bytes.bytes);
  if (!entries || entries->empty()) {
    problems_->add("page " + page.id.text() + ": its bytes are broken");
    return;
  }
  auto& account = (*accounts_)[page.account.value];
  for (const auto& entry : *entries) account.in_pages += fingerprint(entry);
  const auto& first = entries->front();
  const auto& last = entries->back();
  if (page.entries != static_cast<std::int64_t>(entries->size()) || page.first_number != first.number ||
      page.last_voucher != last.voucher || page.first_posted_at != first.posted_at ||
      page.last_posted_at != last.posted_at) {
    problems_->add("page " + page.id.text() + " of account " + page.account.text() +
                   ": its columns do not fit its bytes");
  }
  if (page.chain < 0 || page.chain >= engine::kMostChains) {
    problems_->add("page " + page.id.text() + ": there is no chain " + std::to_string(page.chain));
    return;
  }
  auto& paged_here = paged_[page.chain][page.account.value];
  paged_here = std::max(paged_here, page.last_voucher.value);
}

VoucherId RowsOfMoney::paged(AccountId account, int chain) const {
  const auto& accounts = paged_[chain % engine::kMostChains];
  const auto found = accounts.find(account.value);
  return found == accounts.end() ? VoucherId() : VoucherId{found->second};
}

void RowsOfMoney::save(ProgressWriter& progress) const {
  for (const auto& accounts : paged_) {
    progress.put(static_cast<std::int64_t>(accounts.size()));
    for (const auto& [account, voucher] : accounts) {
      progress.put(account);
      progress.put(voucher);
    }
  }
}

bool RowsOfMoney::restore(ProgressReader& progress) {
  for (auto& accounts : paged_) {
    for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
      const auto account = progress.take();
      accounts[account] = progress.take();
    }
  }
  return progress.ok();
}

}  // namespace feiqian::ledger::detail
