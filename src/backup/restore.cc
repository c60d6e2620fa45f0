#include "backup/restore.h"

#include <unistd.h>

#include <filesystem>

#include "backup/page_table.h"
#include "backup/records.h"
#include "codec/json.h"
#include "engine/tables.h"
#include "foundation/text.h"
#include "ledger/archive.h"

namespace feiqian::backup {
namespace {

namespace fs = std::filesystem;

constexpr int kVerifyCacheMib = 64;

/// A directory beside the one to be made, removed unless it got its name.
class NewDirectory {
 public:
  static Result<NewDirectory> create(const std::string& to, Random& random) {
    std::error_code failed;
    if (fs::exists(to, failed) && (!fs::is_directory(to) || !fs::is_empty(to)))
      return Error(errors::kBackupTargetNotEmpty, to);
    const auto absolute = fs::absolute(to).lexically_normal();
    const auto name = absolute.has_filename() ? absolute : absolute.parent_path();
    fs::create_directories(name.parent_path(), failed);
    NewDirectory directory(name.string(), name.string() + ".restoring-" + to_hex(random.bytes(4)));
    TRY(detail::make_private_directory(directory.path_));
    return directory;
  }
  NewDirectory(NewDirectory&& other) noexcept : name_(std::move(other.name_)), path_(std::move(other.path_)) {
    other.path_.clear();
  }
  NewDirectory& operator=(NewDirectory&&) = delete;
  ~NewDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  Result<void> publish() {
    if (std::rename(path_.c_str(), name_.c_str()) != 0) return Error(errors::kBackupTargetNotEmpty, name_);
    path_.clear();
    return detail::sync_directory(fs::path(name_).parent_path().string());
  }

