#include "backup/manifest.h"

#include <fmt/format.h>

#include "codec/json.h"
#include "foundation/text.h"

namespace feiqian::backup {
namespace {

constexpr std::int64_t kFormat = 1;

std::string mac_of(std::string_view line, const std::string& place, const Keys& keys) {
  return to_hex(crypto::hmac_sha256(keys.manifests.reveal(), place + "\n" + std::string(line)));
}

Result<Manifest> read(codec::JsonReader json) {
  Manifest manifest;
  json.required_integer("format", kFormat, kFormat);
  json.required_text("key_id", 16, 16);
  manifest.chain = json.required_text("chain", 1, 64);
  manifest.number = json.required_integer("number", 0, INT64_MAX);
  manifest.previous = json.required_text("previous", 0, 64);
  const auto taken_at = json.required_text("taken_at", 1, 64);
  manifest.schema = json.required_integer("schema", 0, INT64_MAX);
  manifest.page_size = json.required_integer("page_size", 512, 65536);
  manifest.page_count = json.required_integer("page_count", 0, INT64_MAX);
  manifest.pages = json.required_integer("pages", 0, INT64_MAX);
  manifest.image = json.required_text("image", 64, 64);
  manifest.batch = json.required_integer("batch", 0, INT64_MAX);
  manifest.batch_hash = json.required_text("batch_hash", 0, 64);
  const auto committed_at = json.required_text("committed_at", 1, 64);
  manifest.data.size = json.required_integer("data_size", 0, INT64_MAX);
  manifest.data.sha256 = json.required_text("data_sha256", 64, 64);
  TRY(json.finish());
  manifest.taken_at = TRY(from_rfc3339(taken_at));
  manifest.committed_at = TRY(from_rfc3339(committed_at));
  return manifest;
}

}  // namespace

std::string Manifest::place(std::string_view suffix) const {
  return fmt::format("{}/{:04}.{}", chain, number, suffix);
}

std::string to_text(const Manifest& manifest, const Keys& keys) {
  const auto line = codec::json::serialize(codec::json::object{{"format", kFormat},
                                                               {"key_id", keys.id},
                                                               {"chain", manifest.chain},
                                                               {"number", manifest.number},
                                                               {"previous", manifest.previous},
                                                               {"taken_at", to_rfc3339(manifest.taken_at)},
                                                               {"schema", manifest.schema},
                                                               {"page_size", manifest.page_size},
                                                               {"page_count", manifest.page_count},
                                                               {"pages", manifest.pages},
                                                               {"image", manifest.image},
                                                               {"batch", manifest.batch},
                                                               {"batch_hash", manifest.batch_hash},
                                                               {"committed_at", to_rfc3339(manifest.committed_at)},
                                                               {"data_size", manifest.data.size},
                                                               {"data_sha256", manifest.data.sha256}});
  return line + "\n" + mac_of(line, manifest.place("manifest"), keys) + "\n";
}

Result<Manifest> manifest_from_text(std::string_view text, const std::string& place, const Keys& keys) {
  const auto broken = [&](std::string_view what) {
    return Error(errors::kBackupManifestBroken, place + ": " + std::string(what));
  };
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return broken("it is cut off");
  const auto line = text.substr(0, end);
  if (!equal_in_constant_time(trim(text.substr(end + 1)), mac_of(line, place, keys))) {
    // Only told apart for people: without the right key nothing of it is believed.
    const bool other_key = line.find("\"key_id\":\"" + keys.id + "\"") == std::string_view::npos;
    if (other_key && line.find("\"key_id\":\"") != std::string_view::npos) return Error(errors::kBackupOtherKey, place);
    return broken("its code does not fit");
  }
  auto manifest = read(TRY(codec::JsonReader::parse(line)));
  if (!manifest) return broken(manifest.error().text());
  return manifest;
}

}  // namespace feiqian::backup
