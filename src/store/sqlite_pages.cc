#include "store/sqlite_pages.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "foundation/check.h"

namespace feiqian::store {
namespace {

constexpr int kPagesAStep = 256;
constexpr int kDestinationCacheKib = 1024;

/// Where the destination's writes go. SQLite reads back only the first page, which it holds during the copy; a read of
/// any other page fails, so that a copy is either whole or an error.
struct Sink {
  const PageVisitor* visit;
  std::string first_page;
  std::int64_t bytes = 0;
  std::optional<Error> refused;
};

struct SinkFile {
  sqlite3_file base;
  Sink* sink;
};

Sink& sink_of(sqlite3_file* file) {
  return *reinterpret_cast<SinkFile*>(file)->sink;
}

int read(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
  const Sink& sink = sink_of(file);
  const auto size = static_cast<std::size_t>(amount);
  if (offset >= sink.bytes) {
    std::memset(into, 0, size);
    return SQLITE_IOERR_SHORT_READ;
  }
  if (offset + amount > static_cast<sqlite3_int64>(sink.first_page.size())) return SQLITE_IOERR_READ;
  std::memcpy(into, sink.first_page.data() + offset, size);
  return SQLITE_OK;
}

int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  Sink& sink = sink_of(file);
  if (amount < 512 || offset % amount != 0) return SQLITE_IOERR_WRITE;
  const std::string_view page(static_cast<const char*>(from), static_cast<std::size_t>(amount));
  if (offset == 0) sink.first_page = page;
  sink.bytes = std::max<std::int64_t>(sink.bytes, offset + amount);
  if (auto visited = (*sink.visit)(offset / amount + 1, page); !visited) {
    sink.refused = visited.error();
    return SQLITE_IOERR_WRITE;
  }
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = sink_of(file).bytes;
  return SQLITE_OK;
}

int no_lock_held(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}

const sqlite3_io_methods kSinkMethods = {
    .iVersion = 1,
    .xClose = [](sqlite3_file*) { return SQLITE_OK; },
    .xRead = read,
    .xWrite = write,
    .xTruncate = [](sqlite3_file*, sqlite3_int64) { return SQLITE_OK; },
    .xSync = [](sqlite3_file*, int) { return SQLITE_OK; },
    .xFileSize = file_size,
    .xLock = [](sqlite3_file*, int) { return SQLITE_OK; },
    .xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; },
    .xCheckReservedLock = no_lock_held,
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = [](sqlite3_file*) { return 0; },
    .xDeviceCharacteristics = [](sqlite3_file*) { return 0; },
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_sink(sqlite3_vfs* vfs, const char*, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
  auto* opened = reinterpret_cast<SinkFile*>(file);
  opened->sink = static_cast<Sink*>(vfs->pAppData);
  opened->base.pMethods = &kSinkMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

/// A file system with one file, which is the sink; registered as long as it lives.
class SinkFileSystem {
 public:
  explicit SinkFileSystem(Sink& sink)
      : name_(fmt::format("feiqian-pages-{}", static_cast<const void*>(&sink))), vfs_(*sqlite3_vfs_find(nullptr)) {
    vfs_.zName = name_.c_str();
    vfs_.pAppData = &sink;
    vfs_.szOsFile = sizeof(SinkFile);
    vfs_.pNext = nullptr;
    vfs_.xOpen = open_sink;
    vfs_.xDelete = [](sqlite3_vfs*, const char*, int) { return SQLITE_OK; };
    vfs_.xAccess = [](sqlite3_vfs*, const char*, int, int* found) {
      *found = 0;
      return SQLITE_OK;
    };
    vfs_.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* out) {
      sqlite3_snprintf(size, out, "%s", name);
      return SQLITE_OK;
    };
    CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
  }
  ~SinkFileSystem() { sqlite3_vfs_unregister(&vfs_); }
  SinkFileSystem(const SinkFileSystem&) = delete;
  SinkFileSystem& operator=(const SinkFileSystem&) = delete;
  const char* name() const { return name_.c_str(); }

 private:
  std::string name_;
  sqlite3_vfs vfs_;
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

Error copy_error(sqlite3* destination) {
  return Error(errors::kStoreFailed, std::string("copying pages: ") + sqlite3_errmsg(destination));
}

Result<std::int64_t> pragma(const Connection& connection, std::string_view sql) {
  auto statement = TRY(connection.prepare(sql));
  CHECK(TRY(statement.step()));
  return statement.integer(0);
}

/// The destination must not be a log of its own: no journal, no sync, a small cache that spills into the sink.
int copy(sqlite3* destination, sqlite3* source) {
  const auto settings = fmt::format(
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-{}",
      kDestinationCacheKib);
  if (const int code = sqlite3_exec(destination, settings.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
    return code;
  auto* backup = sqlite3_backup_init(destination, "main", source, "main");
  if (backup == nullptr) return sqlite3_errcode(destination);
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(backup, kPagesAStep);
  const int finished = sqlite3_backup_finish(backup);
  return code == SQLITE_DONE ? finished : code;
}

}  // namespace

Result<PageImage> visit_pages(const Connection& connection, const PageVisitor& visit) {
  // Outside a transaction every step would start again after a commit of the platform.
  CHECK(sqlite3_txn_state(connection.handle(), "main") == SQLITE_TXN_READ);
  const PageImage image{TRY(pragma(connection, "PRAGMA page_size")), TRY(pragma(connection, "PRAGMA page_count"))};
  Sink sink{&visit, {}, 0, std::nullopt};
  const SinkFileSystem file_system(sink);
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2("pages", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, file_system.name());
  const std::unique_ptr<sqlite3, CloseDatabase> destination(raw);
  if (opened != SQLITE_OK) return copy_error(raw);
  const int code = copy(raw, connection.handle());
  if (sink.refused) return *sink.refused;
  if (code != SQLITE_OK) return copy_error(raw);
  if (sink.bytes != image.page_size * image.page_count)
    return Error(errors::kStoreFailed, "copying pages: the image has another size than the database");
  return image;
}

}  // namespace feiqian::store
