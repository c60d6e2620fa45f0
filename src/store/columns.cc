#include "store/columns.h"

#include <algorithm>

namespace feiqian::store {

std::vector<int> changing_columns(const TableInfo& table) {
  std::vector<int> changing;
  for (int column = 0; column < static_cast<int>(table.columns.size()); ++column) {
    const bool indexed = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const IndexInfo& index) {
      return std::find(index.columns.begin(), index.columns.end(), column) != index.columns.end();
    });
    if (column == 0 || !indexed) changing.push_back(column);
  }
  return changing;
}

}  // namespace feiqian::store
