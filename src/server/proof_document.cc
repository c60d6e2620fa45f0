#include "server/proof_document.h"

#include <boost/json.hpp>

#include "foundation/text.h"

namespace feiqian::server {
namespace {

namespace json = boost::json;

/// Integers of 64 bits are texts: readers of JSON round numbers.
std::string number(std::int64_t value) {
  return std::to_string(value);
}

json::array hex_list(const std::vector<std::string>& path) {
  json::array list;
  for (const auto& hash : path) list.emplace_back(to_hex(hash));
  return list;
}

json::array lines_of(const ledger::VoucherView& voucher) {
  json::array lines;
  for (const auto& line : voucher.lines) {
    json::object object{{"account", line.account.text()},
                        {"side", line.side == ledger::Side::Debit ? "debit" : "credit"},
                        {"amount_minor", number(line.amount_minor)}};
    if (line.after) {
      object["balance_minor"] = number(line.after->balance_minor);
      object["entry"] = number(line.after->number);
    }
    lines.push_back(std::move(object));
  }
  return lines;
}

json::object voucher_of(const ledger::VoucherProof& proof) {
  const auto& voucher = proof.voucher;
  return {{"id", voucher.id.text()},
          {"event", voucher.event},
          {"subject", number(voucher.subject)},
          {"rule", number(voucher.rule)},
          {"reverses", voucher.reverses ? json::value(voucher.reverses.text()) : json::value(nullptr)},
          {"memo", voucher.memo},
          {"accounting_date", to_text(voucher.accounting_date)},
          {"posted_at", to_rfc3339(voucher.posted_at)},
          {"lines", lines_of(voucher)},
          {"bytes", to_hex(proof.bytes)}};
}

}  // namespace

std::string proof_document(const ledger::VoucherProof& proof, const engine::HeadKey& key) {
  const auto& batch = proof.batch;
  return json::serialize(json::object{{"format", "feiqian voucher proof 1"},
                                      {"voucher", voucher_of(proof)},
                                      {"block", {{"index", proof.index}, {"path", hex_list(proof.block_path)}}},
                                      {"batch",
                                       {{"chain", batch.chain},
                                        {"number", number(batch.number)},
                                        {"committed_at_us", number(batch.committed_at.us)},
                                        {"commands", batch.commands},
                                        {"vouchers", batch.vouchers},
                                        {"evidence_sha256", to_hex(crypto::sha256(batch.evidence.bytes))},
                                        {"previous_hash", to_hex(batch.previous_hash.bytes)},
                                        {"path", hex_list(proof.batch_path)}}},
                                      {"head", key.note(proof.head)},
                                      {"key", key.text()}});
}

}  // namespace feiqian::server
