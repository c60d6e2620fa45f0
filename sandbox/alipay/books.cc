#include "sandbox/alipay/books.h"

namespace feiqian::sandbox::alipay {
namespace {

namespace json = codec::json;

Order order_of(std::string_view text) {
  const auto value = codec::parse_json(text);
  return value && value->is_object() ? order_from_json(value->get_object()) : Order();
}

Trade trade_of(const store::Statement& row) {
  Trade trade;
  trade.id = row.integer(0);
  trade.trade_no = row.text(1);
  trade.order = order_of(row.text(2));
  trade.state = trade_state_of(row.text(3)).value_or(TradeState::Closed);
  trade.buyer = payer_of(row.text(4));
  trade.auth_code = row.text(5);
  trade.refunded_minor = row.integer(6);
  trade.created_at = {row.integer(7)};
  trade.expires_at = {row.integer(8)};
  trade.paid_at = {row.integer(9)};
  trade.closed_at = {row.integer(10)};
  trade.money_arrives_at = {row.integer(11)};
  trade.wrong_passwords = row.integer(12);
  trade.cancel_action = row.text(13);
  return trade;
}

Code code_of(const store::Statement& row) {
  return {std::string(row.text(0)), order_of(row.text(1)), {row.integer(2)}, row.integer(3) != 0};
}

Refund refund_of(const store::Statement& row) {
  Refund refund;
  refund.id = row.integer(0);
  refund.trade_no = row.text(1);
  refund.out_request_no = row.text(2);
  refund.amount_minor = row.integer(3);
  refund.reason = row.text(4);
  refund.created_at = {row.integer(5)};
  refund.settles_at = {row.integer(6)};
  refund.settled_at = {row.integer(7)};
  return refund;
}

#define TRADE_COLUMNS                                                                                                 \
  "SELECT id, trade_no, asked, state, buyer, auth_code, refunded_minor, created_at, expires_at, paid_at, closed_at, " \
  "money_arrives_at, wrong_passwords, cancel_action FROM alipay_trades "
#define REFUND_COLUMNS \
  "SELECT id, trade_no, out_request_no, amount_minor, reason, created_at, settles_at, settled_at FROM alipay_refunds "

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
      "INSERT INTO alipay_trades(trade_no, app_id, out_trade_no, asked, state, buyer, auth_code, refunded_minor, "
      "created_at, expires_at, paid_at,"
      " closed_at, money_arrives_at, wrong_passwords, cancel_action) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?) RETURNING id",
      [&](const store::Statement& row) { trade.id = row.integer(0); }, trade.trade_no, trade.order.app_id,
      trade.order.out_trade_no, json::serialize(to_json(trade.order)), name_of(trade.state),
      trade.buyer ? name_of(*trade.buyer) : "", trade.auth_code, trade.refunded_minor, trade.created_at,
      trade.expires_at, trade.paid_at, trade.closed_at, trade.money_arrives_at, trade.wrong_passwords,
      trade.cancel_action);
}

Result<void> Books::update(const Trade& trade) {
  return database_.run(
      "UPDATE alipay_trades SET state = ?, buyer = ?, refunded_minor = ?, paid_at = ?, closed_at = ?, money_arrives_at "
      "= ?, wrong_passwords = ?,"
      " cancel_action = ? WHERE id = ?",
      name_of(trade.state), trade.buyer ? name_of(*trade.buyer) : "", trade.refunded_minor, trade.paid_at,
      trade.closed_at, trade.money_arrives_at, trade.wrong_passwords, trade.cancel_action, trade.id);
}

Result<std::optional<Trade>> Books::trade_by_no(std::string_view trade_no) {
  return first(database_, TRADE_COLUMNS "WHERE trade_no = ?", trade_of, trade_no);
}

Result<std::optional<Trade>> Books::trade_by_order(std::string_view app_id, std::string_view out_trade_no) {
  return first(database_, TRADE_COLUMNS "WHERE out_trade_no = ? AND app_id = ?", trade_of, out_trade_no, app_id);
}

Result<std::vector<Trade>> Books::trades(std::string_view out_trade_no, std::int64_t most,
                                         std::string_view older_than) {
  return rows(
      database_,
      TRADE_COLUMNS
      "WHERE (?1 = '' OR out_trade_no = ?1) AND (?2 = '' OR id < (SELECT id FROM alipay_trades WHERE trade_no = "
      "?2)) ORDER BY id DESC LIMIT ?3",
      trade_of, out_trade_no, older_than, most);
}

