// The pages of a database as one moment's image, for backups. SQLite's own backup API copies them into a destination
// file that exists only as a visitor: nothing is written beside the visitor, and what the write-ahead log holds is
// already merged in. The platform may commit meanwhile; it never waits for this.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "store/sqlite.h"

namespace feiqian::store {

/// Pages count from 1. A page may come twice (the last one counts) and in any order. The page that SQLite keeps for
/// locks (at 1 GiB) never comes. An error ends the visit.
using PageVisitor = std::function<Result<void>(std::int64_t number, std::string_view page)>;

struct PageImage {
  std::int64_t page_size = 0;
  std::int64_t page_count = 0;
};

/// `connection` must be in a transaction that has read something: that moment is what the visitor sees. Two databases
/// with the same content give the same pages. The visitor's error, or errors::kStoreFailed.
Result<PageImage> visit_pages(const Connection& connection, const PageVisitor& visit);

}  // namespace feiqian::store
