#include "ledger/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "crypto/digest.h"
#include "engine/tables.h"
#include "foundation/bytes.h"
#include "ledger/day_totals.h"
#include "ledger/detail/block_stream.h"
#include "ledger/errors.h"
#include "store/sqlite.h"
#include "store/sqlite_store.h"

namespace feiqian::ledger {
namespace {

namespace fs = std::filesystem;
using Operator = store::Selection::Condition::Operator;
constexpr std::int64_t kAll = INT64_MAX;
constexpr std::int64_t kPortion = 64;

constexpr const char* kFormat = R"sql(
PRAGMA application_id = 0x46514152;
PRAGMA user_version = 1;
CREATE TABLE voucher_block (
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, vouchers INTEGER NOT NULL, accounting_date INTEGER NOT NULL,
  posted_at INTEGER NOT NULL, bytes BLOB NOT NULL
) STRICT;
)sql";

std::string with(const std::string& digest, VoucherId id, const std::string& root) {
  std::string bytes = digest;
  put_int64(bytes, id.value);
  return crypto::sha256(bytes + root);
}

Error unwritable(const fs::path& path) {
  return Error(errors::kStoreFailed, "cannot be written: " + path.string());
}

Result<void> sync_directory(const fs::path& directory) {
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  const bool synced = handle >= 0 && ::fsync(handle) == 0;
  if (handle >= 0) ::close(handle);
  return synced ? Result<void>() : Result<void>(unwritable(directory));
}

/// The file under a name of its own until it is whole.
class Writer {
 public:
  Writer(store::Reader& reader, VoucherId from, VoucherId through, fs::path path)
      : reader_(&reader), from_(from), through_(through), path_(std::move(path)), part_(path_.string() + ".part") {}

  Result<ArchiveRow> write() {
    std::error_code failed;
    fs::create_directories(path_.parent_path(), failed);
    for (const char* log : {"", "-wal", "-shm"}) fs::remove(part_.string() + log, failed);
    TRY(copy());
    TRY(prove());
    fs::rename(part_, path_, failed);
    if (failed) return unwritable(path_);
    TRY(sync_directory(path_.parent_path()));
    return std::move(archive_);
  }

 private:
  Result<void> copy() {
    const auto file = TRY(store::Connection::open(part_.string(), store::Connection::Mode::ReadWrite));
    TRY(file.execute(kFormat));
    auto insert = TRY(file.prepare("INSERT INTO voucher_block VALUES (?, ?, ?, ?, ?, ?)"));
    for (VoucherId next = from_;;) {
      store::Query query(kBlocks);
      query.where<&BlockRow::id>(Operator::GreaterOrEqual, next).where<&BlockRow::id>(Operator::Less, through_);
      const auto blocks = TRY(query.oldest_first().limit(kPortion).run(*reader_));
      TRY(file.execute("BEGIN"));
      for (const auto& block : blocks) TRY(add(insert, block));
      TRY(file.execute("COMMIT"));
      if (static_cast<std::int64_t>(blocks.size()) < kPortion) break;
      next = VoucherId{blocks.back().id.value + 1};
    }
    insert = store::Statement();
    // One file, without a log beside it.
    return file.execute("PRAGMA journal_mode = DELETE");
  }

  Result<void> add(store::Statement& insert, const BlockRow& block) {
    insert.bind(1, block.id.value);
    insert.bind(2, block.batch);
    insert.bind(3, block.vouchers);
    insert.bind(4, block.accounting_date.yyyymmdd);
    insert.bind(5, block.posted_at.us);
    insert.bind_blob(6, block.bytes.bytes);
    ++archive_.blocks;
    archive_.vouchers += block.vouchers;
    return insert.run();
  }

  /// What was written gives the roots of the batches.
  Result<void> prove() {
    const auto written = TRY(store::open_sqlite_reader(part_.string()));
    detail::BlockStream blocks(*written, std::nullopt, VoucherId{});
    std::int64_t count = 0;
    while (const auto* block = TRY(blocks.next())) {
      const auto chain = block->id.shard();
      const auto batch = TRY(store::Query(engine::kBatches)
                                 .in_shard(chain)
                                 .equal<&engine::BatchRow::chain>(chain)
                                 .equal<&engine::BatchRow::number>(block->batch)
                                 .first(*reader_));
      if (!batch || batch->root.bytes != blocks.root())
        return Error(errors::kArchiveDiffers, fmt::format("batch {} of chain {}", block->batch, chain));
      archive_.digest.bytes = with(archive_.digest.bytes, block->id, blocks.root());
      ++count;
    }
    if (count != archive_.blocks) return Error(errors::kArchiveDiffers, "blocks are missing in " + part_.string());
    return {};
  }

  store::Reader* reader_;
  VoucherId from_, through_;
  fs::path path_, part_;
  ArchiveRow archive_;
};

/// Blocks from here on may hold entries that are in no page yet.
Result<VoucherId> first_unmerged(store::Reader& reader, VoucherId through) {
  for (const auto& mark : TRY(store::Query(kMergeMarks).limit(kAll).run(reader)))
    through = std::min(through, mark.block);
  return through;
}

}  // namespace

std::string archive_name(std::int32_t year) {
  return fmt::format("vouchers-{}.archive", year);
}