 private:
  NewDirectory(std::string name, std::string path) : name_(std::move(name)), path_(std::move(path)) {}
  std::string name_, path_;
};

/// Only files that a backup of ours can hold: relative, at most one directory deep, never the master key.
bool is_safe_name(std::string_view name) {
  const fs::path path(name);
  if (path.is_absolute() || path.empty() || std::distance(path.begin(), path.end()) > 2) return false;
  for (const auto& part : path) {
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return path.filename() != "master.key";
}

/// The points of a chain, played one after another into a new database file.
class Replay {
 public:
  Replay(const Catalogue& catalogue, const std::string& directory, const Keys& keys, Random& random)
      : catalogue_(&catalogue), directory_(directory), keys_(&keys), random_(&random) {}

  Result<void> run(std::span<const Manifest> points, const std::string& database) {
    auto file = TRY(detail::NewFile::create(database));
    for (const auto& point : points) TRY(play(point, file));
    const auto& last = points.back();
    if (pages_.digest() != last.image) return Error(errors::kBackupImageDiffers, last.place("data"));
    TRY(file.resize(last.page_count * last.page_size));
    for (const auto& [name, content] : files_) TRY(write_beside(name, content));
    return file.publish();
  }

 private:
  Result<void> play(const Manifest& point, detail::NewFile& file) {
    Result<void> done;
    std::int64_t pages = 0;
    files_.clear();
    const RecordVisitor visitor{[&](std::int64_t number, std::string_view page) {
                                  if (number < 1 || number > point.page_count) return false;
                                  ++pages;
                                  pages_.update(number, page);
                                  done = file.write_at((number - 1) * point.page_size, page);
                                  return done.ok();
                                },
                                [&](std::string_view name, std::string_view content) {
                                  files_.emplace_back(name, content);
                                  return is_safe_name(name);
                                }};
    const auto place = point.place("data");
    const auto digest = TRY(read_sealed(catalogue_->path(point, "data"), place, *keys_, *random_,
                                        [&](std::string_view chunk) -> Result<void> {
                                          const bool whole = visit_records(chunk, point.page_size, visitor);
                                          TRY(std::move(done));
                                          done = {};
                                          if (!whole) return Error(errors::kBackupFileBroken, place + ": a record");
                                          return {};
                                        }));
    if (digest != point.data || pages != point.pages)
      return Error(errors::kBackupFileBroken, place + ": it is not the file that its manifest names");
    pages_.resize(point.page_count);
    return {};
  }

  Result<void> write_beside(const std::string& name, const std::string& content) {
    const auto path = fs::path(directory_) / name;
    TRY(detail::make_private_directory(path.parent_path().string()));
    return detail::write_file(path.string(), content);
  }

  const Catalogue* catalogue_;
  std::string directory_;
  const Keys* keys_;
  Random* random_;
  PageTable pages_;
  std::vector<std::pair<std::string, std::string>> files_;  // of the last point played
};

/// The books of the restored file: sound by themselves, and with the head that was backed up.
Result<ledger::Verification> verify(const std::string& database, const Manifest& point, const std::string& archives,
                                    std::span<const store::Migration> migrations) {
  {
    const auto connection = TRY(store::Connection::open(database, store::Connection::Mode::ReadWrite, kVerifyCacheMib));
    auto check = TRY(connection.prepare("PRAGMA quick_check(1)"));
    if (TRY(check.step()) && check.text(0) != "ok")
      return Error(errors::kBackupBooksDiffer, "the database is damaged: " + std::string(check.text(0)));
  }
  auto store = TRY(store::SqliteStore::open(database, migrations, kVerifyCacheMib));
  const auto reader = std::make_unique<ledger::ArchivedReader>(TRY(store->open_reader()), archives);
  const auto head = TRY(store::Query(engine::kBatches).first(*reader));
  if ((head ? head->number : 0) != point.batch || (head ? to_hex(head->hash.bytes) : "") != point.batch_hash)
    return Error(errors::kBackupBooksDiffer, "the head of the chain is not the one that was backed up");
  auto verified = TRY(ledger::verify(*reader));
  if (!verified.problems.empty()) return Error(errors::kBackupBooksDiffer, verified.problems.front());
  return verified;
}

Result<crypto::KeyStore> keys_with(const std::string& master_key_file, const std::string& directory, Random& random) {
  TRY(detail::make_private_directory(directory));
  TRY(detail::write_file(directory + "/master.key", TRY(detail::read_file(master_key_file))));
  return crypto::KeyStore::open(directory, random);
}

}  // namespace

Result<Restored> restore(const RestoreRequest& request, std::span<const store::Migration> migrations, Random& random,
                         const Clock& clock) {
  const Layout layout;
  Restored restored;
  const auto started = clock.now();
  auto directory = TRY(NewDirectory::create(request.to, random));
  const auto store = TRY(keys_with(request.master_key_file, directory.path() + "/" + layout.keys, random));
  const Keys keys(store);
  const auto catalogue = TRY(read_settled_catalogue(request.source, keys));
  const auto chosen = TRY(choose(catalogue, request.choice));
  for (const auto& chain : catalogue.chains) {
    if (chain.problem) restored.passed_over.push_back(*chain.problem);
  }
  restored.point = chosen.chain->points[chosen.point];
  const auto database = directory.path() + "/" + layout.database;
  TRY(Replay(catalogue, directory.path(), keys, random)
          .run(std::span(chosen.chain->points).first(chosen.point + 1), database));
  restored.books = TRY(verify(database, restored.point, request.archives, migrations));
  const RestoreMark mark{clock.now(), restored.point.taken_at, restored.point.batch, restored.point.batch_hash};
  TRY(detail::write_file(directory.path() + "/" + layout.mark, to_text(mark)));
  TRY(directory.publish());
  const auto now = clock.now();
  restored.age_ms = ms_between(restored.point.taken_at, now);
  restored.duration_ms = ms_between(started, now);
  return restored;
}

std::string to_text(const RestoreMark& mark) {
  return codec::json::serialize(codec::json::object{{"restored_at", to_rfc3339(mark.restored_at)},
                                                    {"taken_at", to_rfc3339(mark.taken_at)},
                                                    {"batch", mark.batch},
                                                    {"batch_hash", mark.batch_hash}}) +
         "\n";
}

Result<RestoreMark> mark_from_text(std::string_view text) {
  auto json = TRY(codec::JsonReader::parse(text));
  RestoreMark mark;
  const auto restored_at = json.required_text("restored_at", 1, 64);
  const auto taken_at = json.required_text("taken_at", 1, 64);
  mark.batch = json.required_integer("batch", 0, INT64_MAX);
  mark.batch_hash = json.required_text("batch_hash", 0, 64);
  TRY(json.finish());
  mark.restored_at = TRY(from_rfc3339(restored_at));
  mark.taken_at = TRY(from_rfc3339(taken_at));
  return mark;
}

}  // namespace feiqian::backup
