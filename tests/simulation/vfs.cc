#include "simulation/vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "foundation/check.h"

namespace feiqian::simulation {
namespace {

using Operation = Disk::Operation;

struct Handle;

/// Memory that connections of one process share for one write-ahead log.
struct SharedMemory {
  std::vector<std::unique_ptr<std::string>> regions;
  std::vector<Handle*> users;
};

/// What connections of one process hold on one file.
struct Locks {
  std::vector<Handle*> holders;
};

struct Handle {
  sqlite3_file base;  // first, as SQLite demands
  SimulatedStorage::State* storage;
  std::shared_ptr<Disk::File>* file;
  std::string* path;
  std::int64_t life;
  int lock;
  bool removed_at_close;
  std::uint32_t shared_slots;
  std::uint32_t exclusive_slots;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file);
}

}  // namespace

struct SimulatedStorage::State {
  State(Disk& d, Timeline& t, std::uint64_t seed) : disk(&d), timeline(&t), chance(seed, "sqlite") {}

  Disk* disk;
  Timeline* timeline;
  Chance chance;
  sqlite3_vfs vfs{};
  std::int64_t last_temporary = 0;
  // Of the life of one process each.
  std::map<std::pair<std::int64_t, std::string>, SharedMemory> memories;
  std::map<std::pair<std::int64_t, std::string>, Locks> locks;
};

namespace {

bool is_dead(const Handle& handle) {
  const auto& disk = *handle.storage->disk;
  return handle.path->starts_with(kFaulty) && (disk.process_died() || handle.life != disk.life());
}

/// SQLITE_OK, or how the operation fails.
int admit(Handle& handle, Operation operation, int failed) {
  if (is_dead(handle)) return failed;
  switch (handle.storage->disk->before(*handle.path, operation)) {
    case Disk::Verdict::Ok:
      return SQLITE_OK;
    case Disk::Verdict::Failed:
      return failed;
    case Disk::Verdict::Full:
      return SQLITE_FULL;
  }
  return failed;
}

// --- files ---

int do_unlock(sqlite3_file* file, int level) {
  auto& handle = handle_of(file);
  handle.lock = std::min(handle.lock, level);
  auto& holders = handle.storage->locks[{handle.life, *handle.path}].holders;
  if (handle.lock == SQLITE_LOCK_NONE) std::erase(holders, &handle);
  return SQLITE_OK;
}

int do_shm_unmap(sqlite3_file* file, int) {
  auto& handle = handle_of(file);
  const auto found = handle.storage->memories.find({handle.life, *handle.path});
  if (found == handle.storage->memories.end()) return SQLITE_OK;
  std::erase(found->second.users, &handle);
  handle.shared_slots = handle.exclusive_slots = 0;
  if (found->second.users.empty()) handle.storage->memories.erase(found);
  return SQLITE_OK;
}

int do_close(sqlite3_file* file) {
  auto& handle = handle_of(file);
  do_unlock(file, SQLITE_LOCK_NONE);
  do_shm_unmap(file, 0);
  if (handle.removed_at_close) handle.storage->disk->remove(*handle.path);
  delete handle.file;
  delete handle.path;
  handle.base.pMethods = nullptr;
  return SQLITE_OK;
}

int do_read(sqlite3_file* file, void* buffer, int count, sqlite3_int64 offset) {
  auto& handle = handle_of(file);
  if (const int refused = admit(handle, Operation::Read, SQLITE_IOERR_READ); refused != SQLITE_OK) return refused;
  const auto& content = (*handle.file)->written;
  const auto size = static_cast<sqlite3_int64>(content.size());
  const auto present = static_cast<std::size_t>(std::clamp<sqlite3_int64>(size - offset, 0, count));
  if (present > 0) std::memcpy(buffer, content.data() + offset, present);
  if (present == static_cast<std::size_t>(count)) return SQLITE_OK;
  std::memset(static_cast<char*>(buffer) + present, 0, static_cast<std::size_t>(count) - present);
  return SQLITE_IOERR_SHORT_READ;
}

int do_write(sqlite3_file* file, const void* buffer, int count, sqlite3_int64 offset) {
  auto& handle = handle_of(file);
  if (const int refused = admit(handle, Operation::Write, SQLITE_IOERR_WRITE); refused != SQLITE_OK) return refused;
  handle.storage->disk->write(*handle.path, **handle.file, offset,
                              {static_cast<const char*>(buffer), static_cast<std::size_t>(count)});
  return SQLITE_OK;
}

int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
  auto& handle = handle_of(file);
  if (const int refused = admit(handle, Operation::Truncate, SQLITE_IOERR_TRUNCATE); refused != SQLITE_OK)
    return refused;
  handle.storage->disk->truncate(**handle.file, size);
  return SQLITE_OK;
}

