#include "sandbox/faults.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "foundation/log.h"

namespace feiqian::sandbox {
namespace {

namespace json = codec::json;

struct KindRow {
  FaultKind kind;
  std::string_view name;
  std::int64_t default_delay_ms;
  std::int64_t default_minor;
};

constexpr std::array kKinds{
    KindRow{FaultKind::TimeoutBeforeExecution, "timeout_before_execution", 0, 0},
    KindRow{FaultKind::Http500, "http_500", 0, 0},
    KindRow{FaultKind::SystemError, "system_error", 0, 0},
    KindRow{FaultKind::TimeoutAfterExecution, "timeout_after_execution", 0, 0},
    KindRow{FaultKind::BadSignature, "bad_signature", 0, 0},
    KindRow{FaultKind::Delay, "delay", 1000, 0},
    KindRow{FaultKind::InsufficientBalance, "insufficient_balance", 0, 0},
    KindRow{FaultKind::PayAfterClose, "pay_after_close", 500, 0},
    KindRow{FaultKind::RefundFail, "refund_fail", 0, 0},
    KindRow{FaultKind::RefundPending, "refund_pending", 2000, 0},
    KindRow{FaultKind::NotifyDrop, "notify_drop", 0, 0},
    KindRow{FaultKind::NotifyRepeat, "notify_repeat", 0, 0},
    KindRow{FaultKind::NotifyReorder, "notify_reorder", 10000, 0},
    KindRow{FaultKind::NotifyWrongAmount, "notify_wrong_amount", 0, 1},
    KindRow{FaultKind::NotifyBadSignature, "notify_bad_signature", 0, 0},
};
static_assert(std::is_sorted(kKinds.begin(), kKinds.end(),
                             [](const auto& a, const auto& b) { return a.kind < b.kind; }));

constexpr std::int64_t kNoLimit = -1;
constexpr std::int64_t kMillion = 1000000;

const KindRow& row_of(FaultKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

FaultRule rule_of(const store::Statement& row) {
  FaultRule rule;
  rule.id = row.integer(0);
  rule.kind = fault_kind_of(row.text(1)).value_or(FaultKind::Delay);
  rule.method = row.text(2);
  rule.out_trade_no = row.text(3);
  rule.rate_ppm = row.integer(4);
  if (row.integer(5) != kNoLimit) rule.times = row.integer(5);
  rule.delay_ms = row.integer(6);
  rule.minor = row.integer(7);
  rule.applied = row.integer(8);
  return rule;
}

/// Takes `rate` out of the object, which JsonReader cannot read: it knows no fractions.
Result<std::int64_t> take_rate_ppm(json::object& object) {
  const auto* rate = object.if_contains("rate");
  if (rate == nullptr || rate->is_null()) return kMillion;
  if (!rate->is_number()) return Error(errors::kFieldInvalid, "must be a number from 0 to 1", "rate");
  const auto value = rate->to_number<double>();
  if (!(value >= 0 && value <= 1)) return Error(errors::kFieldInvalid, "must be a number from 0 to 1", "rate");
  object.erase("rate");
  return std::llround(value * static_cast<double>(kMillion));
}

}  // namespace

std::string_view name_of(FaultKind kind) {
  return row_of(kind).name;
}

std::optional<FaultKind> fault_kind_of(std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindRow& row) { return row.name == name; });
  return found == kKinds.end() ? std::nullopt : std::optional(found->kind);
}

const std::vector<FaultKind>& all_fault_kinds() {
  static const auto all = [] {
    std::vector<FaultKind> kinds;
    for (const auto& row : kKinds) kinds.push_back(row.kind);
    return kinds;
  }();
  return all;
}

