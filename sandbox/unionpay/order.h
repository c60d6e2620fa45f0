// What the sandbox's UnionPay keeps: one row for whatever a merchant named by orderId and txnTime (a payment, a refund,
// a void), and payers' codes. Plain data; amounts in fen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "foundation/time.h"
#include "sandbox/unionpay/order_state.h"
#include "sandbox/unionpay/payer.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::unionpay {

struct Order {
  std::int64_t id = 0;
  std::string merchant;
  std::string order_id;
  std::string txn_time;
  std::string operation;  ///< `unionpay.front`, `unionpay.qr`, `unionpay.barcode`, `unionpay.refund`, `unionpay.void`
  Parameters asked;       ///< the request's fields
  std::int64_t amount_minor = 0;
  OrderState state = OrderState::Waiting;
  std::string code;      ///< respCode of a failed one
  std::string query_id;  ///< 21 digits; what the provider calls it
  std::string page;      ///< where its payer goes: the path's last segment; empty: nobody goes anywhere
  std::string original;  ///< query_id of what a refund or a void gives back
  std::optional<Payer> payer;
  std::string auth_code;  ///< of a payment by the payer's code
  Timestamp created_at;
  Timestamp opened_at;         ///< the payer came to the page; 0: the provider says that it knows no transaction yet
  Timestamp expires_at;        ///< of a payment
  Timestamp ended_at;          ///< succeeded, failed or returned
  Timestamp settles_at;        ///< of a refund or a void that is accepted and not done
  Timestamp money_arrives_at;  ///< late money on its way; 0: none
  std::int64_t wrong_passwords = 0;

  bool is_payment() const { return original.empty(); }
  std::string field(std::string_view name) const { return std::string(value_of(asked, name)); }
  /// The same order asked for again, not another one under its name.
  bool same_content(const Order& other) const {
    return operation == other.operation && amount_minor == other.amount_minor && original == other.original;
  }
};

/// A payer's code; good for one use.
struct AuthCode {
  std::string code;
  Payer payer = Payer::Rich;
  bool used = false;
};

/// The goods' name in `riskRateInfo`, `{commodityName=…}`; empty when it is not there.
std::string subject_of(const Order& order);

/// The settlement day ends at 23:00 of China.
Date settlement_day(Timestamp at);
/// yyyyMMddHHmmss of China.
std::string txn_time_of(Timestamp at);
Result<Timestamp> from_txn_time(std::string_view text);

}  // namespace feiqian::sandbox::unionpay
