// The tables of the sandbox's WeChat Pay: loading and saving, no rules. Every call inside Database::transact.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/database.h"
#include "sandbox/wechatpay/trade.h"

namespace feiqian::sandbox::wechatpay {

class Books {
 public:
  static constexpr std::string_view kSchema =
      "CREATE TABLE IF NOT EXISTS wechatpay_trades(id INTEGER PRIMARY KEY AUTOINCREMENT, transaction_id TEXT NOT NULL "
      "UNIQUE, code TEXT NOT NULL UNIQUE, mchid TEXT NOT NULL, out_trade_no TEXT NOT NULL, asked TEXT NOT NULL, state "
      "TEXT NOT NULL, buyer TEXT NOT NULL, auth_code TEXT NOT NULL, refunded_minor INTEGER NOT NULL, created_at "
      "INTEGER NOT NULL, expires_at INTEGER NOT NULL, paid_at INTEGER NOT NULL, closed_at INTEGER NOT NULL, "
      "money_arrives_at INTEGER NOT NULL, wrong_passwords INTEGER NOT NULL, UNIQUE(out_trade_no, mchid)) STRICT;"
      "CREATE INDEX IF NOT EXISTS wechatpay_trades_waiting ON wechatpay_trades(expires_at) WHERE state IN ('NOTPAY', "
      "'USERPAYING');"
      "CREATE INDEX IF NOT EXISTS wechatpay_trades_late ON wechatpay_trades(money_arrives_at) WHERE money_arrives_at > "
      "0;"
      "CREATE INDEX IF NOT EXISTS wechatpay_trades_paid ON wechatpay_trades(mchid, paid_at) WHERE paid_at > 0;"
      "CREATE TABLE IF NOT EXISTS wechatpay_refunds(id INTEGER PRIMARY KEY AUTOINCREMENT, refund_id TEXT NOT NULL "
      "UNIQUE, mchid TEXT NOT NULL, trade INTEGER NOT NULL, out_refund_no TEXT NOT NULL, amount_minor INTEGER NOT "
      "NULL, reason TEXT NOT NULL, notify_url TEXT NOT NULL, created_at INTEGER NOT NULL, settles_at INTEGER NOT NULL, "
      "settled_at INTEGER NOT NULL, UNIQUE(out_refund_no, mchid)) STRICT;"
      "CREATE INDEX IF NOT EXISTS wechatpay_refunds_of_trade ON wechatpay_refunds(trade);"
      "CREATE INDEX IF NOT EXISTS wechatpay_refunds_pending ON wechatpay_refunds(settles_at) WHERE settled_at = 0;"
      "CREATE TABLE IF NOT EXISTS wechatpay_auth_codes(code TEXT PRIMARY KEY, payer TEXT NOT NULL, used INTEGER NOT "
      "NULL) STRICT;"
      "CREATE TABLE IF NOT EXISTS wechatpay_bills(token TEXT PRIMARY KEY, mchid TEXT NOT NULL, content TEXT NOT NULL, "
      "expires_at INTEGER NOT NULL) STRICT;";

  explicit Books(Database& database) : database_(database) {}

  /// Gives `trade.id`.
  Result<void> insert(Trade& trade);
  Result<void> update(const Trade& trade);
  Result<std::optional<Trade>> trade(std::int64_t id);
  Result<std::optional<Trade>> trade_by_code(std::string_view code);
  Result<std::optional<Trade>> trade_by_transaction(std::string_view mchid, std::string_view transaction_id);
  Result<std::optional<Trade>> trade_by_order(std::string_view mchid, std::string_view out_trade_no);
  /// Of any merchant, the newest first, at most `most`; all order numbers when it is empty; only those older than the
  /// trade of that transaction id, unless that is empty.
  Result<std::vector<Trade>> trades(std::string_view out_trade_no, std::int64_t most, std::string_view older_than);
  Result<std::vector<Trade>> expired(Timestamp now);
  Result<std::vector<Trade>> with_money_arriving(Timestamp now);
  /// Paid in [from, to), in order of payment.
  Result<std::vector<Trade>> paid_between(std::string_view mchid, Timestamp from, Timestamp to);

  Result<void> insert(Refund& refund);
  Result<void> update(const Refund& refund);
  Result<std::vector<Refund>> refunds(std::int64_t trade);
  Result<std::optional<Refund>> refund(std::string_view mchid, std::string_view out_refund_no);
  Result<std::vector<Refund>> refunds_to_settle(Timestamp now);
  /// Accepted in [from, to), in that order.
  Result<std::vector<Refund>> refunds_between(std::string_view mchid, Timestamp from, Timestamp to);

  Result<void> insert(const AuthCode& code);
  Result<void> update(const AuthCode& code);
  Result<std::optional<AuthCode>> auth_code(std::string_view code);

  Result<void> insert(const Bill& bill);
  Result<std::optional<Bill>> bill(std::string_view token);
  Result<void> forget_bills(Timestamp expired_before);

  Result<void> forget_everything();

 private:
  Database& database_;
};

}  // namespace feiqian::sandbox::wechatpay
