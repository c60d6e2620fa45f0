// The migrations of both stores, numbered from 1, forward only. A released migration is never edited.
#pragma once

#include <span>

#include "store/migration.h"

namespace feiqian::server {

/// Of the embedded store.
std::span<const store::Migration> migrations();
/// Of the PostgreSQL protocol: `released_postgres_migrations`, unless a program of a test knows more.
std::span<const store::Migration> postgres_migrations();
std::span<const store::Migration> released_postgres_migrations();

}  // namespace feiqian::server
