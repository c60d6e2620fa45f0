#include "api/http_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "api/merchant_api.h"
#include "api/replay_window.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "foundation/text.h"

namespace feiqian::api {
namespace {

using crypto::Algorithm;
using crypto::Verifier;

constexpr std::string_view kOrigin = "https://example.com";

/// The request of RFC 9421 appendix B.2.
net::HttpRequest rfc_request(const std::string& input, const std::string& signature) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = "/foo";
  request.query = "param=Value&Pet=dog";
  request.headers.add("Host", "example.com");
  request.headers.add("Date", "Tue, 20 Apr 2021 02:07:55 GMT");
  request.headers.add("Content-Type", "application/json");
  request.headers.add(
      "Content-Digest",
      "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:");
  request.headers.add("Content-Length", "18");
  request.headers.add("Signature-Input", input);
  request.headers.add("Signature", signature);
  request.body = R"({"hello": "world"})";
  return request;
}

Result<void> verify(const net::HttpRequest& request, const Verifier& key) {
  const auto input = TRY(read_signature(request));
  return key.verify(TRY(signature_base(request, input, kOrigin)), input.signature);
}

TEST(HttpSignature, VectorB25OfRfc9421) {
  const auto key =
      Verifier::from_hmac_secret(
          Secret(from_base64("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==")
                     .value()))
          .value();
  auto request =
      rfc_request(R"(sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret")",
                  "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:");
  const auto input = read_signature(request).value();
  EXPECT_EQ(input.label, "sig-b25");
  EXPECT_EQ(input.key_id, "test-shared-secret");
  EXPECT_EQ(input.created, 1618884473);
  EXPECT_EQ(signature_base(request, input, kOrigin).value(),
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n\"content-type\": application/json\n"
            "\"@signature-params\": (\"date\" \"@authority\" "
            "\"content-type\");created=1618884473;keyid=\"test-shared-secret\"");
  EXPECT_TRUE(verify(request, key).ok());
  request.headers.set("Content-Type", "application/jsom");
  EXPECT_FALSE(verify(request, key).ok());
}

TEST(HttpSignature, VectorB26OfRfc9421) {
  const auto key =
      Verifier::from_pem(
          Algorithm::Ed25519,
          "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC "
          "KEY-----\n")
          .value();
  auto request = rfc_request(
      R"(sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519")",
      "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:");
  EXPECT_TRUE(verify(request, key).ok());
  EXPECT_TRUE(check_digest(request).ok()) << "the vector's own Content-Digest";
  for (const auto& change : std::vector<std::function<void(net::HttpRequest&)>>{
           [](auto& r) { r.method = "PUT"; }, [](auto& r) { r.path = "/fop"; },
           [](auto& r) { r.headers.set("Host", "example.org"); },
           [](auto& r) { r.headers.set("Content-Length", "19"); }, [](auto& r) { r.headers.set("Date", "now"); }}) {
    auto changed = request;
    change(changed);
    EXPECT_FALSE(verify(changed, key).ok());
  }
  request.query = "another=one";
  EXPECT_TRUE(verify(request, key).ok()) << "what is not covered may change";
}

TEST(HttpSignature, ComponentsByName) {
  const auto base_of = [](const std::string& component, std::function<void(net::HttpRequest&)> change = {}) {
    auto request = rfc_request("sig1=(\"" + component + "\");created=1", "sig1=:AA==:");
    if (change) change(request);
    const auto input = read_signature(request).value();
    const auto base = signature_base(request, input, kOrigin);
    return base ? base->substr(0, base->find('\n')) : std::string(base.error().code());
  };
  EXPECT_EQ(base_of("@method"), "\"@method\": POST");
  EXPECT_EQ(base_of("@path"), "\"@path\": /foo");
  EXPECT_EQ(base_of("@query"), "\"@query\": ?param=Value&Pet=dog");
  EXPECT_EQ(base_of("@query", [](auto& r) { r.query = ""; }), "\"@query\": ?");
  EXPECT_EQ(base_of("@authority", [](auto& r) { r.headers.set("host", "EXAMPLE.com"); }),
            "\"@authority\": example.com");
  EXPECT_EQ(base_of("@scheme"), "\"@scheme\": https");
  EXPECT_EQ(base_of("@target-uri"), "\"@target-uri\": https://example.com/foo?param=Value&Pet=dog");
  EXPECT_EQ(base_of("@request-target"), "\"@request-target\": /foo?param=Value&Pet=dog");
  EXPECT_EQ(base_of("x-list",
                    [](auto& r) {
                      r.headers.add("X-List", " a ");
                      r.headers.add("x-list", "b");
                    }),
            "\"x-list\": a, b");
  EXPECT_EQ(base_of("@status"), "auth.signature_malformed");
  EXPECT_EQ(base_of("x-absent"), "auth.signature_malformed");
}

