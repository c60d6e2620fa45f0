#include "payments/create_payment.h"

#include "parties/merchants.h"
#include "payments/detail/steps.h"

namespace feiqian::payments {
namespace {

constexpr std::size_t kMostAttempts = 20;

Result<const parties::ContractRow*> contract_for(engine::Decision& decision, parties::MerchantId merchant,
                                                 money::Currency currency) {
  const auto* contract = parties::contract_in_force(decision.all(parties::kContractsByMerchant, merchant), currency,
                                                    decision.context.accounting_date);
  if (contract == nullptr)
    return Error(errors::kContractMissing, "no contract in force for " + std::string(currency.code()), "currency");
  return contract;
}

Result<const channels::ChannelRow*> permitted_channel(engine::Decision& decision, const parties::ContractRow& contract,
                                                      const std::string& method) {
  const auto* channel = decision.first(channels::kChannelByCode, method);
  if (!parties::permits(contract, method) || channel == nullptr || !channel->enabled)
    return Error(errors::kMethodNotPermitted, method, "method");
  return channel;
}

void load_contract(engine::Load& load, parties::MerchantId merchant, money::Currency currency) {
  const auto* contract = parties::contract_in_force(load.all(parties::kContractsByMerchant, merchant), currency,
                                                    load.context().accounting_date);
  if (contract != nullptr) load.all(pricing::kFeeRulesByList, contract->id.value);
}

/// What the call will tell of the payer.
struct Payer {
  std::string auth_code;
  std::string payer;
};

/// `redirect`: the payer's browser goes to the channel without a call of ours.
AttemptId insert_attempt(engine::Decision& decision, const PaymentRow& payment, const channels::ChannelRow& channel,
                         channels::Scene scene, bool redirect, const Payer& payer) {
  const auto now = decision.context.now;
  AttemptRow attempt;
  attempt.id = decision.new_id<AttemptId>(payment.id.shard());
  attempt.payment = payment.id;
  attempt.channel = channel.id;
  attempt.method = channel.code;
  attempt.scene = scene;
  attempt.auth_code = payer.auth_code;
  attempt.payer = payer.payer;
  attempt.created_at = now;
  if (redirect) {
    // The payer goes there by itself; from now on the channel may have a trade of this number.
    attempt.state = AttemptState::Pending;
    attempt.task_kind = task_kinds::kQuery;
    attempt.task = decision.enqueue(task_kinds::kQuery, attempt.id.value, channel.id.value,
                                    now.plus_s(decision.context.parameter("payments.pending_query_first")));
  } else {
    attempt.task_kind = task_kinds::kPay;
    attempt.task = decision.enqueue(task_kinds::kPay, attempt.id.value, channel.id.value, now);
  }
  return decision.insert(kAttempts, std::move(attempt)).id;
}

}  // namespace

channels::Scene scene_of(Mode mode) {
  switch (mode) {
    case Mode::Barcode:
      return channels::Scene::Barcode;
    case Mode::Jsapi:
      return channels::Scene::Jsapi;
    case Mode::App:
      return channels::Scene::App;
    case Mode::Redirect:
    case Mode::Qr:
      return channels::Scene::Qr;
  }
  return channels::Scene::Qr;
}

void CreatePayment::load(engine::Load& load) const {
  load.get(parties::kMerchants, merchant);
  load_contract(load, merchant, amount.currency);
  if (store) load.get(parties::kStores, *store);
  if (!method.empty()) load.first(channels::kChannelByCode, method);
  load.first(parties::kDailyVolumeByDay, merchant, load.context().accounting_date, amount.currency);
  if (const auto* existing = load.first(kPaymentByOrderNo, merchant, merchant_order_no))
    load.all(kAttemptsByPayment, existing->id);
}

Result<PaymentView> CreatePayment::same_or_conflict(engine::Decision& decision, const PaymentRow& existing) const {
  const auto differs = [](const char* field) {
    return Error(errors::kOrderNoConflict, std::string("exists with another ") + field, field);
  };
  if (existing.amount_minor != amount.minor) return differs("amount_minor");
  if (existing.currency != amount.currency) return differs("currency");
  if (existing.subject != subject) return differs("subject");
  if (existing.mode != mode) return differs("mode");
  // A redirect payment without a method gets the one that paid.
  const bool filled_in = mode == Mode::Redirect && existing.state == PaymentState::Paid && method.empty();
  if (!filled_in && existing.method != method) return differs("method");
  if (existing.store != store) return differs("store_id");
  if (existing.goods != goods) return differs("goods");
  if (existing.metadata != metadata) return differs("metadata");
  if (existing.return_url != return_url) return differs("return_url");
  if (existing.notify_url != notify_url) return differs("notify_url");
  const auto expiry = expires_in_s.value_or(decision.context.parameter("payments.default_expiry"));
  if (expires_in_s && existing.expires_at != existing.created_at.plus_s(expiry)) return differs("expires_in_s");
  return detail::view_of(decision, existing);
}

Result<void> CreatePayment::check_rules(engine::Decision& decision) const {
  const auto day = decision.context.accounting_date;
  const auto* contract = TRY(contract_for(decision, merchant, amount.currency));
  if (!method.empty()) TRY(permitted_channel(decision, *contract, method));
  if (amount.minor < contract->least_minor) {
    return Error(errors::kAmountBelowLeast, "the least is " + std::to_string(contract->least_minor), "amount_minor");
  }
  if (amount.minor > contract->most_minor) {
    return Error(errors::kAmountAboveMost, "the most is " + std::to_string(contract->most_minor), "amount_minor");
  }
  const auto* volume = decision.first(parties::kDailyVolumeByDay, merchant, day, amount.currency);
  const auto paid = volume == nullptr ? 0 : volume->paid_minor;
  if (contract->most_daily_minor > 0 && amount.minor > contract->most_daily_minor - paid) {
    return Error(errors::kDailyLimit, "", "amount_minor");
  }
  // Without a method the price is asked for when the payer chooses one.
  if (!method.empty())
    TRY(pricing::fee_of(decision.all(pricing::kFeeRulesByList, contract->id.value), method, pricing::CardType::Any,
                        amount, day));
  if (expires_in_s) {
    const auto least = decision.context.parameter("payments.least_expiry");
    const auto most = decision.context.parameter("payments.most_expiry");
    if (*expires_in_s < least || *expires_in_s > most) {
      return Error(errors::kExpiryOutOfRange,
                   "from " + std::to_string(least) + " to " + std::to_string(most) + " seconds", "expires_in_s");
    }
  }
  return {};
}

Result<PaymentView> CreatePayment::decide(engine::Decision& decision) const {
  const auto* owner = decision.get(parties::kMerchants, merchant);
  if (owner == nullptr) return Error(errors::kMerchantNotFound);
  if (owner->status != parties::MerchantStatus::Active) return Error(errors::kMerchantNotActive);
  if (const auto* existing = decision.first(kPaymentByOrderNo, merchant, merchant_order_no))
    return same_or_conflict(decision, *existing);
  if (store) {
    const auto* at = decision.get(parties::kStores, *store);
    if (at == nullptr || at->merchant != merchant) return Error(errors::kStoreNotFound, "", "store_id");
  }
  TRY(check_rules(decision));

  const auto now = decision.context.now;
  PaymentRow payment;
  payment.id = decision.new_id<PaymentId>(merchant.shard());
  payment.merchant = merchant;
  payment.merchant_order_no = merchant_order_no;
  payment.store = store;
  payment.mode = mode;
  payment.method = method;
  payment.amount_minor = amount.minor;
  payment.currency = amount.currency;
  payment.subject = subject;
  payment.goods = goods;
  payment.metadata = metadata;
  payment.return_url = return_url;
  payment.notify_url = notify_url;
  payment.created_at = now;
  payment.expires_at = now.plus_s(expires_in_s.value_or(decision.context.parameter("payments.default_expiry")));
  payment.expire_task = decision.enqueue(task_kinds::kExpire, payment.id.value, merchant.value, payment.expires_at);
  const auto& inserted = decision.insert(kPayments, std::move(payment));
  decision.begin_group(kAttemptsByPayment, inserted.id);
  PaymentView view{inserted, std::nullopt};
  if (mode != Mode::Redirect) {
    const auto* channel = decision.first(channels::kChannelByCode, method);
    const auto attempt = insert_attempt(decision, inserted, *channel, scene_of(mode), false, {auth_code, payer});
    view.attempt = *decision.get(kAttempts, attempt);
  }
  return view;
}

void StartAttempt::load(engine::Load& load) const {
  detail::load_view(load, payment);
  load.first(channels::kChannelByCode, method);
  if (const auto* row = load.get(kPayments, payment)) {
    load.get(parties::kMerchants, row->merchant);
    load_contract(load, row->merchant, row->currency);
  }
}

Result<PaymentView> StartAttempt::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kPayments, payment);
  if (row == nullptr) return Error(errors::kPaymentNotFound);
  if (row->state == PaymentState::Paid) return Error(errors::kPaymentPaid);
  if (row->state != PaymentState::Open) {
    return Error(row->close_reason == CloseReason::Expired ? errors::kPaymentExpired : errors::kPaymentClosed);
  }
  if (row->expires_at <= decision.context.now) return Error(errors::kPaymentExpired);
  const auto* owner = decision.get(parties::kMerchants, row->merchant);
  if (owner->status != parties::MerchantStatus::Active) return Error(errors::kMerchantNotActive);
  const auto* contract = TRY(contract_for(decision, row->merchant, row->currency));
  if (!row->method.empty() && row->method != method)
    return Error(errors::kMethodNotPermitted, "the merchant asks for " + row->method, "method");
  const auto* channel = TRY(permitted_channel(decision, *contract, method));
  TRY(pricing::fee_of(decision.all(pricing::kFeeRulesByList, contract->id.value), method, pricing::CardType::Any,
                      {row->amount_minor, row->currency}, decision.context.accounting_date));
  const auto attempts = decision.all(kAttemptsByPayment, payment);
  for (const auto* attempt : attempts) {
    if (is_live(attempt->state) && attempt->channel == channel->id && attempt->scene == scene)
      return PaymentView{*row, *attempt};
  }
  if (attempts.size() >= kMostAttempts) return Error(errors::kTooManyAttempts);
  const bool redirect = (scene == channels::Scene::Page || scene == channels::Scene::Wap) && !by_call;
  const auto attempt = insert_attempt(decision, *row, *channel, scene, redirect, {{}, payer});
  return PaymentView{*row, *decision.get(kAttempts, attempt)};
}

}  // namespace feiqian::payments
