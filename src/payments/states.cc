#include "payments/states.h"

namespace feiqian::payments {

std::string_view name_of(PaymentState state) {
  switch (state) {
    case PaymentState::Open:
      return "open";
    case PaymentState::Closing:
      return "closing";
    case PaymentState::Closed:
      return "closed";
    case PaymentState::Paid:
      return "paid";
  }
  return "";
}

std::string_view name_of(AttemptState state) {
  switch (state) {
    case AttemptState::Created:
      return "created";
    case AttemptState::Pending:
      return "pending";
    case AttemptState::Unknown:
      return "unknown";
    case AttemptState::Succeeded:
      return "succeeded";
    case AttemptState::Failed:
      return "failed";
    case AttemptState::Closed:
      return "closed";
    case AttemptState::Surplus:
      return "surplus";
  }
  return "";
}

std::string_view name_of(RefundState state) {
  switch (state) {
    case RefundState::Pending:
      return "pending";
    case RefundState::Succeeded:
      return "succeeded";
    case RefundState::Failed:
      return "failed";
  }
  return "";
}

std::string_view name_of(RefundKind kind) {
  switch (kind) {
    case RefundKind::Merchant:
      return "merchant";
    case RefundKind::Surplus:
      return "surplus";
    case RefundKind::Late:
      return "late";
  }
  return "";
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::Redirect:
      return "redirect";
    case Mode::Qr:
      return "qr";
    case Mode::Barcode:
      return "barcode";
    case Mode::Jsapi:
      return "jsapi";
    case Mode::App:
      return "app";
  }
  return "";
}

std::string_view name_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::None:
      return "";
    case CloseReason::Merchant:
      return "merchant";
    case CloseReason::Expired:
      return "expired";
    case CloseReason::BarcodeFailed:
      return "barcode_failed";
  }
  return "";
}

std::string_view name_of(EventState state) {
  switch (state) {
    case EventState::Pending:
      return "pending";
    case EventState::Delivered:
      return "delivered";
    case EventState::Exhausted:
      return "exhausted";
  }
  return "";
}

}  // namespace feiqian::payments