TEST(ReadSignature, EveryMalformedForm) {
  struct Case {
    const char* input;
    const char* signature;
    const char* code;
  };
  const char* good = "sig1=:AA==:";
  const char* bad = "auth.signature_malformed";
  for (const auto& c : std::vector<Case>{
           {R"(sig1=("@method");created=1;keyid="k";nonce="n";alg="ed25519";expires=2;tag="t")", good, "ok"},
           {R"(sig1=())", good, "ok"},
           {R"(a=("@method"), sig1=("@path"))", "sig1=:AA==:, a=:AA==:", "ok"},
           {"", good, "auth.signature_missing"},
           {R"(sig1=("@method"))", "", "auth.signature_missing"},
           {R"(a=("@method"), b=("@path"))", "a=:AA==:, b=:AA==:", bad},
           {R"(=("@method"))", good, bad},
           {R"(sig1)", good, bad},
           {R"(sig1="@method")", good, bad},
           {R"(sig1=("@method")", good, bad},
           {R"(sig1=(@method))", good, bad},
           {R"(sig1=("@method)", good, bad},
           {R"(sig1=("@method";req))", good, bad},
           {R"(sig1=("@Method"))", good, bad},
           {R"(sig1=("@method" "@method"))", good, bad},
           {R"(sig1=("@method");created)", good, bad},
           {R"(sig1=("@method");created="1")", good, bad},
           {R"(sig1=("@method");created=1.5)", good, bad},
           {R"(sig1=("@method");created=99999999999999999999)", good, bad},
           {R"(sig1=("@method");keyid=k)", good, bad},
           {R"(sig1=("@method");keyid="k)", good, bad},
           {R"(sig1=("@method");keyid="\k")", good, bad},
           {R"(sig1=("@method");surprise="x")", good, bad},
           {R"(sig1=("@method") sig2=("@path"))", good, bad},
           {R"(sig1=("@method"))", "sig2=:AA==:", bad},
           {R"(sig1=("@method"))", "sig1=AA==", bad},
           {R"(sig1=("@method"))", "sig1=:AA==", bad},
           {R"(sig1=("@method"))", "sig1=:A:", bad},
           {R"(sig1=("@method"))", "sig1=:AA==: x", bad},
       }) {
    const auto read = read_signature(rfc_request(c.input, c.signature));
    EXPECT_EQ(read ? "ok" : std::string(read.error().code()), c.code) << c.input << " " << c.signature;
  }
  const auto chosen =
      read_signature(rfc_request(R"(a=("@method"), sig1=("@path");nonce="q\"uo\\te")", "sig1=:AQ==:, a=:AA==:"))
          .value();
  EXPECT_EQ(chosen.components, std::vector<std::string>{"@path"});
  EXPECT_EQ(chosen.nonce, "q\"uo\\te");
  EXPECT_EQ(chosen.signature, "\x01");
  EXPECT_EQ(chosen.parameters, R"(("@path");nonce="q\"uo\\te")");
}

TEST(ContentDigest, FitsOrIsRefused) {
  const auto good = content_digest("body");
  EXPECT_EQ(good, "sha-256=:" + to_base64(crypto::sha256("body")) + ":");
  for (const auto& [header, ok] :
       std::vector<std::pair<std::string, bool>>{{good, true},
                                                 {"md5=:AA==:, " + good, true},
                                                 {"", false},
                                                 {"md5=:AA==:", false},
                                                 {content_digest("other"), false},
                                                 {good + ", sha-512=:AA==:", false},
                                                 {"sha-256=" + to_base64(crypto::sha256("body")), false},
                                                 {"sha-256=::", false},
                                                 {good + " x", false}}) {
    net::HttpRequest request;
    request.body = "body";
    if (!header.empty()) request.headers.add("Content-Digest", header);
    EXPECT_EQ(check_digest(request).ok(), ok) << header;
  }
}

TEST(SignResponse, BindsTheAnswerToItsRequest) {
  const auto signer = crypto::Signer::generate(Algorithm::Ed25519);
  const auto request = rfc_request(R"(sig1=("@method"))", "sig1=:AA==:");
  net::HttpResponse response{201, {}, "answer"};
  sign_response(response, request, signer, "key_1", 1618884473);
  EXPECT_EQ(response.headers.get("content-digest"), content_digest("answer"));
  const std::string parameters =
      R"(("@status" "content-digest" "@method";req "@path";req "@query";req "signature";req);created=1618884473;keyid="key_1";alg="ed25519")";
  EXPECT_EQ(response.headers.get("signature-input"), "sig1=" + parameters);
  const auto base = "\"@status\": 201\n\"content-digest\": " + content_digest("answer") +
                    "\n\"@method\";req: POST\n\"@path\";req: /foo\n\"@query\";req: "
                    "?param=Value&Pet=dog\n\"signature\";req: sig1=:AA==:\n"
                    "\"@signature-params\": " +
                    parameters;
  const auto header = std::string(response.headers.get("signature"));
  const auto signature = from_base64(header.substr(6, header.size() - 7)).value();
  EXPECT_TRUE(Verifier::from_pem(Algorithm::Ed25519, signer.public_pem())->verify(base, signature).ok());
}

// --- replay and rate
// ----------------------------------------------------------------------------------------------------------------------------

constexpr Timestamp kNow{1795312800000000};

TEST(ReplayWindow, ANonceIsGoodOnceAKey) {
  ReplayWindow window(300);
  EXPECT_TRUE(window.first_use(1, "a", kNow));
  EXPECT_FALSE(window.first_use(1, "a", kNow));
  EXPECT_TRUE(window.first_use(2, "a", kNow));
  EXPECT_TRUE(window.first_use(1, "b", kNow));
}

TEST(ReplayWindow, RemembersForTwiceTheWindowWhereverItBegins) {
  for (std::int64_t offset_s = 0; offset_s < 1200; offset_s += 7) {
    for (const std::int64_t later_s : {1, 299, 300, 599}) {
      ReplayWindow window(300);
      EXPECT_TRUE(window.first_use(1, "a", kNow.plus_s(offset_s)));
      EXPECT_FALSE(window.first_use(1, "a", kNow.plus_s(offset_s + later_s))) << offset_s << " " << later_s;
    }
  }
}

TEST(ReplayWindow, ForgetsInTheEnd) {
  ReplayWindow window(300);
  EXPECT_TRUE(window.first_use(1, "a", kNow));
  EXPECT_TRUE(window.first_use(1, "a", kNow.plus_s(1200)));
}

TEST(ReplayWindow, AClockThatGoesBackForgetsNothing) {
  for (std::int64_t offset_s = 0; offset_s < 1200; offset_s += 50) {
    ReplayWindow window(300);
    EXPECT_TRUE(window.first_use(1, "a", kNow.plus_s(offset_s)));
    EXPECT_TRUE(window.first_use(1, "b", kNow.plus_s(offset_s - 60)));
    EXPECT_FALSE(window.first_use(1, "a", kNow.plus_s(offset_s - 60))) << offset_s;
    EXPECT_FALSE(window.first_use(1, "a", kNow.plus_s(offset_s))) << offset_s;
  }
}

TEST(RateLimit, ABurstThenTheRate) {
  RateLimit limit(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.allow(1, kNow));
  EXPECT_FALSE(limit.allow(1, kNow));
  EXPECT_TRUE(limit.allow(2, kNow)) << "each key has its own";
  EXPECT_FALSE(limit.allow(1, kNow.plus_ms(99)));
  EXPECT_TRUE(limit.allow(1, kNow.plus_ms(110)));
  EXPECT_FALSE(limit.allow(1, kNow.plus_ms(111)));
  EXPECT_FALSE(limit.allow(1, kNow)) << "a clock that goes back earns nothing";
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.allow(1, kNow.plus_s(100)));
  EXPECT_FALSE(limit.allow(1, kNow.plus_s(100))) << "never more than the burst";
}

