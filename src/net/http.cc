#include "net/http.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url.hpp>
#include <boost/url/src.hpp>

#include "foundation/text.h"

namespace feiqian::net {

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : items_) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  for (const auto& [key, value] : items_) {
    if (equals_ignoring_case(key, name)) return true;
  }
  return false;
}

std::string Headers::joined(std::string_view name) const {
  std::string all;
  bool first = true;
  for (const auto& [key, value] : items_) {
    if (!equals_ignoring_case(key, name)) continue;
    if (!first) all += ", ";
    all += trim(value);
    first = false;
  }
  return all;
}

void Headers::set(std::string_view name, std::string value) {
  for (auto& [key, existing] : items_) {
    if (equals_ignoring_case(key, name)) {
      existing = std::move(value);
      return;
    }
  }
  items_.emplace_back(std::string(name), std::move(value));
}

Result<Url> Url::parse(std::string_view text) {
  const auto refuse = [](const char* why) { return Error(errors::kUrlInvalid, why); };
  if (text.size() > 2048) return refuse("longer than 2048 bytes");
  // Boost.URL 1.81 aborts on some paths without an authority; they are no addresses here anyway.
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    return refuse("must begin with http:// or https://");
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return refuse("not an absolute URL");
  const auto& url = *parsed;
  if (url.has_userinfo()) return refuse("must not carry a user name or password");
  if (url.has_fragment()) return refuse("must not carry a fragment");
  if (url.host().empty()) return refuse("has no host");
  // Boost.URL 1.81 ends a host that begins like an IPv4 address there and takes the rest for a path: not the address
  // that was meant.
  if (!url.encoded_path().empty() && url.encoded_path().front() != '/') return refuse("the host is not valid");
  // An escape in a host would be opened when the name is resolved and the request's head is written.
  const std::string_view host(url.encoded_host().data(), url.encoded_host().size());
  if (url.host_type() != boost::urls::host_type::ipv6 && host.find_first_of("%[") != std::string_view::npos)
    return refuse("the host is not a name or an address");
  Url result;
  result.scheme = std::string(url.scheme());
  result.host =
      url.host_type() == boost::urls::host_type::ipv6 ? std::string(url.host_address()) : std::string(url.host());
  const auto port = url.has_port() ? parse_int(std::string_view(url.port())) : (result.scheme == "https" ? 443 : 80);
  if (!port || *port < 1 || *port > 65535) return refuse("the port is not valid");
  result.port = static_cast<std::uint16_t>(*port);
  result.target = url.encoded_path().empty() ? "/" : std::string(url.encoded_path());
  if (url.has_query()) result.target += "?" + std::string(url.encoded_query());
  return result;
}

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool standard = (scheme == "https" && port == 443) || (scheme == "http" && port == 80);
  return standard ? name : name + ":" + std::to_string(port);
}

namespace {

bool within(const boost::asio::ip::address_v4& address, const char* network) {
  const auto net = boost::asio::ip::make_network_v4(network);
  return (address.to_uint() & net.netmask().to_uint()) == net.network().to_uint();
}

bool is_public_v4(const boost::asio::ip::address_v4& address) {
  for (const char* network : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                              "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
                              "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"}) {
    if (within(address, network)) return false;
  }
  return true;
}

bool is_public_v6(const boost::asio::ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  if (address.is_v4_mapped())
    return is_public_v4(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address));
  if (bytes[0] == 0x00 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b) return false;  // 64:ff9b::/32 NAT64
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return false;                                          // 2002::/16 6to4
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8) return false;  // documentation
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02) return false;  // 2001::/23 special purpose
  return (bytes[0] & 0xe0U) == 0x20U;                                         // global unicast 2000::/3 only
}

}  // namespace

bool is_public_address(std::string_view numeric_address) {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(std::string(numeric_address), failed);
  if (failed) return false;
  return address.is_v4() ? is_public_v4(address.to_v4()) : is_public_v6(address.to_v6());
}

bool is_loopback_address(std::string_view numeric_address) {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(std::string(numeric_address), failed);
  return !failed && address.is_loopback();
}

bool allows(AddressPolicy policy, std::string_view numeric_address) {
  switch (policy) {
    case AddressPolicy::Any:
      return true;
    case AddressPolicy::PublicOnly:
      return is_public_address(numeric_address);
    case AddressPolicy::PublicOrLoopback:
      return is_public_address(numeric_address) || is_loopback_address(numeric_address);
  }
  return false;
}

}  // namespace feiqian::net
