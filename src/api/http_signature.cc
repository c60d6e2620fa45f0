#include "api/http_signature.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>

#include "crypto/digest.h"
#include "foundation/text.h"

namespace feiqian::api {
namespace {

Error malformed(std::string why) {
  return Error(errors::kSignatureMalformed, std::move(why));
}

/// A cursor over a structured field (RFC 8941), as far as signatures need it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\t')) text_.remove_prefix(1);
  }
  std::string key() {
    std::size_t length = 0;
    while (length < text_.size() &&
           (std::islower(static_cast<unsigned char>(text_[length])) != 0 ||
            std::isdigit(static_cast<unsigned char>(text_[length])) != 0 || text_[length] == '_' ||
            text_[length] == '-' || text_[length] == '.' || text_[length] == '*')) {
      ++length;
    }
    return std::string(advance(length));
  }
  std::optional<std::string> quoted() {
    if (!take('"')) return std::nullopt;
    std::string value;
    while (!text_.empty() && text_[0] != '"') {
      if (text_[0] == '\\') {
        text_.remove_prefix(1);
        if (text_.empty() || (text_[0] != '"' && text_[0] != '\\')) return std::nullopt;
      }
      value += text_[0];
      text_.remove_prefix(1);
    }
    if (!take('"')) return std::nullopt;
    return value;
  }
  std::optional<std::int64_t> integer() {
    std::size_t length = 0;
    while (length < text_.size() && length < 16 &&
           (std::isdigit(static_cast<unsigned char>(text_[length])) != 0 || (length == 0 && text_[0] == '-'))) {
      ++length;
    }
    return parse_int(advance(length));
  }
  std::optional<std::string> bytes() {
    if (!take(':')) return std::nullopt;
    const auto end = text_.find(':');
    if (end == std::string_view::npos) return std::nullopt;
    auto decoded = from_base64(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return decoded;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view advance(std::size_t count) {
    const auto part = text_.substr(0, count);
    text_.remove_prefix(count);
    return part;
  }
  std::string_view text_;
};

Result<void> read_components(Scanner& scanner, SignatureInput& input) {
  if (!scanner.take('(')) return malformed("Signature-Input: an inner list is expected");
  scanner.skip_spaces();
  while (!scanner.take(')')) {
    auto name = scanner.quoted();
    if (!name) return malformed("Signature-Input: a component must be a quoted name");
    if (scanner.take(';')) return malformed("Signature-Input: component parameters are not supported in requests");
    if (*name != to_lower_ascii(*name)) return malformed("Signature-Input: component names are lower case");
    if (input.covers(*name)) return malformed("Signature-Input: a component is covered twice");
    input.components.push_back(std::move(*name));
    scanner.skip_spaces();
  }
  return {};
}

Result<void> read_parameters(Scanner& scanner, SignatureInput& input) {
  while (scanner.take(';')) {
    scanner.skip_spaces();
    const auto name = scanner.key();
    if (!scanner.take('=')) return malformed("Signature-Input: parameter " + name + " has no value");
    if (name == "created" || name == "expires") {
      (name == "created" ? input.created : input.expires) = scanner.integer();
      if (!(name == "created" ? input.created : input.expires))
        return malformed("Signature-Input: " + name + " must be an integer");
      continue;
    }
    auto value = scanner.quoted();
    if (!value) return malformed("Signature-Input: " + name + " must be a string");
    if (name == "keyid") {
      input.key_id = std::move(*value);
    } else if (name == "nonce") {
      input.nonce = std::move(*value);
    } else if (name == "alg") {
      input.algorithm = std::move(*value);
    } else if (name != "tag") {
      return malformed("Signature-Input: parameter " + name + " is not known");
    }
  }
  return {};
}

Result<std::string> component_value(const net::HttpRequest& request, std::string_view name, std::string_view origin) {
  if (name == "@scheme") return std::string(origin.substr(0, origin.find(':')));
  if (name == "@target-uri")
    return std::string(origin) + request.path + (request.query.empty() ? "" : "?" + request.query);
  if (name == "@method") return request.method;
  if (name == "@path") return request.path;
  if (name == "@query") return "?" + request.query;
  if (name == "@authority") return to_lower_ascii(request.headers.get("host"));
  if (name == "@request-target") return request.path + (request.query.empty() ? "" : "?" + request.query);
  if (name.starts_with('@')) return malformed("component " + std::string(name) + " is not supported");
  if (!request.headers.has(name)) return malformed("component " + std::string(name) + " is covered but not sent");
  return request.headers.joined(name);
}

}  // namespace

bool SignatureInput::covers(std::string_view component) const {
  return std::find(components.begin(), components.end(), component) != components.end();
}

Result<SignatureInput> read_signature(const net::HttpRequest& request) {
  const auto inputs = request.headers.joined("signature-input");
  const auto signatures = request.headers.joined("signature");
  if (inputs.empty() || signatures.empty()) return Error(errors::kSignatureMissing);
  std::optional<SignatureInput> chosen;
  int count = 0;
  Scanner scanner(inputs);
  while (!scanner.done()) {
    SignatureInput input;
    input.label = scanner.key();
    if (input.label.empty() || !scanner.take('=')) return malformed("Signature-Input: a label is expected");
    const auto from = scanner.rest();
    TRY(read_components(scanner, input));
    TRY(read_parameters(scanner, input));
    input.parameters = std::string(from.substr(0, from.size() - scanner.rest().size()));
    ++count;
    if (!chosen || input.label == "sig1") chosen = std::move(input);
    scanner.skip_spaces();
    if (!scanner.done() && !scanner.take(',')) return malformed("Signature-Input: a comma is expected");
    scanner.skip_spaces();
  }
  if (!chosen || (count > 1 && chosen->label != "sig1")) return malformed("Signature-Input: label the signature sig1");
  Scanner values(signatures);
  bool found = false;
  while (!values.done()) {
    const auto label = values.key();
    if (label.empty() || !values.take('=')) return malformed("Signature: a label is expected");
    auto bytes = values.bytes();
    if (!bytes) return malformed("Signature: a byte sequence :base64: is expected");
    if (label == chosen->label) {
      chosen->signature = std::move(*bytes);
      found = true;
    }
    values.skip_spaces();
    if (!values.done() && !values.take(',')) return malformed("Signature: a comma is expected");
    values.skip_spaces();
  }
  if (!found) return malformed("Signature: no value for the label " + chosen->label);
  return std::move(*chosen);
}

Result<std::string> signature_base(const net::HttpRequest& request, const SignatureInput& input,
                                   std::string_view origin) {
  std::string base;
  for (const auto& component : input.components) {
    base += "\"" + component + "\": " + TRY(component_value(request, component, origin)) + "\n";
  }
  base += "\"@signature-params\": " + input.parameters;
  return base;
}

std::string content_digest(std::string_view body) {
  return "sha-256=:" + to_base64(crypto::sha256(body)) + ":";
}

Result<void> check_digest(const net::HttpRequest& request) {
  const auto header = request.headers.joined("content-digest");
  Scanner scanner(header);
  bool checked = false;
  while (!scanner.done()) {
    const auto algorithm = scanner.key();
    if (algorithm.empty() || !scanner.take('=')) return Error(errors::kDigestMismatch, "Content-Digest is malformed");
    const auto bytes = scanner.bytes();
    if (!bytes) return Error(errors::kDigestMismatch, "Content-Digest is malformed");
    if (algorithm == "sha-256") {
      if (*bytes != crypto::sha256(request.body)) return Error(errors::kDigestMismatch);
      checked = true;
    } else if (algorithm == "sha-512") {
      std::string digest(SHA512_DIGEST_LENGTH, '\0');
      SHA512(reinterpret_cast<const unsigned char*>(request.body.data()), request.body.size(),
             reinterpret_cast<unsigned char*>(digest.data()));
      if (*bytes != digest) return Error(errors::kDigestMismatch);
      checked = true;
    }
    scanner.skip_spaces();
    if (!scanner.done() && !scanner.take(',')) return Error(errors::kDigestMismatch, "Content-Digest is malformed");
    scanner.skip_spaces();
  }
  if (!checked) return Error(errors::kDigestMismatch, "Content-Digest with sha-256 or sha-512 is required");
  return {};
}

void sign_response(net::HttpResponse& response, const net::HttpRequest& request, const crypto::Signer& key,
                   std::string_view key_id, std::int64_t created) {
  const auto digest = content_digest(response.body);
  const auto parameters = fmt::format(
      R"(("@status" "content-digest" "@method";req "@path";req "@query";req "signature";req);created={};keyid="{}";alg="{}")",
      created, key_id, crypto::name_of(key.algorithm()));
  const auto base = fmt::format(
      "\"@status\": {}\n\"content-digest\": {}\n\"@method\";req: {}\n\"@path\";req: {}\n\"@query\";req: "
      "?{}\n\"signature\";req: {}\n"
      "\"@signature-params\": {}",
      response.status, digest, request.method, request.path, request.query, request.headers.joined("signature"),
      parameters);
  response.headers.set("Content-Digest", digest);
  response.headers.set("Signature-Input", "sig1=" + parameters);
  response.headers.set("Signature", "sig1=:" + to_base64(key.sign(base)) + ":");
}

}  // namespace feiqian::api
