// Performs the tasks of payments: calls to channels, expiries. Each call's outcome goes back as a command in whose
// commit the task ends or is put off.
#pragma once

#include <string>

#include "channels/channel.h"
#include "engine/read_pool.h"
#include "engine/surely.h"
#include "engine/task_runner.h"
#include "payments/tables.h"

namespace feiqian::payments {

/// What a channel is told about an attempt.
struct ChannelAddresses {
  std::string notify_base;  ///< the channel's code is appended: `https://…/channels/` + `alipay` + `/notify`
};

class Executors {
 public:
  Executors(engine::Engine& engine, engine::ReadPool& reads, const channels::Channels& channels, engine::Timer timer,
            ChannelAddresses addresses);

  void install(engine::TaskRunner& runner);

  channels::PayOrder order_of(const PaymentRow& payment, const AttemptRow& attempt, std::string return_url = {}) const;

 private:
  using Done = std::function<void()>;
  void run_attempt(const engine::TaskRow& task, Done done);
  void run_refund(const engine::TaskRow& task, Done done);
  void pay(const engine::TaskRow& task, const PaymentRow& payment, const AttemptRow& attempt,
           channels::Channel& channel, Done done);
  void close(const AttemptRow& attempt, channels::Channel& channel, Done done);
  void record(AttemptId attempt, channels::TradeOutcome outcome, int source, Done done);

  engine::Engine* engine_;
  engine::ReadPool* reads_;
  const channels::Channels* channels_;
  engine::Timer timer_;
  ChannelAddresses addresses_;
};

}  // namespace feiqian::payments
