#include "foundation/error.h"

namespace feiqian {

std::string Error::text() const {
  std::string text(kind_->code);
  text += ": ";
  text += detail_.empty() ? std::string(kind_->title) : detail_;
  if (!field_.empty()) text += " (" + field_ + ")";
  return text;
}

int http_status(const Error& error) {
  // Some codes have a status of their own in RFC 9110; the rest follows from the consequence.
  if (error.code() == "request.too_large") return 413;
  if (error.code() == "request.media_type") return 415;
  if (error.code() == "request.method") return 405;
  if (error.code() == "request.rate_limited") return 429;
  switch (error.consequence()) {
    case Consequence::Malformed:
      return 400;
    case Consequence::Unauthenticated:
      return 401;
    case Consequence::Forbidden:
      return 403;
    case Consequence::NotFound:
      return 404;
    case Consequence::Conflict:
      return 409;
    case Consequence::Declined:
      return 422;
    case Consequence::RetrySafe:
      return 503;
    case Consequence::OutcomeUnknown:
      return 504;
    case Consequence::Internal:
      return 500;
  }
  return 500;
}

std::string_view name_of(Consequence consequence) {
  switch (consequence) {
    case Consequence::Malformed:
      return "malformed";
    case Consequence::Unauthenticated:
      return "unauthenticated";
    case Consequence::Forbidden:
      return "forbidden";
    case Consequence::NotFound:
      return "not found";
    case Consequence::Conflict:
      return "conflict";
    case Consequence::Declined:
      return "declined";
    case Consequence::RetrySafe:
      return "retry safe";
    case Consequence::OutcomeUnknown:
      return "outcome unknown";
    case Consequence::Internal:
      return "internal";
  }
  return "internal";
}

}  // namespace feiqian
