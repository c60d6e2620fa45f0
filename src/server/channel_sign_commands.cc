#include "server/channel_sign_commands.h"

#include <boost/json.hpp>
#include <iostream>

#include "channels/alipay/signing.h"
#include "channels/unionpay/signing.h"
#include "channels/wechatpay/signing.h"
#include "foundation/text.h"
#include "server/files.h"

namespace feiqian::server {
namespace {

namespace json = boost::json;

/// A JSON object of texts, as `Texts`: a map.
template <class Texts>
Result<Texts> read_texts(const std::string& path) {
  json::error_code failed;
  const auto value = json::parse(TRY(read_file(path)), failed);
  const auto refuse = [] { return Error(errors::kUsage, "the parameter file must hold a JSON object of texts"); };
  if (failed || !value.is_object()) return refuse();
  Texts texts;
  for (const auto& [name, text] : value.get_object()) {
    if (!text.is_string()) return refuse();
    texts[std::string(name)] = std::string(text.get_string());
  }
  return texts;
}

Result<crypto::Signer> rsa_key(const std::string& path) {
  return crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, Secret(TRY(read_file(path))));
}

int print(const json::object& result) {
  std::cout << json::serialize(result) << "\n";
  return 0;
}

}  // namespace

ChannelSignCommands::ChannelSignCommands(CLI::App& app) {
  auto& group = *app.add_subcommand("channel", "Channels");
  add(group, "alipay-sign", "What the Alipay adapter signs", &ChannelSignCommands::alipay);
  add(group, "wechatpay-sign", "What the WeChat Pay adapter signs", &ChannelSignCommands::wechatpay);
  auto* unionpay = add(group, "unionpay-sign", "What the UnionPay adapter signs", &ChannelSignCommands::unionpay);
  unionpay->add_option("--method", method_)->check(CLI::IsMember({"01", "11", "12"}));
  unionpay->add_option("--certificate", certificate_, "of the key, for method 01");
}

CLI::App* ChannelSignCommands::add(CLI::App& parent, const char* name, const char* text, Action action) {
  auto* command = parent.add_subcommand(name, text);
  command->add_option("--key", key_)->required();
  command->add_option("--params", parameters_)->required();
  command->callback([this, action] { action_ = action; });
  return command;
}

bool ChannelSignCommands::are(const std::vector<std::string>& args) {
  return args.size() >= 2 && args[0] == "channel" && args[1].ends_with("-sign");
}

std::optional<Result<int>> ChannelSignCommands::run() {
  if (action_ == nullptr) return std::nullopt;
  return (this->*action_)();
}

Result<int> ChannelSignCommands::alipay() {
  const auto key = TRY(rsa_key(key_));
  const auto text = channels::alipay::string_to_sign(TRY(read_texts<channels::alipay::Parameters>(parameters_)));
  return print({{"string_to_sign", text}, {"sign", channels::alipay::sign(key, text)}});
}

Result<int> ChannelSignCommands::wechatpay() {
  auto given = TRY((read_texts<std::map<std::string, std::string>>(parameters_)));
  const auto seconds = parse_int(given["timestamp"]);
  if (!seconds) return Error(errors::kUsage, "timestamp must be seconds in decimal digits");
  const channels::wechatpay::Merchant merchant{given["mchid"], given["serial_no"], TRY(rsa_key(key_))};
  const auto& method = given["method"];
  const auto& target = given["target"];
  const auto& nonce = given["nonce"];
  const auto& body = given["body"];
  return print(
      {{"string_to_sign", channels::wechatpay::request_text(method, target, *seconds, nonce, body)},
       {"authorization", channels::wechatpay::authorization(merchant, method, target, *seconds, nonce, body)}});
}

/// `--key`: a PEM key with its certificate, or for methods 11 and 12 the text of the agreed key.
Result<int> ChannelSignCommands::unionpay() {
  using channels::unionpay::MessageSigner;
  using channels::unionpay::SignMethod;
  const auto method = channels::unionpay::sign_method_of(method_).value_or(SignMethod::Certificate);
  auto fields = TRY(read_texts<channels::unionpay::Fields>(parameters_));
  if (method == SignMethod::Certificate) {
    const auto certificate = TRY(crypto::Certificate::from_pem(TRY(read_file(certificate_))));
    MessageSigner::by_certificate(TRY(rsa_key(key_)), certificate.serial_decimal()).sign(fields);
  } else {
    MessageSigner::by_key(method, Secret(std::string(trim(TRY(read_file(key_)))))).sign(fields);
  }
  return print({{"string_to_sign", channels::unionpay::string_to_sign(fields)}, {"signature", fields["signature"]}});
}

}  // namespace feiqian::server
