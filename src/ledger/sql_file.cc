#include "ledger/sql_file.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include "ledger/voucher_finder.h"
#include "store/sqlite.h"

namespace feiqian::ledger {
namespace {

using Operator = store::Selection::Condition::Operator;

constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS account (
  id TEXT PRIMARY KEY, code INTEGER NOT NULL, owner INTEGER NOT NULL, currency TEXT NOT NULL, opened_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS voucher (
  id TEXT PRIMARY KEY, event TEXT NOT NULL, subject INTEGER NOT NULL, memo TEXT NOT NULL, reverses TEXT,
  posted_at TEXT NOT NULL, accounting_date TEXT NOT NULL, batch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS voucher_line (
  voucher TEXT NOT NULL, line INTEGER NOT NULL, account TEXT NOT NULL, side TEXT NOT NULL,
  amount_minor INTEGER NOT NULL, number INTEGER, balance_minor INTEGER, PRIMARY KEY (voucher, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS voucher_by_subject ON voucher (subject);
CREATE INDEX IF NOT EXISTS voucher_by_date ON voucher (accounting_date);
CREATE INDEX IF NOT EXISTS voucher_line_by_account ON voucher_line (account, voucher);
CREATE TABLE IF NOT EXISTS filled (chain INTEGER PRIMARY KEY, block INTEGER NOT NULL) STRICT;
)sql";

class SqlFile {
 public:
  static Result<SqlFile> open(const std::string& path) {
    SqlFile file(TRY(store::Connection::open(path, store::Connection::Mode::ReadWrite)));
    TRY(file.connection_.execute(kTables));
    const auto prepare = [&](const char* sql) { return file.connection_.prepare(sql); };
    file.account_ = TRY(prepare("INSERT OR IGNORE INTO account VALUES (?, ?, ?, ?, ?)"));
    file.voucher_ = TRY(prepare("INSERT INTO voucher VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
    file.line_ = TRY(prepare("INSERT INTO voucher_line VALUES (?, ?, ?, ?, ?, ?, ?)"));
    file.filled_ = TRY(prepare("INSERT OR REPLACE INTO filled VALUES (?, ?)"));
    file.last_ = TRY(prepare("SELECT block FROM filled WHERE chain = ?"));
    return file;
  }

  Result<VoucherId> last_block(std::int32_t chain) {
    last_.bind(1, chain);
    const auto found = TRY(last_.step());
    const VoucherId block{found ? last_.integer(0) : 0};
    last_.reset();
    return block;
  }

  /// All of them, or none.
  Result<std::int64_t> add(store::Reader& reader, std::int32_t chain, const std::vector<BlockRow>& blocks) {
    TRY(connection_.execute("BEGIN IMMEDIATE"));
    std::int64_t vouchers = 0;
    for (const auto& block : blocks) {
      Result<void> added;
      TRY(visit_block(block, [&](const VoucherView& voucher) {
        ++vouchers;
        if (added) added = add(reader, voucher);
      }));
      TRY(std::move(added));
    }
    filled_.bind(1, chain);
    filled_.bind(2, blocks.back().id.value);
    TRY(filled_.run());
    TRY(connection_.execute("COMMIT"));
    return vouchers;
  }

 private:
  explicit SqlFile(store::Connection connection) : connection_(std::move(connection)) {}

  Result<void> add(store::Reader& reader, const VoucherView& voucher) {
    const auto id = voucher.id.text();
    voucher_.bind_text(1, id);
    voucher_.bind_text(2, voucher.event);
    voucher_.bind(3, voucher.subject);
    voucher_.bind_text(4, voucher.memo);
    const auto reverses = voucher.reverses ? voucher.reverses.text() : std::string();
    reverses.empty() ? voucher_.bind_null(5) : voucher_.bind_text(5, reverses);
    const auto posted_at = to_rfc3339(voucher.posted_at), date = to_text(voucher.accounting_date);
    voucher_.bind_text(6, posted_at);
    voucher_.bind_text(7, date);
    voucher_.bind(8, voucher.batch);
    TRY(voucher_.run());
    std::int64_t number = 0;
    for (const auto& line : voucher.lines) {
      if (known_.insert(line.account.value).second) TRY(add_account(reader, line.account));
      TRY(add_line(id, ++number, line));
    }
    return {};
  }

  Result<void> add_line(const std::string& voucher, std::int64_t number, const PostedLine& line) {
    const auto account = line.account.text();
    line_.bind_text(1, voucher);
    line_.bind(2, number);
    line_.bind_text(3, account);
    line_.bind_text(4, name_of(line.side));
    line_.bind(5, line.amount_minor);
    if (line.after) {
      line_.bind(6, line.after->number);
      line_.bind(7, line.after->balance_minor);
    } else {
      line_.bind_null(6);
      line_.bind_null(7);
    }
    return line_.run();
  }

  Result<void> add_account(store::Reader& reader, AccountId id) {
    const auto row = TRY(store::Query(kAccounts).equal<&AccountRow::id>(id).first(reader));
    if (!row) return Error(errors::kVerifyFailed, "no account " + id.text());
    const auto text = id.text(), opened_at = to_rfc3339(row->opened_at);
    account_.bind_text(1, text);
    account_.bind(2, row->code);
    account_.bind(3, row->owner);
    account_.bind_text(4, row->currency.code());
    account_.bind_text(5, opened_at);
    return account_.run();
  }

  store::Connection connection_;
  store::Statement account_, voucher_, line_, filled_, last_;
  boost::unordered_flat_set<std::int64_t> known_;
};

}  // namespace

Result<std::int64_t> fill_sql_file(store::Reader& reader, const std::string& path) {
  constexpr std::int64_t kPortion = 64;
  auto file = TRY(SqlFile::open(path));
  std::int64_t vouchers = 0;
  for (const auto& mark : TRY(store::Query(kMergeMarks).limit(INT64_MAX).run(reader))) {
    for (auto after = TRY(file.last_block(mark.chain));;) {
      const auto blocks = TRY(store::Query(kBlocks)
                                  .in_shard(mark.chain)
                                  .where<&BlockRow::id>(Operator::Greater, after)
                                  .oldest_first()
                                  .limit(kPortion)
                                  .run(reader));
      if (blocks.empty()) break;
      vouchers += TRY(file.add(reader, mark.chain, blocks));
      after = blocks.back().id;
    }
  }
  return vouchers;
}

}  // namespace feiqian::ledger
