#include "server/stores.h"

#include "ledger/archive.h"
#include "server/migrations.h"
#include "server/platform.h"
#include "store/postgres_reader.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace feiqian::server {

Result<std::unique_ptr<store::Store>> open_store(const Settings& settings) {
  if (settings.store_url.empty()) {
    return std::unique_ptr<store::Store>(
        TRY(store::SqliteStore::open(DataFiles(settings.data_directory).database, migrations(), settings.cache_mib)));
  }
  return std::unique_ptr<store::Store>(
      TRY(store::PostgresStore::open(settings.store_url, postgres_migrations(), settings.node)));
}

namespace {

Result<std::unique_ptr<store::Reader>> with_archives(Result<std::unique_ptr<store::Reader>> live,
                                                     const std::string& directory) {
  return std::unique_ptr<store::Reader>(std::make_unique<ledger::ArchivedReader>(TRY(std::move(live)), directory));
}

}  // namespace

Result<std::unique_ptr<store::Reader>> open_books_reader(store::Store& store, const Settings& settings) {
  return with_archives(store.open_reader(), DataFiles(settings.data_directory).archives);
}

Result<std::unique_ptr<store::Reader>> open_store_reader(const Settings& settings) {
  const DataFiles files(settings.data_directory);
  if (settings.store_url.empty()) return with_archives(store::open_sqlite_reader(files.database), files.archives);
  return with_archives(store::PostgresReader::open(settings.store_url), files.archives);
}

Result<std::unique_ptr<store::Reader>> open_store_reader(const std::string& url_or_file, const std::string& archives) {
  if (url_or_file.find("://") == std::string::npos)
    return with_archives(store::open_sqlite_reader(url_or_file), archives);
  return with_archives(store::PostgresReader::open(url_or_file, store::PostgresReader::Wanted::AnyServer), archives);
}

}  // namespace feiqian::server
