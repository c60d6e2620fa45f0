#include "store/table.h"

namespace feiqian::store {
namespace {

std::vector<const TableInfo*>& tables() {
  static std::vector<const TableInfo*> list;
  return list;
}

}  // namespace

const std::vector<const TableInfo*>& all_tables() {
  return tables();
}

int register_table(const TableInfo* table) {
  tables().push_back(table);
  return static_cast<int>(tables().size()) - 1;
}

}  // namespace feiqian::store
