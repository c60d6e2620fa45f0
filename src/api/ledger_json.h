// The ledger's rows as the ledger API and `feiqian ledger` show them, and vouchers as they take them.
#pragma once

#include <boost/json.hpp>

#include "codec/json.h"
#include "ledger/history.h"
#include "ledger/holds.h"
#include "ledger/post_vouchers.h"

namespace feiqian::api {

boost::json::object to_json(const ledger::AccountRow& account, const ledger::BalanceRow& balance);
boost::json::object to_json(const ledger::HoldRow& hold);
boost::json::object to_json(const ledger::VoucherView& voucher);
boost::json::object to_json(const ledger::Entry& entry);
boost::json::object to_json(const ledger::TrialBalance& trial);
boost::json::object to_json(const ledger::SubLedger& sums);
boost::json::object to_json(const ledger::FxPosition& position);
/// `{"voucher":"vou_…"}` or `{"error":{"code","detail","field"}}`.
boost::json::object to_json(const Result<ledger::VoucherId>& posted);

/// `{"lines":[{"account","side","amount_minor"}…],"subject","memo","linked"}`; what is wrong stays in the reader.
ledger::VoucherToPost read_voucher(codec::JsonReader& json);
/// Numbers of callers are texts of digits: they may have more than a JSON number holds exactly.
std::int64_t read_number(codec::JsonReader& json, std::string_view name);
ledger::AccountId read_account(codec::JsonReader& json, std::string_view name);

/// `mer_…` or any other id, or a number. errors::kValueInvalid (owner).
Result<std::int64_t> owner_from_text(std::string_view text);

}  // namespace feiqian::api