Result<ArchiveRow> write_archive(store::Reader& reader, std::int32_t year, Timestamp now,
                                 const std::string& directory) {
  VoucherId from;
  for (const auto& archive : TRY(store::Query(kArchives).oldest_first().limit(kAll).run(reader))) {
    if (archive.year() == year) return archive;
    if (archive.year() > year)
      return Error(errors::kArchiveNothing, fmt::format("{} is archived", archive.year()), "year");
    from = archive.through;
  }
  const auto end = end_of(Date{year * 10000 + 1231});
  if (now < end) return Error(errors::kArchiveYearOpen, std::to_string(year), "year");
  const auto through = TRY(first_unmerged(reader, VoucherId{first_id_at(end)}));
  const auto any = TRY(store::Query(kBlocks)
                           .where<&BlockRow::id>(Operator::GreaterOrEqual, from)
                           .where<&BlockRow::id>(Operator::Less, through)
                           .oldest_first()
                           .first(reader));
  if (!any) return Error(errors::kArchiveNothing, "no vouchers, or their entries still wait to be merged", "year");
  auto archive = TRY(Writer(reader, from, through, fs::path(directory) / archive_name(year)).write());
  archive.id = ArchiveId{year};
  archive.through = through;
  archive.written_at = now;
  return archive;
}

Result<void> check_archive(const ArchiveRow& archive, const std::string& directory) {
  const auto path = fs::path(directory) / archive_name(archive.year());
  std::error_code hidden;
  if (!fs::exists(path, hidden)) return Error(errors::kVouchersArchived, path.filename().string());
  const auto file = TRY(store::open_sqlite_reader(path.string()));
  detail::BlockStream blocks(*file, std::nullopt, VoucherId{});
  std::string digest;
  while (const auto* block = TRY(blocks.next())) digest = with(digest, block->id, blocks.root());
  if (digest != archive.digest.bytes) return Error(errors::kArchiveDiffers, path.string());
  return {};
}

void RecordArchive::load(engine::Load& load) const {
  load.get(kArchives, archive.id);
}

Result<ArchiveRow> RecordArchive::decide(engine::Decision& decision) const {
  if (const auto* recorded = decision.get(kArchives, archive.id)) return *recorded;
  decision.insert(kArchives, archive);
  return archive;
}

void DropArchived::load(engine::Load& load) const {
  load.get(kArchives, archive);
  for (const auto id : blocks) load.get(kBlocks, id);
}

Result<std::int64_t> DropArchived::decide(engine::Decision& decision) const {
  const auto* record = decision.get(kArchives, archive);
  if (record == nullptr) return 0;
  std::int64_t dropped = 0;
  for (const auto id : blocks) {
    if (id >= record->through || decision.get(kBlocks, id) == nullptr) continue;
    decision.erase(kBlocks, id);
    ++dropped;
  }
  return dropped;
}

Result<std::vector<VoucherId>> archived_in_store(store::Reader& reader, const ArchiveRow& archive, std::int64_t most) {
  std::vector<VoucherId> ids;
  TRY(store::Query(kBlocks)
          .where<&BlockRow::id>(Operator::Less, archive.through)
          .oldest_first()
          .limit(most)
          .visit(reader, [&](const BlockRow& block) { ids.push_back(block.id); }));
  return ids;
}

namespace {

struct Range {
  std::int64_t first = INT64_MIN;
  std::int64_t last = INT64_MAX;
};

/// The ids that a selection can find: its conditions on the first column.
Range ids_of(const store::Selection& selection) {
  Range range;
  for (const auto& condition : selection.conditions) {
    if (condition.column != 0) continue;
    const auto value = std::get<std::int64_t>(condition.value);
    if (condition.op != Operator::Less && condition.op != Operator::LessOrEqual)
      range.first = std::max(range.first, condition.op == Operator::Greater ? value + 1 : value);
    if (condition.op != Operator::Greater && condition.op != Operator::GreaterOrEqual)
      range.last = std::min(range.last, condition.op == Operator::Less ? value - 1 : value);
  }
  return range;
}

}  // namespace

Result<void> ArchivedReader::select(const store::Selection& selection, const store::RowVisitor& visit) {
  if (selection.table != &kBlocks.info()) return live_->select(selection, visit);
  auto archives = TRY(store::Query(kArchives).oldest_first().limit(kAll).run(*live_));
  if (archives.empty()) return live_->select(selection, visit);
  const auto range = ids_of(selection);
  auto rest = selection;
  const auto counted = [&](const store::RowSource& source) {
    --rest.limit;
    visit(source);
  };
  const auto from_live = [&]() -> Result<void> {
    auto own = rest;
    own.conditions.push_back({0, Operator::GreaterOrEqual, archives.back().through.value});
    return live_->select(own, counted);
  };
  if (selection.newest_first) TRY(from_live());
  for (std::size_t i = 0; i < archives.size() && rest.limit > 0; ++i) {
    const auto at = selection.newest_first ? archives.size() - 1 - i : i;
    const auto begin = at == 0 ? INT64_MIN : archives[at - 1].through.value;
    if (range.last < begin || range.first >= archives[at].through.value) continue;
    auto* archive = TRY(archive_of(archives[at].year()));
    const auto portion = rest;
    TRY(archive->select(portion, counted));
  }
  if (!selection.newest_first && rest.limit > 0) return from_live();
  return {};
}

Result<store::Reader*> ArchivedReader::archive_of(std::int32_t year) {
  auto& reader = open_[year];
  if (!reader) {
    const auto path = fs::path(directory_) / archive_name(year);
    std::error_code hidden;
    if (!fs::exists(path, hidden)) return Error(errors::kVouchersArchived, path.filename().string());
    reader = TRY(store::open_sqlite_reader(path.string()));
  }
  return reader.get();
}

}  // namespace feiqian::ledger
