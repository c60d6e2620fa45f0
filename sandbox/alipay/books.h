// The tables of the sandbox's Alipay: loading and saving, no rules. Every call inside Database::transact.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/alipay/trade.h"
#include "sandbox/database.h"

namespace feiqian::sandbox::alipay {

class Books {
 public:
  static constexpr std::string_view kSchema =
      "CREATE TABLE IF NOT EXISTS alipay_codes(code TEXT PRIMARY KEY, app_id TEXT NOT NULL, out_trade_no TEXT NOT "
      "NULL, asked TEXT NOT NULL,"
      " expires_at INTEGER NOT NULL, revoked INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT;"
      "CREATE INDEX IF NOT EXISTS alipay_codes_of_order ON alipay_codes(out_trade_no);"
      "CREATE TABLE IF NOT EXISTS alipay_trades(id INTEGER PRIMARY KEY AUTOINCREMENT, trade_no TEXT NOT NULL UNIQUE, "
      "app_id TEXT NOT NULL,"
      " out_trade_no TEXT NOT NULL, asked TEXT NOT NULL, state TEXT NOT NULL, buyer TEXT NOT NULL, auth_code TEXT NOT "
      "NULL,"
      " refunded_minor INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, paid_at INTEGER NOT "
      "NULL,"
      " closed_at INTEGER NOT NULL, money_arrives_at INTEGER NOT NULL, wrong_passwords INTEGER NOT NULL, cancel_action "
      "TEXT NOT NULL,"
      " UNIQUE(out_trade_no, app_id)) STRICT;"
      "CREATE INDEX IF NOT EXISTS alipay_trades_waiting ON alipay_trades(expires_at) WHERE state = 'WAIT_BUYER_PAY';"
      "CREATE INDEX IF NOT EXISTS alipay_trades_late ON alipay_trades(money_arrives_at) WHERE money_arrives_at > 0;"
      "CREATE TABLE IF NOT EXISTS alipay_refunds(id INTEGER PRIMARY KEY AUTOINCREMENT, trade_no TEXT NOT NULL, "
      "out_request_no TEXT NOT NULL,"
      " amount_minor INTEGER NOT NULL, reason TEXT NOT NULL, created_at INTEGER NOT NULL, settles_at INTEGER NOT NULL,"
      " settled_at INTEGER NOT NULL, UNIQUE(trade_no, out_request_no)) STRICT;"
      "CREATE INDEX IF NOT EXISTS alipay_refunds_pending ON alipay_refunds(settles_at) WHERE settled_at = 0;"
      "CREATE TABLE IF NOT EXISTS alipay_auth_codes(code TEXT PRIMARY KEY, payer TEXT NOT NULL, app_id TEXT NOT NULL, "
      "out_trade_no TEXT NOT NULL,"
      " refusal TEXT NOT NULL) STRICT;";

  explicit Books(Database& database) : database_(database) {}

  /// Gives `trade.id`.
  Result<void> insert(Trade& trade);
  Result<void> update(const Trade& trade);
  Result<std::optional<Trade>> trade_by_no(std::string_view trade_no);
  Result<std::optional<Trade>> trade_by_order(std::string_view app_id, std::string_view out_trade_no);
  /// Of any app, the newest first; all when `out_trade_no` is empty.
  /// Newest first; only those older than the trade `older_than`, unless that is empty.
  Result<std::vector<Trade>> trades(std::string_view out_trade_no, std::int64_t most, std::string_view older_than = "");
  Result<std::vector<Trade>> expired(Timestamp now);
  Result<std::vector<Trade>> with_money_arriving(Timestamp now);

  Result<void> insert(const Code& code, Timestamp now);
  Result<std::optional<Code>> code(std::string_view code);
  /// Neither revoked nor expired, the newest first; `app_id` empty: of any app.
  Result<std::vector<Code>> live_codes(std::string_view app_id, std::string_view out_trade_no, Timestamp now);
  Result<void> revoke_codes(std::string_view app_id, std::string_view out_trade_no);

  Result<void> insert(Refund& refund);
  Result<void> update(const Refund& refund);
  Result<std::vector<Refund>> refunds(std::string_view trade_no);
  Result<std::optional<Refund>> refund(std::string_view trade_no, std::string_view out_request_no);
  Result<std::vector<Refund>> refunds_to_settle(Timestamp now);

  Result<void> insert(const AuthCode& code);
  Result<void> update(const AuthCode& code);
  Result<std::optional<AuthCode>> auth_code(std::string_view code);

  Result<void> forget_everything();

 private:
  Database& database_;
};

}  // namespace feiqian::sandbox::alipay