Result<std::vector<Trade>> Books::expired(Timestamp now) {
  return rows(database_, TRADE_COLUMNS "WHERE state = 'WAIT_BUYER_PAY' AND expires_at <= ? ORDER BY id", trade_of, now);
}

Result<std::vector<Trade>> Books::with_money_arriving(Timestamp now) {
  return rows(database_, TRADE_COLUMNS "WHERE money_arrives_at > 0 AND money_arrives_at <= ? ORDER BY id", trade_of,
              now);
}

Result<void> Books::insert(const Code& code, Timestamp now) {
  return database_.run(
      "INSERT INTO alipay_codes(code, app_id, out_trade_no, asked, expires_at, revoked, created_at) VALUES(?, ?, ?, ?, "
      "?, 0, ?)",
      code.code, code.order.app_id, code.order.out_trade_no, json::serialize(to_json(code.order)), code.expires_at,
      now);
}

Result<std::optional<Code>> Books::code(std::string_view code) {
  return first(database_, "SELECT code, asked, expires_at, revoked FROM alipay_codes WHERE code = ?", code_of, code);
}

Result<std::vector<Code>> Books::live_codes(std::string_view app_id, std::string_view out_trade_no, Timestamp now) {
  return rows(database_,
              "SELECT code, asked, expires_at, revoked FROM alipay_codes WHERE out_trade_no = ?1 AND (?2 = '' OR "
              "app_id = ?2) AND revoked = 0"
              " AND expires_at > ?3 ORDER BY created_at DESC, rowid DESC",
              code_of, out_trade_no, app_id, now);
}

Result<void> Books::revoke_codes(std::string_view app_id, std::string_view out_trade_no) {
  return database_.run("UPDATE alipay_codes SET revoked = 1 WHERE out_trade_no = ? AND app_id = ?", out_trade_no,
                       app_id);
}

Result<void> Books::insert(Refund& refund) {
  return database_.each(
      "INSERT INTO alipay_refunds(trade_no, out_request_no, amount_minor, reason, created_at, settles_at, settled_at) "
      "VALUES(?, ?, ?, ?, ?, ?, ?)"
      " RETURNING id",
      [&](const store::Statement& row) { refund.id = row.integer(0); }, refund.trade_no, refund.out_request_no,
      refund.amount_minor, refund.reason, refund.created_at, refund.settles_at, refund.settled_at);
}

Result<void> Books::update(const Refund& refund) {
  return database_.run("UPDATE alipay_refunds SET settled_at = ? WHERE id = ?", refund.settled_at, refund.id);
}

Result<std::vector<Refund>> Books::refunds(std::string_view trade_no) {
  return rows(database_, REFUND_COLUMNS "WHERE trade_no = ? ORDER BY id", refund_of, trade_no);
}

Result<std::optional<Refund>> Books::refund(std::string_view trade_no, std::string_view out_request_no) {
  return first(database_, REFUND_COLUMNS "WHERE trade_no = ? AND out_request_no = ?", refund_of, trade_no,
               out_request_no);
}

Result<std::vector<Refund>> Books::refunds_to_settle(Timestamp now) {
  return rows(database_, REFUND_COLUMNS "WHERE settled_at = 0 AND settles_at <= ? ORDER BY id", refund_of, now);
}

Result<void> Books::insert(const AuthCode& code) {
  return database_.run(
      "INSERT INTO alipay_auth_codes(code, payer, app_id, out_trade_no, refusal) VALUES(?, ?, ?, ?, ?)", code.code,
      name_of(code.payer), code.app_id, code.out_trade_no, code.refusal);
}

Result<void> Books::update(const AuthCode& code) {
  return database_.run("UPDATE alipay_auth_codes SET app_id = ?, out_trade_no = ?, refusal = ? WHERE code = ?",
                       code.app_id, code.out_trade_no, code.refusal, code.code);
}

Result<std::optional<AuthCode>> Books::auth_code(std::string_view code) {
  constexpr auto kRead = +[](const store::Statement& row) {
    return AuthCode{std::string(row.text(0)), payer_of(row.text(1)).value_or(Payer::Rich), std::string(row.text(2)),
                    std::string(row.text(3)), std::string(row.text(4))};
  };
  return first(database_, "SELECT code, payer, app_id, out_trade_no, refusal FROM alipay_auth_codes WHERE code = ?",
               kRead, code);
}

Result<void> Books::forget_everything() {
  TRY(database_.run("DELETE FROM alipay_codes"));
  TRY(database_.run("DELETE FROM alipay_trades"));
  TRY(database_.run("DELETE FROM alipay_refunds"));
  return database_.run("DELETE FROM alipay_auth_codes");
}

}  // namespace feiqian::sandbox::alipay