int do_sync(sqlite3_file* file, int) {
  auto& handle = handle_of(file);
  if (const int refused = admit(handle, Operation::Sync, SQLITE_IOERR_FSYNC); refused != SQLITE_OK) {
    if (!is_dead(handle)) handle.storage->disk->fail_sync(**handle.file);
    return refused;
  }
  Disk::sync(**handle.file);
  return SQLITE_OK;
}

int do_file_size(sqlite3_file* file, sqlite3_int64* size) {
  auto& handle = handle_of(file);
  if (is_dead(handle)) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>((*handle.file)->written.size());
  return SQLITE_OK;
}

/// The levels of SQLite's file locks: many SHARED, one RESERVED beside them, PENDING keeps new ones out, EXCLUSIVE
/// alone.
int do_lock(sqlite3_file* file, int level) {
  auto& handle = handle_of(file);
  if (is_dead(handle)) return SQLITE_IOERR_LOCK;
  if (level <= handle.lock) return SQLITE_OK;
  auto& holders = handle.storage->locks[{handle.life, *handle.path}].holders;
  for (const auto* other : holders) {
    if (other == &handle) continue;
    if (level == SQLITE_LOCK_SHARED && other->lock >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && other->lock >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && other->lock >= SQLITE_LOCK_SHARED) {
      handle.lock = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
  }
  if (handle.lock == SQLITE_LOCK_NONE) holders.push_back(&handle);
  handle.lock = level;
  return SQLITE_OK;
}

int do_check_reserved(sqlite3_file* file, int* reserved) {
  auto& handle = handle_of(file);
  if (is_dead(handle)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
  const auto& holders = handle.storage->locks[{handle.life, *handle.path}].holders;
  *reserved = std::any_of(holders.begin(), holders.end(),
                          [](const Handle* other) { return other->lock >= SQLITE_LOCK_RESERVED; })
                  ? 1
                  : 0;
  return SQLITE_OK;
}

int do_file_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int do_sector_size(sqlite3_file*) {
  return 4096;
}
int do_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// --- shared memory of the write-ahead log ---

int do_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** mapped) {
  auto& handle = handle_of(file);
  *mapped = nullptr;
  if (is_dead(handle)) return SQLITE_IOERR_SHMMAP;
  auto& memory = handle.storage->memories[{handle.life, *handle.path}];
  if (std::find(memory.users.begin(), memory.users.end(), &handle) == memory.users.end())
    memory.users.push_back(&handle);
  const auto wanted = static_cast<std::size_t>(region) + 1;
  if (memory.regions.size() < wanted && extend == 0) return SQLITE_OK;
  while (memory.regions.size() < wanted)
    memory.regions.push_back(std::make_unique<std::string>(static_cast<std::size_t>(size), '\0'));
  *mapped = memory.regions[wanted - 1]->data();
  return SQLITE_OK;
}

int do_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  auto& handle = handle_of(file);
  const auto mask = ((1U << static_cast<unsigned>(count)) - 1U) << static_cast<unsigned>(offset);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    handle.shared_slots &= ~mask;
    handle.exclusive_slots &= ~mask;
    return SQLITE_OK;
  }
  if (is_dead(handle)) return SQLITE_IOERR_SHMLOCK;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (const auto* other : handle.storage->memories[{handle.life, *handle.path}].users) {
    if (other == &handle) continue;
    if ((other->exclusive_slots & mask) != 0) return SQLITE_BUSY;
    if (exclusive && (other->shared_slots & mask) != 0) return SQLITE_BUSY;
  }
  (exclusive ? handle.exclusive_slots : handle.shared_slots) |= mask;
  return SQLITE_OK;
}

