// Which database the settings name: the embedded file of the data directory, or a server of the PostgreSQL protocol.
#pragma once

#include <memory>

#include "server/settings.h"
#include "store/store.h"

namespace feiqian::server {

/// Opens it for writing and brings its tables up to date.
Result<std::unique_ptr<store::Store>> open_store(const Settings& settings);
/// For reading only; the tables must be those of this program.
Result<std::unique_ptr<store::Reader>> open_store_reader(const Settings& settings);
/// The same of `postgresql://…`, where any server will do, a standby too, or of a SQLite file, which may be where
/// nothing can be written.
Result<std::unique_ptr<store::Reader>> open_store_reader(const std::string& url_or_file);

}  // namespace feiqian::server
