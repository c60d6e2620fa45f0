// The tables of the sandbox's UnionPay: loading and saving, no rules. Every call inside Database::transact.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/database.h"
#include "sandbox/unionpay/order.h"

namespace feiqian::sandbox::unionpay {

class Books {
 public:
  static constexpr std::string_view kSchema =
      "CREATE TABLE IF NOT EXISTS unionpay_orders(id INTEGER PRIMARY KEY AUTOINCREMENT, merchant TEXT NOT NULL, "
      "order_id "
      "TEXT NOT NULL, txn_time TEXT NOT NULL, operation TEXT NOT NULL, asked TEXT NOT NULL, amount_minor INTEGER NOT "
      "NULL, state TEXT NOT NULL, code TEXT NOT NULL, query_id TEXT NOT NULL UNIQUE, page TEXT NOT NULL, original TEXT "
      "NOT NULL, payer TEXT NOT NULL, auth_code TEXT NOT NULL, created_at INTEGER NOT NULL, opened_at INTEGER NOT "
      "NULL, "
      "expires_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, settles_at INTEGER NOT NULL, money_arrives_at INTEGER "
      "NOT NULL, wrong_passwords INTEGER NOT NULL, UNIQUE(order_id, txn_time, merchant)) STRICT;"
      "CREATE INDEX IF NOT EXISTS unionpay_orders_of_original ON unionpay_orders(original);"
      "CREATE INDEX IF NOT EXISTS unionpay_orders_by_page ON unionpay_orders(page);"
      "CREATE INDEX IF NOT EXISTS unionpay_orders_unpaid ON unionpay_orders(expires_at) WHERE state = 'waiting' AND "
      "original = '';"
      "CREATE INDEX IF NOT EXISTS unionpay_orders_returning ON unionpay_orders(settles_at) WHERE state = 'waiting' AND "
      "original <> '';"
      "CREATE INDEX IF NOT EXISTS unionpay_orders_late ON unionpay_orders(money_arrives_at) WHERE money_arrives_at > 0;"
      "CREATE INDEX IF NOT EXISTS unionpay_orders_ended ON unionpay_orders(ended_at);"
      "CREATE TABLE IF NOT EXISTS unionpay_auth_codes(code TEXT PRIMARY KEY, payer TEXT NOT NULL, used INTEGER NOT "
      "NULL) "
      "STRICT;";

  explicit Books(Database& database) : database_(database) {}

  /// Gives `order.id`.
  Result<void> insert(Order& order);
  Result<void> update(const Order& order);
  Result<std::optional<Order>> order(std::string_view merchant, std::string_view order_id, std::string_view txn_time);
  Result<std::optional<Order>> by_query_id(std::string_view query_id);
  Result<std::optional<Order>> by_page(std::string_view page);
  /// Refunds and voids of a payment, the oldest first.
  Result<std::vector<Order>> returns_of(std::string_view query_id);
  /// Payments, newest first, of any merchant: all, or those of one order number; only those older than the payment
  /// `older_than`, unless that is empty.
  Result<std::vector<Order>> payments(std::string_view order_id, std::int64_t most, std::string_view older_than = "");
  Result<std::vector<Order>> expired(Timestamp now);
  /// Refunds and voids that are accepted and due.
  Result<std::vector<Order>> returns_due(Timestamp now);
  Result<std::vector<Order>> with_money_arriving(Timestamp now);
  /// Of one merchant, ended within [from, to): succeeded or returned.
  Result<std::vector<Order>> ended(std::string_view merchant, Timestamp from, Timestamp to);

  Result<void> insert(const AuthCode& code);
  Result<void> update(const AuthCode& code);
  Result<std::optional<AuthCode>> auth_code(std::string_view code);

  Result<void> forget_everything();

 private:
  Database& database_;
};

}  // namespace feiqian::sandbox::unionpay