void do_shm_barrier(sqlite3_file*) {}

constexpr sqlite3_io_methods kMethods{2,
                                      do_close,
                                      do_read,
                                      do_write,
                                      do_truncate,
                                      do_sync,
                                      do_file_size,
                                      do_lock,
                                      do_unlock,
                                      do_check_reserved,
                                      do_file_control,
                                      do_sector_size,
                                      do_characteristics,
                                      do_shm_map,
                                      do_shm_lock,
                                      do_shm_barrier,
                                      do_shm_unmap,
                                      nullptr,
                                      nullptr};

// --- the file system ---

SimulatedStorage::State& storage_of(sqlite3_vfs* vfs) {
  return *static_cast<SimulatedStorage::State*>(vfs->pAppData);
}

int do_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& storage = storage_of(vfs);
  std::memset(file, 0, sizeof(Handle));
  const std::string path = name != nullptr ? name : "/simulated/temporary/" + std::to_string(++storage.last_temporary);
  if (path.starts_with(kFaulty) && storage.disk->process_died()) return SQLITE_CANTOPEN;
  if (storage.disk->before(path, Operation::Open) != Disk::Verdict::Ok) return SQLITE_CANTOPEN;
  auto content = storage.disk->open(path, name == nullptr || (flags & SQLITE_OPEN_CREATE) != 0);
  if (!content) return SQLITE_CANTOPEN;
  auto& handle = *new (file) Handle{};
  handle.storage = &storage;
  handle.file = new std::shared_ptr<Disk::File>(std::move(content));
  handle.path = new std::string(path);
  handle.life = storage.disk->life();
  handle.removed_at_close = name == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  handle.base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int do_delete(sqlite3_vfs* vfs, const char* name, int) {
  auto& disk = *storage_of(vfs).disk;
  if (std::string_view(name).starts_with(kFaulty) && disk.process_died()) return SQLITE_IOERR_DELETE;
  if (!disk.exists(name)) return SQLITE_IOERR_DELETE_NOENT;
  disk.remove(name);
  return SQLITE_OK;
}

int do_access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  *result = storage_of(vfs).disk->exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int do_full_pathname(sqlite3_vfs*, const char* name, int size, char* full) {
  sqlite3_snprintf(size, full, "%s", name);
  return SQLITE_OK;
}

int do_randomness(sqlite3_vfs* vfs, int count, char* bytes) {
  storage_of(vfs).chance.source().fill(reinterpret_cast<unsigned char*>(bytes), static_cast<std::size_t>(count));
  return count;
}

int do_sleep(sqlite3_vfs* vfs, int us) {
  storage_of(vfs).timeline->pass_us(us);
  return us;
}

int do_current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* julian_ms) {
  constexpr sqlite3_int64 kUnixEpochMs = 210866760000000;
  *julian_ms = kUnixEpochMs + (kBeginning.us + storage_of(vfs).timeline->now_us()) / 1000;
  return SQLITE_OK;
}

int do_current_time(sqlite3_vfs* vfs, double* julian_days) {
  sqlite3_int64 ms = 0;
  do_current_time_ms(vfs, &ms);
  *julian_days = static_cast<double>(ms) / 86400000.0;
  return SQLITE_OK;
}

int do_last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

SimulatedStorage::SimulatedStorage(Disk& disk, Timeline& timeline, std::uint64_t seed)
    : state_(std::make_unique<State>(disk, timeline, seed)) {
  auto& vfs = state_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = "feiqian-simulation";
  vfs.pAppData = state_.get();
  vfs.xOpen = do_open;
  vfs.xDelete = do_delete;
  vfs.xAccess = do_access;
  vfs.xFullPathname = do_full_pathname;
  vfs.xRandomness = do_randomness;
  vfs.xSleep = do_sleep;
  vfs.xCurrentTime = do_current_time;
  vfs.xCurrentTimeInt64 = do_current_time_ms;
  vfs.xGetLastError = do_last_error;
  // SQLite's own generator is seeded once from the default VFS: it shall begin anew with this one.
  sqlite3_randomness(0, nullptr);
  CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

SimulatedStorage::~SimulatedStorage() {
  sqlite3_vfs_unregister(&state_->vfs);
}

}  // namespace feiqian::simulation
