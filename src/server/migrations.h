// The migrations of the embedded store, numbered from 1, forward only. A released migration is never edited.
#pragma once

#include <span>

#include "store/sqlite_store.h"

namespace feiqian::server {

std::span<const store::Migration> migrations();

}  // namespace feiqian::server