// --- the contract
// -------------------------------------------------------------------------------------------------------------------------------

TEST(OpenApi, ListsEveryEndpointAndNoOther) {
  const auto document = boost::json::parse(MerchantApi::openapi("https://pay.example")).as_object();
  EXPECT_EQ(std::string(document.at("openapi").as_string()), "3.1.0");
  std::size_t operations = 0;
  for (const auto& path : document.at("paths").as_object()) operations += path.value().as_object().size();
  EXPECT_EQ(operations, MerchantApi::endpoints().size());
  std::set<std::string> names;
  const auto& schemas = document.at("components").at("schemas").as_object();
  for (const auto& endpoint : MerchantApi::endpoints()) {
    const auto& path = document.at("paths").at(std::string(endpoint.pattern));
    const auto& operation = path.at(to_lower_ascii(endpoint.method)).as_object();
    EXPECT_EQ(std::string(operation.at("operationId").as_string()), endpoint.operation);
    EXPECT_TRUE(names.insert(std::string(endpoint.operation)).second) << endpoint.operation;
    EXPECT_TRUE(operation.at("responses").as_object().contains(std::to_string(endpoint.success))) << endpoint.operation;
    EXPECT_EQ(operation.contains("requestBody"), !endpoint.request_schema.empty()) << endpoint.operation;
    if (!endpoint.request_schema.empty()) {
      EXPECT_TRUE(schemas.contains(endpoint.request_schema)) << endpoint.operation;
    }
    std::set<std::string> parameters;
    if (const auto* listed = operation.if_contains("parameters")) {
      for (const auto& parameter : listed->as_array()) {
        if (parameter.as_object().contains("name")) parameters.insert(std::string(parameter.at("name").as_string()));
      }
    }
    for (const auto& parameter : endpoint.query)
      EXPECT_TRUE(parameters.contains(std::string(parameter.name))) << endpoint.operation << " " << parameter.name;
  }
}

TEST(Fingerprint, IsOfMethodPathAndBody) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = "/v1/payments";
  request.body = "{}";
  const auto before = request_fingerprint(request);
  EXPECT_EQ(before.size(), 32U);
  request.headers.add("X-A", "1");
  EXPECT_EQ(request_fingerprint(request), before);
  for (auto* part : {&request.method, &request.path, &request.body}) {
    const auto kept = *part;
    *part += "x";
    EXPECT_NE(request_fingerprint(request), before);
    *part = kept;
  }
}

}  // namespace
}  // namespace feiqian::api
