// What the ledger API and `feiqian ledger` read, from the same parameters: names and texts as in a query string.
#pragma once

#include <boost/json.hpp>

#include <functional>
#include <map>
#include <span>
#include <string>

#include "api/ledger_clients.h"
#include "ledger/tables.h"
#include "store/store.h"

namespace feiqian::api {

using Parameters = std::map<std::string, std::string, std::less<>>;

/// Whose eyes: nullptr sees everything.
using LedgerEyes = const LedgerClientRow*;

struct LedgerRead {
  std::string_view name;
  std::string_view path;  ///< of the API, below /v1/ledger
  std::string_view meaning;
  std::vector<std::string_view> parameters;  ///< `id` is part of the path
  Result<boost::json::object> (*run)(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes);
};

/// errors::kQueryInvalid names a parameter, kLedgerForbidden what the eyes may not see, and not-found errors.
std::span<const LedgerRead> ledger_reads();

}  // namespace feiqian::api
