// Errors, and what each one means for the caller.
//
// An `ErrorKind` is a constant with a stable code, declared by the module that raises it (`<module>/errors.h`); `Error`
// is one occurrence. The consequence decides the HTTP status, whether a caller may repeat, and whether people are
// alarmed: in one place (`http_status`) and nowhere else. Messages are safe to show: never a secret, card number or
// person.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace feiqian {

/// In order of precedence: when several apply, the first one is reported.
enum class Consequence {
  Malformed,        ///< the request cannot be understood; repeating it is pointless
  Unauthenticated,  ///< who asks is not proven
  Forbidden,        ///< who asks may not
  NotFound,         ///< no such thing, or not the caller's
  Conflict,         ///< contradicts what is already recorded
  Declined,         ///< understood and refused by a rule
  RetrySafe,        ///< nothing happened; the same request may be sent again
  OutcomeUnknown,   ///< it may have happened; ask before doing anything else
  Internal,         ///< our fault
};

struct ErrorKind {
  std::string_view code;  ///< stable, `area.reason`
  Consequence consequence;
  std::string_view title;  ///< one sentence, English
};

class Error {
 public:
  explicit Error(const ErrorKind& kind, std::string detail = {}, std::string field = {})
      : kind_(&kind), detail_(std::move(detail)), field_(std::move(field)) {}

  std::string_view code() const { return kind_->code; }
  Consequence consequence() const { return kind_->consequence; }
  std::string_view title() const { return kind_->title; }
  const std::string& detail() const { return detail_; }
  /// Dotted path of the one field to blame, or empty.
  const std::string& field() const { return field_; }
  bool is(const ErrorKind& kind) const { return kind_->code == kind.code; }

  /// `code: detail (field)`, for logs and command lines.
  std::string text() const;

 private:
  const ErrorKind* kind_;
  std::string detail_;
  std::string field_;
};

int http_status(const Error& error);
std::string_view name_of(Consequence consequence);

namespace errors {
inline constexpr ErrorKind kInternal{"internal", Consequence::Internal, "The platform failed; the fault is logged."};
inline constexpr ErrorKind kConfigInvalid{"config.invalid", Consequence::Malformed,
                                          "A configuration value is not valid."};
inline constexpr ErrorKind kFileUnusable{"file.unusable", Consequence::Internal, "A file cannot be read or written."};
inline constexpr ErrorKind kValueInvalid{"value.invalid", Consequence::Malformed, "A value is not valid."};
inline constexpr ErrorKind kNotSupported{"not_supported", Consequence::Declined, "Not supported."};
}  // namespace errors

}  // namespace feiqian
