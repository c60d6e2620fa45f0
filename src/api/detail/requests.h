// Reading ids and list parameters of requests. Private to api/.
#pragma once

#include "api/merchant_api.h"
#include "codec/errors.h"
#include "foundation/text.h"

namespace feiqian::api {

inline constexpr std::int64_t kDefaultPage = 20;
inline constexpr std::int64_t kLargestPage = 100;

/// An id of the path that cannot be one names nothing.
template <class Id>
Result<Id> id_of_path(const Call& call, const ErrorKind& not_found) {
  auto id = Id::parse(call.path.find("id")->second);
  if (!id) return Error(not_found);
  return id.value();
}

struct Page {
  std::int64_t limit = kDefaultPage;
  std::int64_t before_id = INT64_MAX;  ///< ids below this one
};

template <class Id>
Result<Page> page_of(const Call& call) {
  Page page;
  if (const auto limit = call.query.find("limit"); limit != call.query.end()) {
    const auto number = parse_int(limit->second);
    if (!number || *number < 1 || *number > kLargestPage)
      return Error(errors::kQueryInvalid, "must be an integer from 1 to 100", "limit");
    page.limit = *number;
  }
  if (const auto cursor = call.query.find("cursor"); cursor != call.query.end()) {
    const auto id = Id::parse(cursor->second);
    if (!id) return Error(errors::kQueryInvalid, "is not a cursor of this list", "cursor");
    page.before_id = id->value;
  }
  return page;
}

/// nullopt when absent.
template <class Enum>
Result<std::optional<Enum>> choice_of(const Call& call, std::string_view name, std::initializer_list<Enum> choices) {
  const auto given = call.query.find(name);
  if (given == call.query.end()) return std::optional<Enum>();
  for (const auto choice : choices) {
    if (name_of(choice) == given->second) return std::optional<Enum>(choice);
  }
  return Error(errors::kQueryInvalid, "is not one of the values", std::string(name));
}

/// `{"data":[…],"next_cursor":…}`: one row more than asked for was read, to know whether there is more.
template <class Row, class Render>
std::string page_body(std::vector<Row> rows, std::int64_t limit, Render render) {
  const bool more = static_cast<std::int64_t>(rows.size()) > limit;
  if (more) rows.pop_back();
  boost::json::array data;
  for (const auto& row : rows) data.push_back(render(row));
  boost::json::object body{{"data", std::move(data)}, {"next_cursor", nullptr}};
  if (more) body["next_cursor"] = rows.back().id.text();
  return boost::json::serialize(body);
}

}  // namespace feiqian::api
