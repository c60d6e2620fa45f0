// The baseline: the same payment written plainly, one transaction a request, on PostgreSQL. Each connection creates a
// payment (payment, attempt, expiry and outbox rows) and then books it as paid (payment and attempt, three ledger
// lines, the merchant's balance, event, outbox rows in and out), both durable.
//
//   postgres_baseline URL [connections] [payments] [merchants]
//
// One merchant is the hot account. Every table of the database is dropped first.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "store/postgres.h"

namespace {

using namespace feiqian;  // NOLINT(google-build-using-namespace)
using store::PostgresConnection;
using store::PostgresParameters;
using store::PostgresStatement;

constexpr const char* kSchema = R"sql(
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
CREATE TABLE payment (id bigint PRIMARY KEY, merchant bigint NOT NULL, order_no text NOT NULL, state int NOT NULL,
  amount bigint NOT NULL, currency text NOT NULL, subject text NOT NULL, fee bigint NOT NULL, created_at bigint NOT NULL,
  paid_at bigint);
CREATE UNIQUE INDEX ON payment (merchant, order_no);
CREATE TABLE attempt (id bigint PRIMARY KEY, payment bigint NOT NULL, channel bigint NOT NULL, state int NOT NULL,
  trade_no text NOT NULL, created_at bigint NOT NULL);
CREATE INDEX ON attempt (payment);
CREATE TABLE task (id bigint PRIMARY KEY, kind text NOT NULL, subject bigint NOT NULL, due_at bigint NOT NULL);
CREATE TABLE account (id bigint PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payment bigint NOT NULL, account bigint NOT NULL,
  amount bigint NOT NULL, balance bigint);
CREATE INDEX ON line (account);
CREATE TABLE event (id bigint PRIMARY KEY, merchant bigint NOT NULL, payment bigint NOT NULL, body text NOT NULL);
CREATE INDEX ON event (merchant);
)sql";

/// One connection's statements, run one by one as a service with a database does it.
class Client {
 public:
  explicit Client(const char* url) : connection_(PostgresConnection::open(url).value()) {}

  void create(std::int64_t id, std::int64_t merchant) {
    run(begin_, {});
    run(add_payment_, {id, merchant}, fmt::format("B{}", id));
    run(add_attempt_, {id});
    run(add_task_, {id * 4}, "payment.expire");
    run(add_task_, {id * 4 + 1}, "attempt.pay");
    run(commit_, {});
  }
  void pay(std::int64_t id, std::int64_t merchant) {
    run(begin_, {});
    run(lock_payment_, {id});
    run(set_payment_, {id});
    run(set_attempt_, {id});
    run(drop_tasks_, {id * 4});
    run(add_line_, {id, 1, 12800});
    run(add_line_, {id, 2, -77});
    run(add_balance_, {merchant, id});
    run(add_event_, {id, merchant});
    run(add_task_, {id * 4 + 2}, "webhook.deliver");
    run(commit_, {});
  }

 private:
  void run(PostgresStatement& statement, std::initializer_list<std::int64_t> numbers, const std::string& text = {}) {
    PostgresParameters parameters;
    for (const auto number : numbers) parameters.add(number);
    if (!text.empty()) parameters.add_text(text);
    connection_.query(statement, parameters).value();
  }

  PostgresConnection connection_;
  PostgresStatement begin_{"BEGIN"}, commit_{"COMMIT"};
  PostgresStatement add_payment_{
      "INSERT INTO payment VALUES ($1::bigint, $2::bigint, $3::text, 1, 12800, 'CNY', '龙井茶 250 克', 0, 1, NULL)"};
  PostgresStatement add_attempt_{"INSERT INTO attempt VALUES ($1::bigint, $1::bigint, 1, 1, '', 1)"};
  PostgresStatement add_task_{"INSERT INTO task VALUES ($1::bigint, $2::text, $1::bigint, 1)"};
  PostgresStatement lock_payment_{"SELECT * FROM payment WHERE id = $1::bigint FOR UPDATE"};
  PostgresStatement set_payment_{"UPDATE payment SET state = 2, fee = 77, paid_at = 2 WHERE id = $1::bigint"};
  PostgresStatement set_attempt_{
      "UPDATE attempt SET state = 3, trade_no = '2026112222001400000000000001' WHERE id = $1::bigint"};
  PostgresStatement drop_tasks_{"DELETE FROM task WHERE id IN ($1::bigint, $1::bigint + 1)"};
  PostgresStatement add_line_{
      "INSERT INTO line (payment, account, amount) VALUES ($1::bigint, $2::bigint, $3::bigint)"};
  PostgresStatement add_balance_{
      "WITH a AS (UPDATE account SET balance = balance + 12723 WHERE id = $1::bigint RETURNING balance) INSERT INTO "
      "line "
      "(payment, account, amount, balance) SELECT $2::bigint, $1::bigint, 12723, balance FROM a"};
  PostgresStatement add_event_{
      "INSERT INTO event VALUES ($1::bigint, $2::bigint, $1::bigint, repeat('{\"state\":\"paid\"}', 20))"};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const char* url = argv[1];
  const int connections = argc > 2 ? std::atoi(argv[2]) : 32;
  const std::int64_t payments = argc > 3 ? std::atoll(argv[3]) : 30000;
  const std::int64_t merchants = argc > 4 ? std::atoll(argv[4]) : 10000;
  auto setup = PostgresConnection::open(url).value();
  setup.execute(kSchema).value();
  setup.execute(fmt::format("INSERT INTO account SELECT i, 0 FROM generate_series(1, {}) i", merchants)).value();
  setup.execute("ANALYZE").value();
  std::atomic<std::int64_t> next{0};
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      Client client(url);
      for (std::int64_t id = ++next; id <= payments; id = ++next) {
        const auto merchant = 1 + (id * 7919) % merchants;
        client.create(id, merchant);
        client.pay(id, merchant);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("one transaction a request: {} connections, {} merchants: {:.0f} payments/s\n", connections, merchants,
             static_cast<double>(payments) / seconds);
}
