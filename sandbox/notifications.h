// Asynchronous notifications to the merchant's address: an outbox that survives a restart, the provider's retry
// schedule, and the faults that happen on the way. A notification is enqueued in the transaction of the change it tells
// of; it is composed (signed, timed) anew for each try by the counterparty it belongs to.
//
//   pending → acknowledged            the address answered as the provider demands
//           → pending … → exhausted   not so; tried again along the schedule, then given up
//
// `enqueue`, `of_trade` and `list` are called inside Database::transact; `pump` and `flush` outside it, from any
// thread. Only loopback addresses are delivered to.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "foundation/text.h"
#include "foundation/time.h"
#include "net/http_client.h"
#include "sandbox/database.h"
#include "sandbox/faults.h"

namespace feiqian::sandbox {

struct Notification {
  std::int64_t id = 0;
  std::string channel;  ///< the counterparty that sends it
  std::string trade_no;
  std::string out_trade_no;
  std::string method;  ///< what the merchant called; fault rules name it
  std::string about;   ///< `payment` or `refund`
  std::string url;
  FormFields fields;  ///< of the provider's protocol, unsigned
  std::string state = "pending";
  std::int64_t attempts = 0;
  std::int64_t failures = 0;
  std::int64_t last_status = 0;  ///< HTTP status of the last try; 0: no answer
  std::string last_problem;
  Timestamp next_at;
  Timestamp created_at;
};
codec::json::object to_json(const Notification& notification);

/// What a fault does to one delivery.
struct Tampering {
  std::int64_t amount_minor = 0;
  bool wrong_signature = false;
};

/// The provider's side of a delivery.
class NotificationFormat {
 public:
  virtual ~NotificationFormat() = default;
  virtual net::ClientRequest compose(const Notification& notification, const Tampering& tampering,
                                     Timestamp now) const = 0;
  virtual bool acknowledged(const net::HttpResponse& response) const = 0;
};

/// A literal loopback address or `localhost`.
bool is_loopback_url(std::string_view url);

class Notifications {
 public:
  static constexpr std::string_view kSchema =
      "CREATE TABLE IF NOT EXISTS notifications(id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, trade_no "
      "TEXT NOT NULL,"
      " out_trade_no TEXT NOT NULL, method TEXT NOT NULL, about TEXT NOT NULL, url TEXT NOT NULL, fields TEXT NOT "
      "NULL, state TEXT NOT NULL,"
      " attempts INTEGER NOT NULL, failures INTEGER NOT NULL, copies INTEGER NOT NULL, held INTEGER NOT NULL, "
      "last_status INTEGER NOT NULL,"
      " last_problem TEXT NOT NULL, next_at INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT;"
      "CREATE INDEX IF NOT EXISTS notifications_due ON notifications(next_at) WHERE state = 'pending';"
      "CREATE INDEX IF NOT EXISTS notifications_of_trade ON notifications(trade_no);";

  /// `schedule_ms`: the waits between tries; after as many retries as it has entries a notification is given up.
  Notifications(Database& database, Faults& faults, net::HttpClient& client, const Clock& clock,
                std::vector<std::int64_t> schedule_ms);

  /// Before the first pump.
  void add_format(std::string channel, const NotificationFormat& format) {
    formats_.emplace_back(std::move(channel), &format);
  }

  Result<void> enqueue(const Notification& notification);
  Result<std::vector<Notification>> of_trade(const std::string& trade_no);
  /// The newest first.
  Result<std::vector<Notification>> list(std::int64_t most);

  Result<void> forget_everything();

  /// Sends whatever is due and not already on its way.
  void pump();
  /// Makes everything pending due now; calls `done` when nothing is on its way any more.
  void flush(std::function<void()> done);

 private:
  struct Delivery {
    Notification notification;
    Tampering tampering;
  };
  Result<std::vector<Delivery>> take_due();
  /// False when a fault keeps the notification from being sent now.
  Result<bool> apply_faults(const Notification& notification, Tampering& tampering);
  void send(Delivery delivery);
  Result<void> record(const Notification& notification, const Result<net::HttpResponse>& answer);
  Result<void> record_acknowledged(const Notification& notification);
  Result<void> record_failed(const Notification& notification, std::int64_t status, std::string_view problem);
  const NotificationFormat* format_of(const std::string& channel) const;
  void finish(std::int64_t id);

  Database& database_;
  Faults& faults_;
  net::HttpClient& client_;
  const Clock& clock_;
  const std::vector<std::int64_t> schedule_ms_;
  std::vector<std::pair<std::string, const NotificationFormat*>> formats_;

  std::mutex pumping_;  // taken around a transaction, never inside one
  std::mutex mutex_;    // taken inside a transaction, never around one
  std::set<std::int64_t> on_their_way_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace feiqian::sandbox
