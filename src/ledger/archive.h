// Archives (归档): the blocks of years that have ended, each year in a file of its own outside the store. Batches,
// balances, pages and day totals stay, so an archive can only be what it was: its blocks must give the roots of their
// batches.
//
// A year goes in three steps, each of which may be repeated: the file is written and proven (`write_archive`), the
// archive is recorded (`RecordArchive`), its blocks leave the store in portions (`DropArchived`). From the record on
// readers take them from the file (`ArchivedReader`).
//
// The file: SQLite, one STRICT table `voucher_block` with the columns of BlockRow, application_id 0x46514152 ("FQAR"),
// user_version 1. It is never changed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/command.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

struct ArchiveTag {
  static constexpr std::string_view kPrefix = "arv";
};
using ArchiveId = StrongId<ArchiveTag>;
struct ArchiveRow {
  ArchiveId id;       ///< its value is the year
  VoucherId through;  ///< blocks below it are in this archive or in one of a year before
  std::int64_t blocks = 0;
  std::int64_t vouchers = 0;
  store::Blob digest;  ///< of its blocks' ids and roots, see `write_archive`
  Timestamp written_at;

  std::int32_t year() const { return static_cast<std::int32_t>(id.value); }
};
BOOST_DESCRIBE_STRUCT(ArchiveRow, (), (id, through, blocks, vouchers, digest, written_at))
inline const store::Table<ArchiveRow> kArchives{"ledger_archive"};

/// `vouchers-2025.archive`
std::string archive_name(std::int32_t year);

/// Writes the blocks of `year`, and of years before that are in no archive yet, into `directory`, reads them back and
/// compares every root with its batch. The file gets its name when it is whole and synced. A
/// year that is recorded gives its record and writes nothing.
/// digest: SHA-256 over (digest so far, id as 8 bytes, root), block after block, beginning with nothing.
/// errors::kArchiveYearOpen; kArchiveNothing: no blocks, or a later year is archived; kArchiveDiffers;
/// kStoreFailed when the file cannot be written. Entries that are in no page yet keep their blocks in the store.
Result<ArchiveRow> write_archive(store::Reader& reader, std::int32_t year, Timestamp now, const std::string& directory);

/// The file is the one that was recorded. errors::kVouchersArchived: it is not in `directory`; kArchiveDiffers.
Result<void> check_archive(const ArchiveRow& archive, const std::string& directory);

struct RecordArchive {
  using Reply = ArchiveRow;
  ArchiveRow archive;
  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;
};

/// Those of `blocks` that are in the archive leave the store.
struct DropArchived {
  using Reply = std::int64_t;  ///< how many did
  ArchiveId archive;
  std::vector<VoucherId> blocks;
  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;
};
/// The next that are in the store, though archived: at most `most`.
Result<std::vector<VoucherId>> archived_in_store(store::Reader& reader, const ArchiveRow& archive, std::int64_t most);

/// Reads blocks where they are, everything else in the store. errors::kVouchersArchived names the file when a block
/// that is asked for is in an archive that is not in `directory`.
class ArchivedReader final : public store::Reader {
 public:
  ArchivedReader(std::unique_ptr<store::Reader> live, std::string directory)
      : live_(std::move(live)), directory_(std::move(directory)) {}

  Result<void> select(const store::Selection& selection, const store::RowVisitor& visit) override;
  Result<void> begin_snapshot() override { return live_->begin_snapshot(); }
  void end_snapshot() override { live_->end_snapshot(); }
  bool by_shard() const override { return live_->by_shard(); }

 private:
  Result<store::Reader*> archive_of(std::int32_t year);

  std::unique_ptr<store::Reader> live_;
  std::string directory_;
  std::map<std::int32_t, std::unique_ptr<store::Reader>> open_;  // by year
};

}  // namespace feiqian::ledger

namespace feiqian::engine {
extern template class Rows<ledger::ArchiveRow>;
}  // namespace feiqian::engine
