// What the sandbox's WeChat Pay keeps: orders as merchants asked for them, trades, refunds, payers' barcodes, bills
// given out. Plain data; amounts in fen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "foundation/time.h"
#include "sandbox/wechatpay/payer.h"
#include "sandbox/wechatpay/trade_state.h"

namespace feiqian::sandbox::wechatpay {

/// What a merchant asked for; never changes.
struct Order {
  std::string mchid;
  std::string appid;
  std::string method;      ///< that the merchant called: `wechatpay.native` …
  std::string trade_type;  ///< NATIVE, JSAPI, APP, MWEB, MICROPAY
  std::string out_trade_no;
  std::string description;
  std::string attach;
  std::int64_t total_minor = 0;
  std::string notify_url;
  std::string openid;    ///< JSAPI
  Timestamp pay_before;  ///< time_expire; 0: none

  /// The same order asked for again, not another one under its number.
  bool same_content(const Order& other) const {
    return appid == other.appid && trade_type == other.trade_type && total_minor == other.total_minor &&
           description == other.description && openid == other.openid;
  }
};
codec::json::object to_json(const Order& order);
Order order_from_json(const codec::json::object& object);

struct Trade {
  std::int64_t id = 0;
  std::string transaction_id;  ///< shown once it is paid
  std::string code;            ///< what leads to it: in code_url, h5_url and prepay_id
  Order order;
  TradeState state = TradeState::NotPay;
  std::optional<Payer> buyer;
  std::string auth_code;  ///< of a barcode payment
  std::int64_t refunded_minor = 0;
  Timestamp created_at;
  Timestamp expires_at;
  Timestamp paid_at;
  Timestamp closed_at;
  Timestamp money_arrives_at;  ///< late money on its way; 0: none
  std::int64_t wrong_passwords = 0;
};

struct Refund {
  std::int64_t id = 0;
  std::string refund_id;
  std::string mchid;
  std::int64_t trade = 0;
  std::string out_refund_no;
  std::int64_t amount_minor = 0;
  std::string reason;
  std::string notify_url;
  Timestamp created_at;
  Timestamp settles_at;  ///< when a pending one will be done
  Timestamp settled_at;  ///< 0: pending
};

/// A payer's barcode; good for one use.
struct AuthCode {
  std::string code;
  Payer payer = Payer::Rich;
  bool used = false;
};

/// A file that an address was given out for.
struct Bill {
  std::string token;
  std::string mchid;
  std::string content;
  Timestamp expires_at;
};

/// As query, codepay and notifications tell of it.
codec::json::object transaction_json(const Trade& trade);
/// As the refund calls tell of it.
codec::json::object refund_json(const Trade& trade, const Refund& refund);
/// 2026-11-22T14:30:00+08:00
std::string china_rfc3339(Timestamp at);

}  // namespace feiqian::sandbox::wechatpay
