#include "payments/executors.h"

#include "foundation/log.h"
#include "payments/record_outcome.h"
#include "payments/refund.h"

namespace feiqian::payments {

using channels::TradeOutcome;
using channels::TradeState;

namespace {

int number_of(OutcomeSource source) {
  return static_cast<int>(source);
}

TradeOutcome no_channel() {
  TradeOutcome outcome;
  outcome.code = "channel.not_configured";
  outcome.message = "the channel is not configured on this node";
  return outcome;
}

}  // namespace

Executors::Executors(engine::Engine& engine, engine::ReadPool& reads, const channels::Channels& channels,
                     engine::Timer timer, ChannelAddresses addresses)
    : engine_(&engine),
      reads_(&reads),
      channels_(&channels),
      timer_(std::move(timer)),
      addresses_(std::move(addresses)) {}

void Executors::install(engine::TaskRunner& runner) {
  constexpr int kAtOnce = 256;
  constexpr int kPerChannel = 128;
  for (const char* kind : {task_kinds::kPay, task_kinds::kQuery, task_kinds::kClose, task_kinds::kCancel}) {
    runner.handle(kind, kAtOnce, kPerChannel,
                  [this](const engine::TaskRow& task, Done done) { run_attempt(task, std::move(done)); });
  }
  for (const char* kind : {task_kinds::kRefundSend, task_kinds::kRefundQuery}) {
    runner.handle(kind, kAtOnce, kPerChannel,
                  [this](const engine::TaskRow& task, Done done) { run_refund(task, std::move(done)); });
  }
  runner.handle(task_kinds::kExpire, kAtOnce, kAtOnce, [this](const engine::TaskRow& task, Done done) {
    engine::submit_surely(*engine_, timer_, ClosePayment{std::nullopt, PaymentId{task.subject}, CloseReason::Expired},
                          [done = std::move(done)](const auto&) { done(); });
  });
}

channels::PayOrder Executors::order_of(const PaymentRow& payment, const AttemptRow& attempt,
                                       std::string return_url) const {
  channels::PayOrder order;
  order.number = attempt.id.text();
  order.amount = {payment.amount_minor, payment.currency};
  order.subject = payment.subject;
  order.scene = attempt.scene;
  order.auth_code = attempt.auth_code;
  (attempt.scene == channels::Scene::Jsapi ? order.payer_id : order.payer_address) = attempt.payer;
  order.expires_at = payment.expires_at;
  order.notify_url = addresses_.notify_base + attempt.method + "/notify";
  order.return_url = std::move(return_url);
  return order;
}

void Executors::record(AttemptId attempt, TradeOutcome outcome, int source, Done done) {
  engine::submit_surely(*engine_, timer_,
                        RecordOutcome{attempt, std::move(outcome), static_cast<OutcomeSource>(source)},
                        [done = std::move(done)](const auto&) { done(); });
}

void Executors::run_attempt(const engine::TaskRow& task, Done done) {
  const bool posted = reads_->post([this, task, done](store::Reader& reader) {
    const auto attempt = store::Query(kAttempts).equal<&AttemptRow::id>(AttemptId{task.subject}).first(reader);
    if (!attempt || !attempt.value() || attempt.value()->task != task.id) {
      done();
      return;
    }
    const auto& row = **attempt;
    const auto payment = store::Query(kPayments).equal<&PaymentRow::id>(row.payment).first(reader);
    if (!payment || !payment.value()) {
      done();
      return;
    }
    auto* channel = channels_->find(row.method);
    if (channel == nullptr) {
      record(row.id, no_channel(), number_of(OutcomeSource::Query), done);
    } else if (task.kind == task_kinds::kPay) {
      pay(task, **payment, row, *channel, done);
    } else if (task.kind == task_kinds::kClose) {
      close(row, *channel, done);
    } else if (task.kind == task_kinds::kCancel) {
      channel->cancel(row.id.text(), [this, id = row.id, done](TradeOutcome outcome) {
        record(id, std::move(outcome), number_of(OutcomeSource::Cancel), done);
      });
    } else {
      channel->query(row.id.text(), [this, id = row.id, done](TradeOutcome outcome) {
        record(id, std::move(outcome), number_of(OutcomeSource::Query), done);
      });
    }
  });
  if (!posted) done();
}

void Executors::pay(const engine::TaskRow& task, const PaymentRow& payment, const AttemptRow& attempt,
                    channels::Channel& channel, Done done) {
  auto send = [this, order = order_of(payment, attempt), id = attempt.id, &channel, done] {
    channel.pay(order, [this, id, done](TradeOutcome outcome) {
      record(id, std::move(outcome), number_of(OutcomeSource::Pay), done);
    });
  };
  // A barcode task from before this start, or of another node, counts as tried: it may have been sent already, its
  // answer lost with the process. Ask first.
  const bool first_try = task.tries == 0;
  if (attempt.scene != channels::Scene::Barcode || first_try) {
    send();
    return;
  }
  channel.query(attempt.id.text(), [this, id = attempt.id, send = std::move(send), done](TradeOutcome outcome) {
    if (outcome.state == TradeState::NotFound) {
      send();
    } else {
      record(id, std::move(outcome), number_of(OutcomeSource::Query), done);
    }
  });
}

void Executors::close(const AttemptRow& attempt, channels::Channel& channel, Done done) {
  // Ask before closing: the payer may have paid meanwhile.
  channel.query(attempt.id.text(), [this, id = attempt.id, &channel, done](TradeOutcome found) {
    if (found.state == TradeState::Paid || found.state == TradeState::Closed) {
      record(id, std::move(found), number_of(OutcomeSource::Query), done);
      return;
    }
    channel.close(id.text(), [this, id, done](TradeOutcome outcome) {
      record(id, std::move(outcome), number_of(OutcomeSource::Close), done);
    });
  });
}

void Executors::run_refund(const engine::TaskRow& task, Done done) {
  const bool posted = reads_->post([this, task, done](store::Reader& reader) {
    const auto refund = store::Query(kRefunds).equal<&RefundRow::id>(RefundId{task.subject}).first(reader);
    if (!refund || !refund.value() || refund.value()->task != task.id) {
      done();
      return;
    }
    const auto& row = **refund;
    const auto attempt = store::Query(kAttempts).equal<&AttemptRow::id>(row.attempt).first(reader);
    auto* channel = attempt && attempt.value() ? channels_->find(attempt.value()->method) : nullptr;
    const bool from_query = task.kind == task_kinds::kRefundQuery;
    auto finish = [this, id = row.id, from_query, done](channels::RefundOutcome outcome) {
      engine::submit_surely(*engine_, timer_, RecordRefundOutcome{id, std::move(outcome), from_query},
                            [done](const auto&) { done(); });
    };
    if (channel == nullptr) {
      finish({channels::RefundState::Unknown, "channel.not_configured", ""});
      return;
    }
    channels::RefundOrder order{row.attempt.text(), row.id.text(), {row.amount_minor, row.currency}, row.reason};
    // An attempt counts as paid only with the payment's very amount.
    const auto payment = store::Query(kPayments).equal<&PaymentRow::id>(row.payment).first(reader);
    if (payment && payment.value()) order.paid = money::Money{payment.value()->amount_minor, payment.value()->currency};
    if (from_query) {
      channel->query_refund(order, finish);
    } else {
      channel->refund(order, finish);
    }
  });
  if (!posted) done();
}

}  // namespace feiqian::payments
