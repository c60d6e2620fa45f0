#include "server/stores.h"

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

Result<std::unique_ptr<store::Reader>> open_store_reader(const Settings& settings) {
  if (settings.store_url.empty()) return store::open_sqlite_reader(DataFiles(settings.data_directory).database);
  return store::PostgresReader::open(settings.store_url);
}

Result<std::unique_ptr<store::Reader>> open_store_reader(const std::string& url_or_file) {
  if (url_or_file.find("://") == std::string::npos) return store::open_sqlite_reader(url_or_file);
  return store::PostgresReader::open(url_or_file, store::PostgresReader::Wanted::AnyServer);
}

}  // namespace feiqian::server
