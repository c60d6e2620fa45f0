#include "sandbox/wechatpay/books.h"

namespace feiqian::sandbox::wechatpay {
namespace {

namespace json = codec::json;

Order order_of(std::string_view text) {
  const auto value = codec::parse_json(text);
  return value && value->is_object() ? order_from_json(value->get_object()) : Order();
}

Trade trade_of(const store::Statement& row) {
  Trade trade;
  trade.id = row.integer(0);
  trade.transaction_id = row.text(1);
  trade.code = row.text(2);
  trade.order = order_of(row.text(3));
  trade.state = trade_state_of(row.text(4)).value_or(TradeState::Closed);
  trade.buyer = payer_of(row.text(5));
  trade.auth_code = row.text(6);
  trade.refunded_minor = row.integer(7);
  trade.created_at = {row.integer(8)};
  trade.expires_at = {row.integer(9)};
  trade.paid_at = {row.integer(10)};
  trade.closed_at = {row.integer(11)};
  trade.money_arrives_at = {row.integer(12)};
  trade.wrong_passwords = row.integer(13);
  return trade;
}

Refund refund_of(const store::Statement& row) {
  Refund refund;
  refund.id = row.integer(0);
  refund.refund_id = row.text(1);
  refund.mchid = row.text(2);
  refund.trade = row.integer(3);
  refund.out_refund_no = row.text(4);
  refund.amount_minor = row.integer(5);
  refund.reason = row.text(6);
  refund.notify_url = row.text(7);
  refund.created_at = {row.integer(8)};
  refund.settles_at = {row.integer(9)};
  refund.settled_at = {row.integer(10)};
  return refund;
}

#define TRADE_COLUMNS                                                                                         \
  "SELECT id, transaction_id, code, asked, state, buyer, auth_code, refunded_minor, created_at, expires_at, " \
  "paid_at, closed_at, money_arrives_at, wrong_passwords FROM wechatpay_trades "
#define REFUND_COLUMNS                                                                                            \
  "SELECT id, refund_id, mchid, trade, out_refund_no, amount_minor, reason, notify_url, created_at, settles_at, " \
  "settled_at FROM wechatpay_refunds "

/// All rows of one statement.
template <class Row, class... Values>
Result<std::vector<Row>> rows(Database& database, std::string_view sql, Row (*read)(const store::Statement&),
                              const Values&... values) {
  std::vector<Row> found;
  TRY(database.each(
      sql, [&](const store::Statement& row) { found.push_back(read(row)); }, values...));
  return found;
}

template <class Row, class... Values>
Result<std::optional<Row>> first(Database& database, std::string_view sql, Row (*read)(const store::Statement&),
                                 const Values&... values) {
  auto found = TRY(rows(database, sql, read, values...));
  return found.empty() ? std::optional<Row>() : std::optional<Row>(std::move(found.front()));
}

}  // namespace

Result<void> Books::insert(Trade& trade) {
  return database_.each(
      "INSERT INTO wechatpay_trades(transaction_id, code, mchid, out_trade_no, asked, state, buyer, auth_code, "
      "refunded_minor, created_at, expires_at, paid_at, closed_at, money_arrives_at, wrong_passwords) VALUES(?, ?, ?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
      [&](const store::Statement& row) { trade.id = row.integer(0); }, trade.transaction_id, trade.code,
      trade.order.mchid, trade.order.out_trade_no, json::serialize(to_json(trade.order)), name_of(trade.state),
      trade.buyer ? name_of(*trade.buyer) : "", trade.auth_code, trade.refunded_minor, trade.created_at,
      trade.expires_at, trade.paid_at, trade.closed_at, trade.money_arrives_at, trade.wrong_passwords);
}

Result<void> Books::update(const Trade& trade) {
  return database_.run(
      "UPDATE wechatpay_trades SET state = ?, buyer = ?, refunded_minor = ?, paid_at = ?, closed_at = ?, "
      "money_arrives_at = ?, wrong_passwords = ? WHERE id = ?",
      name_of(trade.state), trade.buyer ? name_of(*trade.buyer) : "", trade.refunded_minor, trade.paid_at,
      trade.closed_at, trade.money_arrives_at, trade.wrong_passwords, trade.id);
}

Result<std::optional<Trade>> Books::trade(std::int64_t id) {
  return first(database_, TRADE_COLUMNS "WHERE id = ?", trade_of, id);
}

Result<std::optional<Trade>> Books::trade_by_code(std::string_view code) {
  return first(database_, TRADE_COLUMNS "WHERE code = ?", trade_of, code);
}

Result<std::optional<Trade>> Books::trade_by_transaction(std::string_view mchid, std::string_view transaction_id) {
  return first(database_, TRADE_COLUMNS "WHERE transaction_id = ? AND mchid = ? AND paid_at > 0", trade_of,
               transaction_id, mchid);
}

Result<std::optional<Trade>> Books::trade_by_order(std::string_view mchid, std::string_view out_trade_no) {
  return first(database_, TRADE_COLUMNS "WHERE out_trade_no = ? AND mchid = ?", trade_of, out_trade_no, mchid);
}

Result<std::vector<Trade>> Books::trades(std::string_view out_trade_no, std::int64_t most,
                                         std::string_view older_than) {
  return rows(database_,
              TRADE_COLUMNS
              "WHERE (?1 = '' OR out_trade_no = ?1) AND (?2 = '' OR id < (SELECT id FROM wechatpay_trades WHERE "
              "transaction_id = ?2)) ORDER BY id DESC LIMIT ?3",
              trade_of, out_trade_no, older_than, most);
}

Result<std::vector<Trade>> Books::expired(Timestamp now) {
  return rows(database_, TRADE_COLUMNS "WHERE state IN ('NOTPAY', 'USERPAYING') AND expires_at <= ? ORDER BY id",
              trade_of, now);
}

Result<std::vector<Trade>> Books::with_money_arriving(Timestamp now) {
  return rows(database_, TRADE_COLUMNS "WHERE money_arrives_at > 0 AND money_arrives_at <= ? ORDER BY id", trade_of,
              now);
}

Result<std::vector<Trade>> Books::paid_between(std::string_view mchid, Timestamp from, Timestamp to) {
  return rows(database_,
              TRADE_COLUMNS "WHERE mchid = ? AND paid_at > 0 AND paid_at >= ? AND paid_at < ? ORDER BY paid_at, id",
              trade_of, mchid, from, to);
}

Result<void> Books::insert(Refund& refund) {
  return database_.each(
      "INSERT INTO wechatpay_refunds(refund_id, mchid, trade, out_refund_no, amount_minor, reason, notify_url, "
      "created_at, settles_at, settled_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
      [&](const store::Statement& row) { refund.id = row.integer(0); }, refund.refund_id, refund.mchid, refund.trade,
      refund.out_refund_no, refund.amount_minor, refund.reason, refund.notify_url, refund.created_at, refund.settles_at,
      refund.settled_at);
}

Result<void> Books::update(const Refund& refund) {
  return database_.run("UPDATE wechatpay_refunds SET settled_at = ? WHERE id = ?", refund.settled_at, refund.id);
}

Result<std::vector<Refund>> Books::refunds(std::int64_t trade) {
  return rows(database_, REFUND_COLUMNS "WHERE trade = ? ORDER BY id", refund_of, trade);
}

Result<std::optional<Refund>> Books::refund(std::string_view mchid, std::string_view out_refund_no) {
  return first(database_, REFUND_COLUMNS "WHERE out_refund_no = ? AND mchid = ?", refund_of, out_refund_no, mchid);
}

Result<std::vector<Refund>> Books::refunds_to_settle(Timestamp now) {
  return rows(database_, REFUND_COLUMNS "WHERE settled_at = 0 AND settles_at <= ? ORDER BY id", refund_of, now);
}

Result<std::vector<Refund>> Books::refunds_between(std::string_view mchid, Timestamp from, Timestamp to) {
  return rows(database_, REFUND_COLUMNS "WHERE mchid = ? AND created_at >= ? AND created_at < ? ORDER BY id", refund_of,
              mchid, from, to);
}

Result<void> Books::insert(const AuthCode& code) {
  return database_.run("INSERT INTO wechatpay_auth_codes(code, payer, used) VALUES(?, ?, ?)", code.code,
                       name_of(code.payer), static_cast<std::int64_t>(code.used));
}

Result<void> Books::update(const AuthCode& code) {
  return database_.run("UPDATE wechatpay_auth_codes SET used = ? WHERE code = ?", static_cast<std::int64_t>(code.used),
                       code.code);
}

Result<std::optional<AuthCode>> Books::auth_code(std::string_view code) {
  constexpr auto kRead = +[](const store::Statement& row) {
    return AuthCode{std::string(row.text(0)), payer_of(row.text(1)).value_or(Payer::Rich), row.integer(2) != 0};
  };
  return first(database_, "SELECT code, payer, used FROM wechatpay_auth_codes WHERE code = ?", kRead, code);
}

Result<void> Books::insert(const Bill& bill) {
  return database_.run("INSERT INTO wechatpay_bills(token, mchid, content, expires_at) VALUES(?, ?, ?, ?)", bill.token,
                       bill.mchid, bill.content, bill.expires_at);
}

Result<std::optional<Bill>> Books::bill(std::string_view token) {
  constexpr auto kRead = +[](const store::Statement& row) {
    return Bill{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), {row.integer(3)}};
  };
  return first(database_, "SELECT token, mchid, content, expires_at FROM wechatpay_bills WHERE token = ?", kRead,
               token);
}

Result<void> Books::forget_bills(Timestamp expired_before) {
  return database_.run("DELETE FROM wechatpay_bills WHERE expires_at < ?", expired_before);
}

Result<void> Books::forget_everything() {
  TRY(database_.run("DELETE FROM wechatpay_trades"));
  TRY(database_.run("DELETE FROM wechatpay_refunds"));
  TRY(database_.run("DELETE FROM wechatpay_auth_codes"));
  return database_.run("DELETE FROM wechatpay_bills");
}

}  // namespace feiqian::sandbox::wechatpay
