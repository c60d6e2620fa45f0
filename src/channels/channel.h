// The channel port: what payments need of a provider, whatever its protocol. One implementation a protocol, in its own
// folder.
//
// Calls are asynchronous; callbacks come on a loop thread, once. An outcome never guesses: what the provider did not
// say plainly is Unknown, and Failed means proven not executed. A number (`out_trade_no`) names one attempt for ever;
// sending it again must not pay twice.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/errors.h"
#include "foundation/text.h"
#include "foundation/time.h"
#include "money/money.h"
#include "net/http.h"
#include "store/table.h"

namespace feiqian::channels {

struct ChannelTag {
  static constexpr std::string_view kPrefix = "cha";
};
using ChannelId = StrongId<ChannelTag>;

/// The register of channels. `code` is unique; what it charges is the price list of its id.
struct ChannelRow {
  ChannelId id;
  std::string code;
  bool enabled = true;
  bool returns_cost = true;  ///< gives its fee back pro rata on a refund
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ChannelRow, (), (id, code, enabled, returns_cost, created_at))
inline const store::Table<ChannelRow> kChannels{"channel", store::Residency::Resident, store::Evidence::Channel};
inline const store::Index<&ChannelRow::code> kChannelByCode{kChannels, "channel_by_code", store::Unique::Yes,
                                                            store::ShardFrom::Nothing};

/// How the payer meets the channel.
enum class Scene : std::int32_t {
  Qr = 1,       ///< we show a code, the payer's wallet scans it
  Page = 2,     ///< the browser is sent to the provider's page (PC)
  Wap = 3,      ///< the same on a phone
  Barcode = 4,  ///< we scan the payer's code
  Jsapi = 5,    ///< inside the provider's own browser or mini program: it must be told which of its users pays
  App = 6,      ///< the merchant's app calls the provider's
};
std::string_view name_of(Scene scene);
std::optional<Scene> scene_of(std::string_view name);

struct PayOrder {
  std::string number;
  money::Money amount;
  std::string subject;
  Scene scene = Scene::Qr;
  std::string auth_code;  ///< Barcode only
  Timestamp expires_at;
  std::string notify_url;
  std::string return_url;          ///< Page and Wap
  std::string payer_id = {};       ///< Jsapi: the payer's id at the provider (WeChat Pay: openid)
  std::string payer_address = {};  ///< Wap: the payer's numeric IP address, for channels that must be told
};

enum class TradeState {
  Paid,
  AwaitingPayer,  ///< known to the provider, not paid yet
  Closed,         ///< cannot be paid any more
  NotFound,       ///< the provider has no such number (yet)
  Failed,         ///< proven not executed; `code` says why
  Unknown,
};

struct TradeOutcome {
  TradeState state = TradeState::Unknown;
  std::string qr_code;
  std::string trade_no;              ///< the provider's number
  std::optional<money::Money> paid;  ///< with Paid
  Timestamp paid_at;
  std::string code;          ///< provider's or our error code
  std::string message;       ///< safe to show
  std::string pay_url = {};  ///< Wap by `pay`: where the payer's browser goes
  std::string pay_parameters =
      {};  ///< Jsapi and App by `pay`: a JSON object that the payer's side hands to the provider's
};

struct RefundOrder {
  std::string number;         ///< of the attempt that was paid
  std::string refund_number;  ///< names this refund for ever
  money::Money amount;
  std::string reason;
  std::optional<money::Money> paid = {};  ///< what the attempt paid; absent: the adapter asks, if its protocol wants it
};

enum class RefundState { Succeeded, Pending, NotFound, Failed, Unknown };

struct RefundOutcome {
  RefundState state = RefundState::Unknown;
  std::string code;
  std::string message;
};

struct Notification {
  std::string number;
  TradeOutcome outcome;
};

class Channel {
 public:
  using TradeCallback = std::function<void(TradeOutcome)>;
  using RefundCallback = std::function<void(RefundOutcome)>;

  virtual ~Channel() = default;
  virtual std::string_view code() const = 0;
  virtual bool offers(Scene scene) const = 0;
  virtual bool accepts(money::Currency currency) const = 0;
  /// Once, when a platform begins to serve; before that nothing is sent. To fetch what verifying will need.
  virtual void begin() {}

  /// Whether the browser's way there (Page, Wap) is known without a call. Otherwise `pay` asks for it.
  virtual bool redirects(Scene scene) const { return scene == Scene::Page || scene == Scene::Wap; }
  /// Where to send the payer's browser. No call is made. errors::kNotSupported for scenes that are not redirected.
  virtual Result<std::string> redirect_url(const PayOrder& order) const = 0;
  /// What the browser posts there as a form. None: it goes there by GET.
  virtual Result<FormFields> redirect_fields(const PayOrder&) const { return FormFields(); }
  /// Qr: Failed, Unknown or AwaitingPayer with `qr_code`. Barcode: any state. Wap, Jsapi, App: as Qr, with `pay_url`
  /// or `pay_parameters`.
  virtual void pay(const PayOrder& order, TradeCallback done) = 0;
  virtual void query(const std::string& number, TradeCallback done) = 0;
  /// Ends an unpaid trade: Closed, Paid (too late), NotFound, Unknown.
  virtual void close(const std::string& number, TradeCallback done) = 0;
  /// Barcode in doubt: ends the trade, giving the money back if it was paid. Closed or Unknown.
  virtual void cancel(const std::string& number, TradeCallback done) = 0;
  virtual void refund(const RefundOrder& order, RefundCallback done) = 0;
  virtual void query_refund(const RefundOrder& order, RefundCallback done) = 0;

  /// Verifies and reads a provider's call. errors::kNotificationRejected when anything about it is not proven.
  virtual Result<Notification> read_notification(const net::HttpRequest& request) const = 0;
  /// The provider's own form of "received" or "not received".
  virtual net::HttpResponse acknowledge(bool accepted) const = 0;

  /// The statement (对账单) of one day. errors::kNotSupported where the protocol's statements are not read yet.
  virtual void statement(Date day, std::function<void(Result<std::string>)> done) = 0;
  /// The provider's account of one day's movements (资金账单), where it gives one; otherwise errors::kNotSupported.
  virtual void fund_statement(Date, std::function<void(Result<std::string>)> done) {
    done(Error(errors::kNotSupported, "the channel gives no statement of funds"));
  }
};

/// The channels of this process by code. Made at start, then only read.
class Channels {
 public:
  void add(std::unique_ptr<Channel> channel) { channels_.push_back(std::move(channel)); }
  Channel* find(std::string_view code) const;
  const std::vector<std::unique_ptr<Channel>>& all() const { return channels_; }

 private:
  std::vector<std::unique_ptr<Channel>> channels_;
};

}  // namespace feiqian::channels
