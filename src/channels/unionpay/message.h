// UnionPay's messages: flat fields by name. A request is an urlencoded form; an answer is the same fields **not**
// encoded,
//
//   answer = field *( "&" field )        field = name "=" value
//   value  = "{" … "}" | "[" … "]"       up to the bracket that closes the first one: it may hold `&` and `=`
//          | text without "&"            may hold `=`, `+` and line ends (a certificate keeps its CRLF)
//
// Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "foundation/result.h"

namespace feiqian::channels::unionpay {

using Fields = std::map<std::string, std::string, std::less<>>;

/// Empty when absent.
std::string_view value_of(const Fields& fields, std::string_view name);

/// errors::kValueInvalid: a field without name or `=`, one that comes twice, or nothing at all.
Result<Fields> parse_answer(std::string_view text);
/// The same of an urlencoded form, as notifications come.
Result<Fields> parse_form(std::string_view body);
/// Urlencoded, without empty fields.
std::string to_form(const Fields& fields);

}  // namespace feiqian::channels::unionpay
