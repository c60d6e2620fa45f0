#include "backup/take.h"

#include <algorithm>
#include <filesystem>

#include "backup/page_table.h"
#include "backup/records.h"
#include "foundation/text.h"
#include "store/sqlite_pages.h"

namespace feiqian::backup {
namespace {

namespace fs = std::filesystem;

constexpr int kReaderCacheMib = 2;
constexpr const char* kPageTable = "/pages";
constexpr std::size_t kTablePiece = 1 << 20;

/// 2026-11-22T06:30:00.000Z → 20261122T063000000Z-4f0c11d2
std::string new_chain_name(Timestamp at, Random& random) {
  std::string name;
  for (const char c : to_rfc3339(at)) {
    if (c != '-' && c != ':' && c != '.') name += c;
  }
  return name + "-" + to_hex(random.bytes(4));
}

/// The connection, in a transaction, and what the manifest says of the moment it sees.
struct Moment {
  store::Connection connection;
  Manifest manifest;
};

Result<Moment> begin(const Subject& subject, const Clock& clock) {
  Moment moment;
  moment.manifest.taken_at = clock.now();
  moment.connection =
      TRY(store::Connection::open(subject.database, store::Connection::Mode::ReadOnly, kReaderCacheMib));
  TRY(moment.connection.execute("BEGIN"));
  auto head = TRY(moment.connection.prepare("SELECT number, hash, committed_at FROM batch ORDER BY id DESC LIMIT 1"));
  if (TRY(head.step())) {
    moment.manifest.batch = head.integer(0);
    moment.manifest.batch_hash = to_hex(head.blob(1));
    moment.manifest.committed_at = Timestamp{head.integer(2)};
  }
  auto schema = TRY(moment.connection.prepare("PRAGMA user_version"));
  if (TRY(schema.step())) moment.manifest.schema = schema.integer(0);
  return moment;
}

/// What a backup that did not finish has left in the newest chain.
Result<void> remove_unfinished(const std::string& target) {
  const auto names = TRY(chain_names(target));
  if (names.empty()) return {};
  const auto directory = target + "/" + names.back();
  const auto numbers = numbers_in(directory);
  std::error_code ignored;
  if (!numbers.empty()) {
    Manifest last;
    last.chain = names.back();
    last.number = numbers.back();
    if (!fs::exists(target + "/" + last.place("manifest"))) fs::remove(target + "/" + last.place("data"), ignored);
  }
  if (numbers_in(directory).empty()) fs::remove_all(directory, ignored);
  return {};
}

/// Digests of the pages as they were at `point`; none when the file is not there or not of that point.
std::optional<PageTable> table_of(const std::string& target, const Manifest& point, const Keys& keys, Random& random) {
  const auto place = point.chain + kPageTable;
  std::string bytes;
  const auto read = read_sealed(target + "/" + place, place, keys, random, [&](std::string_view chunk) {
    bytes += chunk;
    return Result<void>();
  });
  if (!read) return std::nullopt;
  auto table = PageTable::from_bytes(bytes);
  if (table.digest() != point.image) return std::nullopt;
  return table;
}

Result<void> write_table(const std::string& target, const Manifest& point, const PageTable& table, const Keys& keys,
                         Random& random) {
  const auto place = point.chain + kPageTable;
  auto file = TRY(SealedWriter::create(target + "/" + place, place, keys, random));
  const auto bytes = table.bytes();
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kTablePiece)))
    TRY(file.add(rest.substr(0, kTablePiece)));
  TRY(file.finish());
  return {};
}

/// What the new point follows: a chain and its newest pages, or nothing.
struct Base {
  std::optional<Manifest> point;
  PageTable pages;
};

Result<Base> base_of(const TakeOptions& options, const Keys& keys, Random& random, Timestamp now) {
  const auto names = TRY(chain_names(options.target));
  if (names.empty()) return Base{};
  const auto chain = read_chain(options.target, names.back(), keys);
  if (chain.problem && chain.problem->is(errors::kBackupOtherKey)) return *chain.problem;
  if (options.full || chain.problem || chain.points.empty()) return Base{};
  if (now >= chain.points.front().taken_at.plus_s(options.full_every_s)) return Base{};
  auto table = table_of(options.target, chain.points.back(), keys, random);
  if (!table) return Base{};
  return Base{chain.points.back(), std::move(*table)};
}

/// Gives the point its place: next in the chain, or first of a new one.
Result<void> place_after(const Base& base, const std::string& target, Manifest& point, Random& random) {
  if (base.point) {
    point.chain = base.point->chain;
    point.number = base.point->number + 1;
    point.previous = to_hex(crypto::sha256(TRY(detail::read_file(target + "/" + base.point->place("manifest")))));
    return {};
  }
  point.chain = new_chain_name(point.taken_at, random);
  TRY(detail::make_private_directory(target + "/" + point.chain));
  return detail::sync_directory(target);
}

Result<void> write_data(const Subject& subject, const TakeOptions& options, const store::Connection& connection,
                        PageTable& pages, SealedWriter& data, Manifest& point) {
  for (const auto& name : subject.files) {
    const auto path = subject.data_directory + "/" + name;
    if (fs::exists(path)) TRY(data.add(file_record(name, TRY(detail::read_file(path)))));
  }
  const auto image = TRY(store::visit_pages(connection, [&](std::int64_t number, std::string_view page) {
    if (options.cancelled && *options.cancelled) return Result<void>(Error(errors::kBackupCancelled));
    if (!pages.update(number, page)) return Result<void>();
    ++point.pages;
    return data.add(page_record(number, page));
  }));
  pages.resize(image.page_count);
  point.page_size = image.page_size;
  point.page_count = image.page_count;
  point.image = pages.digest();
  return {};
}

Result<Manifest> take_point(const Subject& subject, const TakeOptions& options, const Keys& keys, Random& random,
                            const Clock& clock) {
  auto base = TRY(base_of(options, keys, random, clock.now()));
  auto moment = TRY(begin(subject, clock));
  auto& point = moment.manifest;
  TRY(place_after(base, options.target, point, random));
  const auto path = [&](std::string_view suffix) { return options.target + "/" + point.place(suffix); };
  auto data = TRY(SealedWriter::create(path("data"), point.place("data"), keys, random));
  TRY(write_data(subject, options, moment.connection, base.pages, data, point));
  moment.connection = store::Connection();
  point.data = TRY(data.finish());
  TRY(write_table(options.target, point, base.pages, keys, random));
  TRY(detail::write_file(path("manifest"), to_text(point, keys)));
  return point;
}

}  // namespace

Result<Taken> take(const Subject& subject, const TakeOptions& options, const Keys& keys, Random& random,
                   const Clock& clock) {
  if (!fs::exists(subject.database))
    return Error(errors::kBackupUnsupported, subject.data_directory + " holds no embedded database");
  const auto started = clock.now();
  const auto lock = TRY(DirectoryLock::take(options.target));
  TRY(remove_unfinished(options.target));
  const auto point = take_point(subject, options, keys, random, clock);
  if (!point) {
    static_cast<void>(remove_unfinished(options.target).ok());
    return point.error();
  }
  return Taken{*point, ms_between(started, clock.now())};
}

}  // namespace feiqian::backup
