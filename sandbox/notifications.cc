#include "sandbox/notifications.h"

#include <algorithm>

#include "foundation/log.h"

namespace feiqian::sandbox {
namespace {

namespace json = codec::json;

constexpr std::int64_t kCopiesOfRepeat = 2;  // after the first delivery
constexpr std::int64_t kBatch = 64;
constexpr std::int64_t kClaimMs = 30000;

std::string fields_to_text(const FormFields& fields) {
  json::object object;
  for (const auto& [name, value] : fields) object[name] = value;
  return json::serialize(object);
}

FormFields fields_from_text(std::string_view text) {
  FormFields fields;
  const auto value = codec::parse_json(text);
  if (!value || !value->is_object()) return fields;
  for (const auto& [name, field] : value->get_object()) {
    if (field.is_string()) fields.emplace_back(std::string(name), std::string(field.get_string()));
  }
  return fields;
}

constexpr std::string_view kSelectDue =
    "SELECT id, channel, trade_no, out_trade_no, method, about, url, fields, state, attempts, failures, last_status, "
    "last_problem, next_at,"
    " created_at FROM notifications WHERE state = 'pending' AND next_at <= ? ORDER BY id LIMIT ?";
constexpr std::string_view kSelectOfTrade =
    "SELECT id, channel, trade_no, out_trade_no, method, about, url, fields, state, attempts, failures, last_status, "
    "last_problem, next_at,"
    " created_at FROM notifications WHERE trade_no = ? ORDER BY id";
constexpr std::string_view kSelectNewest =
    "SELECT id, channel, trade_no, out_trade_no, method, about, url, fields, state, attempts, failures, last_status, "
    "last_problem, next_at,"
    " created_at FROM notifications ORDER BY id DESC LIMIT ?";

Notification notification_of(const store::Statement& row) {
  Notification made;
  made.id = row.integer(0);
  made.channel = row.text(1);
  made.trade_no = row.text(2);
  made.out_trade_no = row.text(3);
  made.method = row.text(4);
  made.about = row.text(5);
  made.url = row.text(6);
  made.fields = fields_from_text(row.text(7));
  made.state = row.text(8);
  made.attempts = row.integer(9);
  made.failures = row.integer(10);
  made.last_status = row.integer(11);
  made.last_problem = row.text(12);
  made.next_at = {row.integer(13)};
  made.created_at = {row.integer(14)};
  return made;
}

}  // namespace

json::object to_json(const Notification& notification) {
  json::object object{{"id", notification.id},
                      {"channel", notification.channel},
                      {"out_trade_no", notification.out_trade_no},
                      {"trade_no", notification.trade_no},
                      {"about", notification.about},
                      {"url", notification.url},
                      {"state", notification.state},
                      {"attempts", notification.attempts},
                      {"last_status", notification.last_status},
                      {"last_problem", notification.last_problem},
                      {"created_at", to_rfc3339(notification.created_at)}};
  if (notification.state == "pending") object["next_at"] = to_rfc3339(notification.next_at);
  return object;
}

bool is_loopback_url(std::string_view text) {
  const auto url = net::Url::parse(text);
  // The parser takes 127.0.0.1.example.com for an address followed by a target without a slash.
  if (!url || !url->target.starts_with("/")) return false;
  const auto& host = url->host;
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

Notifications::Notifications(Database& database, Faults& faults, net::HttpClient& client, const Clock& clock,
                             std::vector<std::int64_t> schedule_ms)
    : database_(database), faults_(faults), client_(client), clock_(clock), schedule_ms_(std::move(schedule_ms)) {}

Result<void> Notifications::enqueue(const Notification& notification) {
  const auto now = clock_.now();
  return database_.run(
      "INSERT INTO notifications(channel, trade_no, out_trade_no, method, about, url, fields, state, attempts, "
      "failures, copies, held, last_status,"
      " last_problem, next_at, created_at) VALUES(?, ?, ?, ?, ?, ?, ?, 'pending', 0, 0, 0, 0, 0, '', ?, ?)",
      notification.channel, notification.trade_no, notification.out_trade_no, notification.method, notification.about,
      notification.url, fields_to_text(notification.fields), now, now);
}

Result<std::vector<Notification>> Notifications::of_trade(const std::string& trade_no) {
  std::vector<Notification> found;
  TRY(database_.each(
      kSelectOfTrade, [&](const store::Statement& row) { found.push_back(notification_of(row)); }, trade_no));
  return found;
}

Result<std::vector<Notification>> Notifications::list(std::int64_t most) {
  std::vector<Notification> found;
  TRY(database_.each(
      kSelectNewest, [&](const store::Statement& row) { found.push_back(notification_of(row)); }, most));
  return found;
}

Result<void> Notifications::forget_everything() {
  return database_.run("DELETE FROM notifications");
}

Result<bool> Notifications::apply_faults(const Notification& n, Tampering& tampering) {
  if (n.attempts == 0) {
    if (const auto reorder = TRY(faults_.draw(FaultKind::NotifyReorder, n.method, n.out_trade_no))) {
      // Counted as a try that never left, so that the rule is not asked again.
      TRY(
          database_.run("UPDATE notifications SET attempts = 1, held = 1, next_at = ?, last_problem = 'held back by a "
                        "fault' WHERE id = ?",
                        clock_.now().plus_ms(reorder->delay_ms), n.id));
      return false;
    }
    if (TRY(faults_.draw(FaultKind::NotifyRepeat, n.method, n.out_trade_no))) {
      TRY(database_.run("UPDATE notifications SET copies = ? WHERE id = ?", kCopiesOfRepeat, n.id));
    }
  }
  if (TRY(faults_.draw(FaultKind::NotifyDrop, n.method, n.out_trade_no))) {
    TRY(record_failed(n, 0, "dropped by a fault"));
    return false;
  }
  if (const auto wrong = TRY(faults_.draw(FaultKind::NotifyWrongAmount, n.method, n.out_trade_no)))
    tampering.amount_minor = wrong->minor;
  if (TRY(faults_.draw(FaultKind::NotifyBadSignature, n.method, n.out_trade_no))) tampering.wrong_signature = true;
  return true;
}

Result<std::vector<Notifications::Delivery>> Notifications::take_due() {
  return database_.transact([&]() -> Result<std::vector<Delivery>> {
    std::vector<Notification> due;
    TRY(database_.each(
        kSelectDue, [&](const store::Statement& row) { due.push_back(notification_of(row)); }, clock_.now(), kBatch));
    std::vector<Delivery> deliveries;
    for (auto& notification : due) {
      {
        const std::lock_guard lock(mutex_);
        if (on_their_way_.contains(notification.id)) continue;
      }
      Tampering tampering;
      if (!TRY(apply_faults(notification, tampering))) continue;
      // Out of the way of the next pump; due again if the process ends before an answer is recorded.
      TRY(database_.run("UPDATE notifications SET next_at = ? WHERE id = ?", clock_.now().plus_ms(kClaimMs),
                        notification.id));
      deliveries.push_back({std::move(notification), tampering});
    }
    return deliveries;
  });
}

void Notifications::pump() {
  std::vector<Delivery> deliveries;
  {
    const std::lock_guard one_at_a_time(pumping_);
    auto due = take_due();
    if (due) {
      deliveries = std::move(due).value();
    } else {
      log::error("sandbox.notifications_failed", {{"error", due.error()}});
    }
    const std::lock_guard lock(mutex_);
    for (const auto& delivery : deliveries) on_their_way_.insert(delivery.notification.id);
  }
  for (auto& delivery : deliveries) send(std::move(delivery));
  std::vector<std::function<void()>> idle;
  {
    const std::lock_guard lock(mutex_);
    if (on_their_way_.empty()) idle.swap(waiting_);
  }
  for (const auto& done : idle) done();
}

void Notifications::flush(std::function<void()> done) {
  const auto made_due = database_.transact([&]() -> Result<void> {
    // One held back goes when another of its trade was delivered; alone it goes now.
    return database_.run(
        "UPDATE notifications SET next_at = ? WHERE state = 'pending' AND (held = 0 OR NOT EXISTS (SELECT 1 FROM "
        "notifications"
        " AS other WHERE other.trade_no = notifications.trade_no AND other.held = 0 AND other.state = 'pending'))",
        clock_.now());
  });
  if (!made_due) log::error("sandbox.notifications_failed", {{"error", made_due.error()}});
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
  }
  pump();
}

const NotificationFormat* Notifications::format_of(const std::string& channel) const {
  const auto found =
      std::find_if(formats_.begin(), formats_.end(), [&](const auto& entry) { return entry.first == channel; });
  return found == formats_.end() ? nullptr : found->second;
}

void Notifications::send(Delivery delivery) {
  const auto& notification = delivery.notification;
  const auto* format = format_of(notification.channel);
  const auto id = notification.id;
  if (format == nullptr || !is_loopback_url(notification.url)) {
    const auto recorded =
        database_.transact([&] { return record_failed(notification, 0, "the address is not on loopback"); });
    if (!recorded) log::error("sandbox.notifications_failed", {{"error", recorded.error()}});
    const std::lock_guard lock(mutex_);
    on_their_way_.erase(id);
    return;
  }
  auto request = format->compose(notification, delivery.tampering, clock_.now());
  client_.send(std::move(request), [this, sent = notification](const Result<net::HttpResponse>& answer) {
    const auto recorded = database_.transact([&] { return record(sent, answer); });
    if (!recorded) log::error("sandbox.notifications_failed", {{"error", recorded.error()}});
    finish(sent.id);
  });
}

void Notifications::finish(std::int64_t id) {
  {
    const std::lock_guard lock(mutex_);
    on_their_way_.erase(id);
  }
  pump();
}

Result<void> Notifications::record(const Notification& notification, const Result<net::HttpResponse>& answer) {
  if (!answer) return record_failed(notification, 0, answer.error().text());
  const auto* format = format_of(notification.channel);
  if (format != nullptr && format->acknowledged(answer.value())) {
    TRY(database_.run("UPDATE notifications SET last_status = ? WHERE id = ?", answer.value().status, notification.id));
    return record_acknowledged(notification);
  }
  return record_failed(notification, answer.value().status,
                       "not acknowledged: " + utf8_prefix(answer.value().body, 80));
}

Result<void> Notifications::record_acknowledged(const Notification& n) {
  const auto now = clock_.now();
  TRY(
      database_.run("UPDATE notifications SET attempts = attempts + 1, state = CASE WHEN copies > 0 THEN 'pending' "
                    "ELSE 'acknowledged' END,"
                    " copies = max(copies - 1, 0), held = 0, next_at = ?, last_problem = '' WHERE id = ?",
                    now, n.id));
  return database_.run(
      "UPDATE notifications SET held = 0, next_at = ? WHERE trade_no = ? AND held = 1 AND state = 'pending' AND id <> "
      "?",
      now, n.trade_no, n.id);
}

Result<void> Notifications::record_failed(const Notification& n, std::int64_t status, std::string_view problem) {
  const auto retry = static_cast<std::size_t>(n.failures);
  const bool again = retry < schedule_ms_.size();
  return database_.run(
      "UPDATE notifications SET attempts = attempts + 1, failures = failures + 1, state = ?, held = 0, next_at = ?, "
      "last_status = ?, last_problem = ?"
      " WHERE id = ?",
      again ? "pending" : "exhausted", clock_.now().plus_ms(again ? schedule_ms_[retry] : 0), status, problem, n.id);
}

}  // namespace feiqian::sandbox
