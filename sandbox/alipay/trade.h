// What the sandbox's Alipay keeps: orders as merchants asked for them, codes that lead to them, trades, refunds,
// payers' barcodes. Plain data; amounts in fen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "foundation/time.h"
#include "sandbox/alipay/payer.h"
#include "sandbox/alipay/trade_state.h"

namespace feiqian::sandbox::alipay {

/// What a merchant asked for; never changes.
struct Order {
  std::string app_id;
  std::string method;  ///< that the merchant called
  std::string out_trade_no;
  std::string subject;
  std::string body;
  std::int64_t total_minor = 0;
  std::string notify_url;
  std::string return_url;
  std::string quit_url;
  std::string passback_params;
  std::string timeout_express;  ///< counted from the trade's beginning: for codes, from the scan
  Timestamp pay_before;         ///< time_expire; 0: none

  /// The same order asked for again, not another one under its number.
  bool same_content(const Order& other) const {
    return method == other.method && total_minor == other.total_minor && subject == other.subject;
  }
};
codec::json::object to_json(const Order& order);
Order order_from_json(const codec::json::object& object);

/// A precreated code. The trade exists only once somebody scanned it.
struct Code {
  std::string code;
  Order order;
  Timestamp expires_at;
  bool revoked = false;
};

struct Trade {
  std::int64_t id = 0;
  std::string trade_no;
  Order order;
  TradeState state = TradeState::WaitBuyerPay;
  std::optional<Payer> buyer;
  std::string auth_code;  ///< of a barcode payment
  std::int64_t refunded_minor = 0;
  Timestamp created_at;
  Timestamp expires_at;
  Timestamp paid_at;
  Timestamp closed_at;
  Timestamp money_arrives_at;  ///< late money on its way; 0: none
  std::int64_t wrong_passwords = 0;
  std::string cancel_action;  ///< `close` or `refund`, when it was cancelled
};

struct Refund {
  std::int64_t id = 0;
  std::string trade_no;
  std::string out_request_no;
  std::int64_t amount_minor = 0;
  std::string reason;
  Timestamp created_at;
  Timestamp settles_at;  ///< when a pending one will be done
  Timestamp settled_at;  ///< 0: pending
};

/// A payer's barcode; good for one use.
struct AuthCode {
  std::string code;
  Payer payer = Payer::Rich;
  std::string app_id;  ///< who used it; empty: nobody
  std::string out_trade_no;
  std::string refusal;  ///< sub_code of the use, when it was refused
};

}  // namespace feiqian::sandbox::alipay
