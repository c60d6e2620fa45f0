#include "api/ledger_clients.h"

#include <algorithm>

#include "foundation/text.h"

namespace feiqian::api {
namespace {

bool is_list_of_codes(std::string_view text) {
  if (text == "*") return true;
  const auto codes = split(text, ',');
  return std::all_of(codes.begin(), codes.end(),
                     [](std::string_view code) { return code.size() == 4 && parse_int(code).value_or(0) >= 1000; });
}

}  // namespace

bool LedgerClientRow::may_touch(std::int32_t code, std::int64_t owner_of_account) const {
  if (owner != 0 && owner != owner_of_account) return false;
  if (codes == "*") return true;
  const auto listed = split(codes, ',');
  return std::find(listed.begin(), listed.end(), std::to_string(code)) != listed.end();
}

Result<LedgerClientId> CreateLedgerClient::decide(engine::Decision& decision) const {
  if (name.empty() || utf8_length(name) > 64 || has_control_characters(name))
    return Error(errors::kValueInvalid, "1 to 64 characters", "name");
  if (!is_list_of_codes(codes)) return Error(errors::kValueInvalid, "* or codes such as 1121,2202", "codes");
  const auto id = decision.new_id<LedgerClientId>();
  decision.insert(kLedgerClients,
                  LedgerClientRow{id, name, algorithm, public_key, codes, owner, decision.context.now, std::nullopt});
  return id;
}

void RevokeLedgerClient::load(engine::Load& load) const {
  load.get(kLedgerClients, client);
}

Result<LedgerClientRow> RevokeLedgerClient::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kLedgerClients, client);
  if (row == nullptr) return Error(errors::kLedgerClientNotFound, client.text(), "client");
  if (row->revoked_at) return *row;
  auto& changed = decision.change(kLedgerClients, client);
  changed.revoked_at = decision.context.now;
  return changed;
}

std::shared_ptr<const LedgerClient> LedgerClients::find(LedgerClientId id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  const auto row = store::Query(kLedgerClients).equal<&LedgerClientRow::id>(id).first(*reader_);
  if (!row || !row.value()) return nullptr;
  const auto algorithm = crypto::algorithm_of((*row)->algorithm);
  if (!algorithm || *algorithm == crypto::Algorithm::HmacSha256) return nullptr;
  auto verifier = crypto::Verifier::from_pem(*algorithm, (*row)->public_key);
  if (!verifier) return nullptr;
  // Unknown ids are not remembered: a flood of them must not fill the memory.
  return known_.emplace(id, std::make_shared<LedgerClient>(LedgerClient{**row, std::move(verifier).value()}))
      .first->second;
}

void LedgerClients::invalidate() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

}  // namespace feiqian::api
