// A numbered step of a database's schema, forward only. What changes for programs that are still at work beside the new
// one is said here, so that a cluster can be upgraded node by node: expand, let every node be replaced, contract.
#pragma once

#include <string_view>

namespace feiqian::store {

enum class Phase {
  Expand,   ///< only adds: tables, indexes, columns that are nullable or have a default. Applied by the first new node
  Contract  ///< takes away what older programs needed. Applied by `feiqian migrate --contract` when none is at work
};

struct Migration {
  int number;  ///< 1, 2, 3 …
  std::string_view name;
  std::string_view sql;
  Phase phase = Phase::Expand;
  /// The oldest program, by the last migration it knows, that can work with the tables this step leaves; 0: only
  /// programs that know this step.
  int oldest_program = 0;

  int oldest() const { return oldest_program == 0 ? number : oldest_program; }
};

}  // namespace feiqian::store
