// For tests: a platform in one hand. A merchant with a contract (alipay and wechatpay, 0.60 % to the merchant, fee
// returned on refunds, 1.00 to 50,000.00 yuan, 100,000.00 a day), two channels (0.20 % to us, cost returned), books
// under seal, a clock that stands still.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "channels/registry.h"
#include "engine/set_parameter.h"
#include "engine/testing/harness.h"
#include "ledger/books.h"
#include "ledger/holds.h"
#include "ledger/seal.h"
#include "parties/merchants.h"
#include "payments/create_payment.h"
#include "payments/deliveries.h"
#include "payments/record_outcome.h"
#include "payments/refund.h"

namespace feiqian::payments::testing {

using channels::TradeState;
using engine::testing::code_of;
using engine::testing::kStart;
using engine::testing::must;

inline constexpr Date kToday{20261122};

class Platform {
 public:
  Platform() {
    merchant = must(run(parties::CreateMerchant{"Tea House", "https://shop.example/hook", 0}));
    parties::ContractRow terms;
    terms.merchant = merchant;
    terms.methods = "alipay,wechatpay";
    terms.least_minor = 100;
    terms.most_minor = 5000000;
    terms.most_daily_minor = 10000000;
    terms.effective_from = Date{20260101};
    contract = must(run(parties::CreateContract{terms}));
    alipay = must(run(channels::RegisterChannel{"alipay", true}));
    wechatpay = must(run(channels::RegisterChannel{"wechatpay", true}));
    add_rule(contract.value, "", 6000);
    add_rule(alipay.value, "", 2000);
    add_rule(wechatpay.value, "", 2000);
  }

  parties::MerchantId merchant;   // NOLINT(readability-identifier-naming)
  parties::ContractId contract;   // NOLINT(readability-identifier-naming)
  channels::ChannelId alipay;     // NOLINT(readability-identifier-naming)
  channels::ChannelId wechatpay;  // NOLINT(readability-identifier-naming)

 private:
  ledger::LedgerSeal seal_{{2, 1000}};  // small pages, so that there are some

 public:
  engine::testing::Harness harness{{&seal_}};  // NOLINT(readability-identifier-naming)
  ManualClock& clock = harness.clock;          // NOLINT(readability-identifier-naming)

  template <class Command>
  Result<typename Command::Reply> run(Command command) {
    return harness.run(std::move(command));
  }

  void add_rule(std::int64_t list, const std::string& method, std::int64_t ppm, Date from = Date{20260101}) {
    pricing::FeeRuleRow rule;
    rule.price_list = list;
    rule.method = method;
    rule.rate_ppm = ppm;
    rule.effective_from = from;
    must(run(pricing::CreateFeeRule{rule}));
  }
  /// A further contract that takes over from `from`.
  void change_contract(const std::function<void(parties::ContractRow&)>& change, Date from = kToday) {
    auto terms = harness.get(parties::kContracts, contract);
    terms.effective_from = from;
    change(terms);
    const auto before = contract;
    contract = must(run(parties::CreateContract{terms}));
    for (auto rule : harness.all(pricing::kFeeRules)) {
      if (rule.price_list != before.value) continue;
      rule.price_list = contract.value;
      must(run(pricing::CreateFeeRule{rule}));
    }
  }
  void set_parameter(const std::string& name, std::int64_t value) {
    must(run(engine::SetParameter{name, value, Date{20260101}}));
  }