Result<FaultRule> fault_from_json(std::string_view body) {
  auto value = TRY(codec::parse_json(body));
  if (!value.is_object()) return Error(errors::kJsonMalformed, "the body must be a JSON object");
  FaultRule rule;
  rule.rate_ppm = TRY(take_rate_ppm(value.get_object()));
  codec::JsonReader reader(value.get_object(), "");
  const auto name = reader.required_text("kind", 1, 40);
  const auto kind = fault_kind_of(name);
  if (!kind) reader.refuse("kind", "is not a kind of fault");
  rule.kind = kind.value_or(FaultKind::Delay);
  rule.method = reader.optional_text("method", 1, 64).value_or("*");
  rule.out_trade_no = reader.optional_text("out_trade_no", 1, 64).value_or("");
  rule.times = reader.optional_integer("times", 1, 1000000);
  rule.delay_ms = reader.optional_integer("delay_ms", 0, 86400000).value_or(row_of(rule.kind).default_delay_ms);
  rule.minor = reader.optional_integer("minor", -100000000, 100000000).value_or(row_of(rule.kind).default_minor);
  TRY(reader.finish());
  return rule;
}

json::object to_json(const FaultRule& rule) {
  json::object object{{"id", rule.id}, {"kind", name_of(rule.kind)}, {"method", rule.method}};
  if (!rule.out_trade_no.empty()) object["out_trade_no"] = rule.out_trade_no;
  object["rate"] = static_cast<double>(rule.rate_ppm) / static_cast<double>(kMillion);
  if (rule.times) object["times"] = *rule.times;
  object["delay_ms"] = rule.delay_ms;
  object["minor"] = rule.minor;
  object["applied"] = rule.applied;
  object["ended"] = rule.ended();
  return object;
}

Result<FaultRule> Faults::add(FaultRule rule) {
  TRY(database_.each(
      "INSERT INTO faults(kind, method, out_trade_no, rate_ppm, times, delay_ms, minor, applied) VALUES(?, ?, ?, ?, ?, "
      "?, ?, 0)"
      " RETURNING id",
      [&](const store::Statement& row) { rule.id = row.integer(0); }, name_of(rule.kind), rule.method,
      rule.out_trade_no, rule.rate_ppm, rule.times.value_or(kNoLimit), rule.delay_ms, rule.minor));
  return rule;
}

Result<std::vector<FaultRule>> Faults::list() {
  std::vector<FaultRule> rules;
  TRY(database_.each(
      "SELECT id, kind, method, out_trade_no, rate_ppm, times, delay_ms, minor, applied FROM faults ORDER BY id",
      [&](const store::Statement& row) { rules.push_back(rule_of(row)); }));
  return rules;
}

Result<std::vector<FaultRule>> Faults::of_kind(FaultKind kind) {
  std::vector<FaultRule> rules;
  TRY(database_.each(
      "SELECT id, kind, method, out_trade_no, rate_ppm, times, delay_ms, minor, applied FROM faults WHERE kind = ? "
      "ORDER BY id",
      [&](const store::Statement& row) { rules.push_back(rule_of(row)); }, name_of(kind)));
  return rules;
}

Result<void> Faults::remove(std::int64_t id) {
  bool found = false;
  TRY(database_.each(
      "DELETE FROM faults WHERE id = ? RETURNING id", [&](const store::Statement&) { found = true; }, id));
  if (!found) return Error(errors::kFaultNotFound);
  return {};
}

Result<void> Faults::clear() {
  return database_.run("DELETE FROM faults");
}

Result<std::optional<FaultRule>> Faults::draw(FaultKind kind, std::string_view method, std::string_view out_trade_no) {
  for (auto& rule : TRY(of_kind(kind))) {
    if (!rule.fits(method, out_trade_no)) continue;
    // A certain rule takes no chance, so that adding one does not change what the others draw.
    if (rule.rate_ppm < kMillion && static_cast<std::int64_t>(chance_.below(kMillion)) >= rule.rate_ppm) continue;
    ++rule.applied;
    TRY(database_.run("UPDATE faults SET applied = ? WHERE id = ?", rule.applied, rule.id));
    log::info("sandbox.fault_applied",
              {{"fault", rule.id}, {"kind", name_of(kind)}, {"method", method}, {"out_trade_no", out_trade_no}});
    return std::optional(rule);
  }
  return std::optional<FaultRule>();
}

}  // namespace feiqian::sandbox
