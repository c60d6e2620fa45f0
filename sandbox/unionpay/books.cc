#include "sandbox/unionpay/books.h"

#include "codec/json.h"

namespace feiqian::sandbox::unionpay {
namespace {

namespace json = codec::json;

std::string text_of(const Parameters& fields) {
  json::object object;
  for (const auto& [name, value] : fields) object[name] = value;
  return json::serialize(object);
}

Parameters fields_of(std::string_view text) {
  Parameters fields;
  const auto value = codec::parse_json(text);
  if (!value || !value->is_object()) return fields;
  for (const auto& [name, field] : value->get_object()) {
    if (field.is_string()) fields.emplace(std::string(name), std::string(field.get_string()));
  }
  return fields;
}

Order order_of(const store::Statement& row) {
  Order order;
  order.id = row.integer(0);
  order.merchant = row.text(1);
  order.order_id = row.text(2);
  order.txn_time = row.text(3);
  order.operation = row.text(4);
  order.asked = fields_of(row.text(5));
  order.amount_minor = row.integer(6);
  order.state = order_state_of(row.text(7)).value_or(OrderState::Failed);
  order.code = row.text(8);
  order.query_id = row.text(9);
  order.page = row.text(10);
  order.original = row.text(11);
  order.payer = payer_of(row.text(12));
  order.auth_code = row.text(13);
  order.created_at = {row.integer(14)};
  order.opened_at = {row.integer(15)};
  order.expires_at = {row.integer(16)};
  order.ended_at = {row.integer(17)};
  order.settles_at = {row.integer(18)};
  order.money_arrives_at = {row.integer(19)};
  order.wrong_passwords = row.integer(20);
  return order;
}

std::string_view payer_text(const Order& order) {
  return order.payer ? name_of(*order.payer) : std::string_view();
}

#define ORDER_COLUMNS                                                                                                \
  "SELECT id, merchant, order_id, txn_time, operation, asked, amount_minor, state, code, query_id, page, original, " \
  "payer, auth_code, created_at, opened_at, expires_at, ended_at, settles_at, money_arrives_at, wrong_passwords "    \
  "FROM unionpay_orders "

template <class... Values>
Result<std::vector<Order>> rows(Database& database, std::string_view sql, const Values&... values) {
  std::vector<Order> found;
  TRY(database.each(
      sql, [&](const store::Statement& row) { found.push_back(order_of(row)); }, values...));
  return found;
}

template <class... Values>
Result<std::optional<Order>> first(Database& database, std::string_view sql, const Values&... values) {
  auto found = TRY(rows(database, sql, values...));
  return found.empty() ? std::optional<Order>() : std::optional<Order>(std::move(found.front()));
}

}  // namespace

Result<void> Books::insert(Order& order) {
  return database_.each(
      "INSERT INTO unionpay_orders(merchant, order_id, txn_time, operation, asked, amount_minor, state, code, "
      "query_id, "
      "page, original, payer, auth_code, created_at, opened_at, expires_at, ended_at, settles_at, money_arrives_at, "
      "wrong_passwords) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
      [&](const store::Statement& row) { order.id = row.integer(0); }, order.merchant, order.order_id, order.txn_time,
      order.operation, text_of(order.asked), order.amount_minor, name_of(order.state), order.code, order.query_id,
      order.page, order.original, payer_text(order), order.auth_code, order.created_at, order.opened_at,
      order.expires_at, order.ended_at, order.settles_at, order.money_arrives_at, order.wrong_passwords);
}

Result<void> Books::update(const Order& order) {
  return database_.run(
      "UPDATE unionpay_orders SET state = ?, code = ?, payer = ?, opened_at = ?, ended_at = ?, settles_at = ?, "
      "money_arrives_at = ?, wrong_passwords = ? WHERE id = ?",
      name_of(order.state), order.code, payer_text(order), order.opened_at, order.ended_at, order.settles_at,
      order.money_arrives_at, order.wrong_passwords, order.id);
}

Result<std::optional<Order>> Books::order(std::string_view merchant, std::string_view order_id,
                                          std::string_view txn_time) {
  return first(database_, ORDER_COLUMNS "WHERE order_id = ? AND txn_time = ? AND merchant = ?", order_id, txn_time,
               merchant);
}

Result<std::optional<Order>> Books::by_query_id(std::string_view query_id) {
  return first(database_, ORDER_COLUMNS "WHERE query_id = ?", query_id);
}

Result<std::optional<Order>> Books::by_page(std::string_view page) {
  if (page.empty()) return std::optional<Order>();
  return first(database_, ORDER_COLUMNS "WHERE page = ?", page);
}

Result<std::vector<Order>> Books::returns_of(std::string_view query_id) {
  return rows(database_, ORDER_COLUMNS "WHERE original = ? ORDER BY id", query_id);
}

Result<std::vector<Order>> Books::payments(std::string_view order_id, std::int64_t most, std::string_view older_than) {
  return rows(database_,
              ORDER_COLUMNS
              "WHERE original = '' AND (?1 = '' OR order_id = ?1) AND (?2 = '' OR id < (SELECT id FROM unionpay_orders "
              "WHERE query_id = ?2)) ORDER BY id DESC LIMIT ?3",
              order_id, older_than, most);
}

Result<std::vector<Order>> Books::expired(Timestamp now) {
  return rows(database_, ORDER_COLUMNS "WHERE state = 'waiting' AND original = '' AND expires_at <= ? ORDER BY id",
              now);
}

Result<std::vector<Order>> Books::returns_due(Timestamp now) {
  return rows(database_, ORDER_COLUMNS "WHERE state = 'waiting' AND original <> '' AND settles_at <= ? ORDER BY id",
              now);
}

Result<std::vector<Order>> Books::with_money_arriving(Timestamp now) {
  return rows(database_, ORDER_COLUMNS "WHERE money_arrives_at > 0 AND money_arrives_at <= ? ORDER BY id", now);
}

Result<std::vector<Order>> Books::ended(std::string_view merchant, Timestamp from, Timestamp to) {
  return rows(
      database_,
      ORDER_COLUMNS
      "WHERE ended_at >= ? AND ended_at < ? AND merchant = ? AND state IN ('succeeded', 'returned') ORDER BY id",
      from, to, merchant);
}

Result<void> Books::insert(const AuthCode& code) {
  return database_.run("INSERT INTO unionpay_auth_codes(code, payer, used) VALUES(?, ?, ?)", code.code,
                       name_of(code.payer), std::int64_t{code.used});
}

Result<void> Books::update(const AuthCode& code) {
  return database_.run("UPDATE unionpay_auth_codes SET used = ? WHERE code = ?", std::int64_t{code.used}, code.code);
}

Result<std::optional<AuthCode>> Books::auth_code(std::string_view code) {
  std::optional<AuthCode> found;
  TRY(database_.each(
      "SELECT code, payer, used FROM unionpay_auth_codes WHERE code = ?",
      [&](const store::Statement& row) {
        found = AuthCode{std::string(row.text(0)), payer_of(row.text(1)).value_or(Payer::Rich), row.integer(2) != 0};
      },
      code));
  return found;
}

Result<void> Books::forget_everything() {
  TRY(database_.run("DELETE FROM unionpay_orders"));
  return database_.run("DELETE FROM unionpay_auth_codes");
}

}  // namespace feiqian::sandbox::unionpay