  CreatePayment order(const std::string& number = "S-1", Mode mode = Mode::Qr, std::int64_t amount = 100000) const {
    CreatePayment command;
    command.merchant = merchant;
    command.merchant_order_no = number;
    command.amount = {amount, money::kCny};
    command.subject = "龙井茶";
    command.mode = mode;
    if (mode != Mode::Redirect) command.method = "alipay";
    if (mode == Mode::Barcode) command.auth_code = "280000000000000001";
    if (mode == Mode::Jsapi) command.payer = "oOpenId";
    return command;
  }
  PaymentView create(const std::string& number = "S-1", Mode mode = Mode::Qr, std::int64_t amount = 100000) {
    return must(run(order(number, mode, amount)));
  }
  /// Of a created QR payment that the channel knows.
  AttemptId pending(const std::string& number = "S-1", Mode mode = Mode::Qr, std::int64_t amount = 100000) {
    const auto id = create(number, mode, amount).attempt->id;
    must(say(id, TradeState::AwaitingPayer, OutcomeSource::Pay));
    return id;
  }
  PaymentId paid(const std::string& number = "S-1", std::int64_t amount = 100000) {
    const auto view = create(number, Mode::Qr, amount);
    must(say(view.attempt->id, TradeState::Paid));
    return view.payment.id;
  }
  /// What a channel says about an attempt; with Paid, the payment's amount.
  Result<PaymentView> say(AttemptId id, TradeState state, OutcomeSource source = OutcomeSource::Query) {
    return run(RecordOutcome{id, outcome(id, state), source});
  }
  channels::TradeOutcome outcome(AttemptId id, TradeState state) {
    channels::TradeOutcome said;
    said.state = state;
    if (state == TradeState::Paid) {
      const auto row = payment(attempt(id).payment);
      said.paid = money::Money{row.amount_minor, row.currency};
      said.trade_no = "T-" + id.text();
    }
    if (state == TradeState::AwaitingPayer) said.qr_code = "https://pay.example/" + id.text();
    if (state == TradeState::Failed || state == TradeState::Unknown) {
      said.code = "channel.said";
      said.message = "so it said";
    }
    return said;
  }
  Result<RefundRow> refund(PaymentId id, std::int64_t amount, const std::string& number = "R-1") {
    return run(AcceptRefund{merchant, id, number, amount, "returned"});
  }
  Result<RefundRow> refund_says(RefundId id, channels::RefundState state, bool from_query = false) {
    return run(RecordRefundOutcome{
        id, {state, state == channels::RefundState::Failed ? "channel.refused" : "", ""}, from_query});
  }

  /// Holds a part of what is pending for the merchant.
  Result<ledger::HoldRow> hold(std::int64_t amount) {
    for (const auto& row : harness.all(ledger::kAccounts)) {
      if (row.code == 2202 && row.owner == merchant.value) return run(ledger::PlaceHold{row.id, amount, 7, 3600});
    }
    return Error(errors::kAccountNotFound);
  }

  PaymentRow payment(PaymentId id) { return harness.get(kPayments, id); }
  AttemptRow attempt(AttemptId id) { return harness.get(kAttempts, id); }
  RefundRow refund_row(RefundId id) { return harness.get(kRefunds, id); }

  /// `kind@seconds from now` of every task, sorted.
  std::vector<std::string> tasks() {
    std::vector<std::string> tasks;
    for (const auto& row : harness.all(engine::kTasks))
      tasks.push_back(row.kind + "@" + std::to_string((row.due_at.us - clock.now().us) / 1000000));
    std::sort(tasks.begin(), tasks.end());
    return tasks;
  }
  /// Tasks of one subject.
  std::vector<std::string> tasks_of(std::int64_t subject) {
    std::vector<std::string> tasks;
    for (const auto& row : harness.all(engine::kTasks)) {
      if (row.subject == subject)
        tasks.push_back(row.kind + "@" + std::to_string((row.due_at.us - clock.now().us) / 1000000));
    }
    return tasks;
  }
  /// `event amount` of every voucher, in order; a red reversal begins with `-`.
  std::vector<std::string> vouchers() {
    std::vector<std::string> vouchers;
    must(ledger::visit_vouchers(*harness.reader(), ledger::VoucherId(), [&](const ledger::VoucherView& voucher) {
      const auto amount = voucher.lines.front().amount_minor;
      vouchers.push_back((voucher.reverses ? "-" : "") + voucher.event + " " +
                         std::to_string(amount < 0 ? -amount : amount));
      return true;
    }));
    return vouchers;
  }
  std::vector<std::string> events() {
    std::vector<std::string> events;
    for (const auto& row : harness.all(kEvents)) events.push_back(row.type);
    return events;
  }
  std::vector<std::string> incidents() {
    std::vector<std::string> incidents;
    for (const auto& row : harness.all(kIncidents)) incidents.push_back(row.kind);
    return incidents;
  }
  /// Balance of all accounts of a code.
  std::int64_t balance(int code) {
    std::int64_t sum = 0;
    for (const auto& row : harness.all(ledger::kAccounts)) {
      if (row.code != code) continue;
      sum += ledger::balance_of(*ledger::find_in_chart(code), harness.get(ledger::kBalances, row.id));
    }
    return sum;
  }
  /// Nothing wrong with the books.
  std::vector<std::string> problems() { return must(ledger::verify(*harness.reader())).problems; }
};

using Strings = std::vector<std::string>;

}  // namespace feiqian::payments::testing
