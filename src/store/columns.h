// What statements of both stores say of a table's columns.
#pragma once

#include <vector>

#include "store/table.h"

namespace feiqian::store {

/// Positions of the id and of the columns of no index: what an update writes, since those of an index never change.
std::vector<int> changing_columns(const TableInfo& table);

}  // namespace feiqian::store
