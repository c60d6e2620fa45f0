#include "sandbox/alipay/answer.h"

namespace feiqian::sandbox::alipay {
namespace {

std::string_view msg_of(std::string_view code) {
  if (code == "10000") return "Success";
  if (code == "10003") return " order success pay inprocess";  // with the blank, as the provider writes it
  if (code == "20000") return "Service Currently Unavailable";
  if (code == "40001") return "Missing Required Arguments";
  if (code == "40002") return "Invalid Arguments";
  return "Business Failed";
}

}  // namespace

Answer refuse(const Refusal& refusal, std::string_view because) {
  Answer answer;
  answer.code = refusal.code;
  answer.sub_code = refusal.sub_code;
  answer.sub_msg = refusal.sub_msg;
  if (!because.empty()) answer.sub_msg += "，" + std::string(because);
  return answer;
}

codec::json::object to_json(const Answer& answer) {
  codec::json::object object{{"code", answer.code}, {"msg", msg_of(answer.code)}};
  if (!answer.sub_code.empty()) {
    object["sub_code"] = answer.sub_code;
    object["sub_msg"] = answer.sub_msg;
  }
  for (const auto& [name, value] : answer.fields) object[name] = value;
  return object;
}

}  // namespace feiqian::sandbox::alipay
