#include "server/error_catalogue.h"

#include <algorithm>

#include "api/errors.h"
#include "backup/errors.h"
#include "channels/errors.h"
#include "codec/errors.h"
#include "crypto/errors.h"
#include "engine/errors.h"
#include "foundation/error.h"
#include "ledger/errors.h"
#include "money/errors.h"
#include "net/errors.h"
#include "parties/errors.h"
#include "payments/errors.h"
#include "pricing/fee_rules.h"
#include "server/errors.h"
#include "store/errors.h"
#include "store/postgres_migrate.h"

namespace feiqian::server {

const std::vector<const ErrorKind*>& error_catalogue() {
  static const std::vector<const ErrorKind*> kCatalogue{
      &errors::kRouteNotFound,
      &errors::kMethodNotAllowed,
      &errors::kMediaType,
      &errors::kQueryInvalid,
      &errors::kRateLimited,
      &errors::kSignatureMissing,
      &errors::kSignatureMalformed,
      &errors::kSignatureInvalid,
      &errors::kSignatureExpired,
      &errors::kSignatureReplayed,
      &errors::kDigestMismatch,
      &errors::kKeyUnknown,
      &errors::kKeyRevoked,
      &errors::kKeyReused,
      &errors::kLedgerClientNotFound,
      &errors::kLedgerForbidden,
      &errors::kLedgerClosed,
      &errors::kNotificationRejected,
      &errors::kStatementUnavailable,
      &errors::kChannelNotFound,
      &errors::kChannelConflict,
      &errors::kJsonMalformed,
      &errors::kFieldUnknown,
      &errors::kFieldMissing,
      &errors::kFieldInvalid,
      &errors::kKeyInvalid,
      &errors::kSignatureWrong,
      &errors::kSealBroken,
      &errors::kOverloaded,
      &errors::kEngineStopped,
      &errors::kLeaseLost,
      &errors::kNoChainFree,
      &errors::kInvariantBroken,
      &errors::kHeadMalformed,
      &errors::kHeadRefused,
      &errors::kBalanceInsufficient,
      &errors::kVoucherNotFound,
      &errors::kVoucherReversed,
      &errors::kAccountNotFound,
      &errors::kAccountCodeUnknown,
      &errors::kAccountNotCustomer,
      &errors::kAccountFrozen,
      &errors::kAccountClosed,
      &errors::kAccountNotEmpty,
      &errors::kBalanceLimit,
      &errors::kHoldNotFound,
      &errors::kHoldEnded,
      &errors::kHoldExceeded,
      &errors::kVoucherUnbalanced,
      &errors::kVoucherLines,
      &errors::kVoucherMirror,
      &errors::kTurnoverTooLarge,
      &errors::kLinkedRefused,
      &errors::kTooManyVouchers,
      &errors::kVerifyFailed,
      &errors::kVerifyInterrupted,
      &errors::kVerifyProgress,
      &errors::kVoucherUnsigned,
      &errors::kVouchersArchived,
      &errors::kArchiveYearOpen,
      &errors::kArchiveNothing,
      &errors::kArchiveDiffers,
      &errors::kCurrencyUnknown,
      &errors::kAmountOverflow,
      &errors::kAmountInvalid,
      &errors::kConnectFailed,
      &errors::kNoAnswer,
      &errors::kAddressForbidden,
      &errors::kUrlInvalid,
      &errors::kListenFailed,
      &errors::kRequestTooLarge,
      &errors::kRequestMalformed,
      &errors::kMerchantNotFound,
      &errors::kMerchantNotActive,
      &errors::kMerchantStatus,
      &errors::kContractMissing,
      &errors::kStoreNotFound,
      &errors::kApiKeyNotFound,
      &errors::kPaymentNotFound,
      &errors::kOrderNoConflict,
      &errors::kMethodNotPermitted,
      &errors::kAmountBelowLeast,
      &errors::kAmountAboveMost,
      &errors::kDailyLimit,
      &errors::kExpiryOutOfRange,
      &errors::kPaymentClosed,
      &errors::kPaymentExpired,
      &errors::kPaymentPaid,
      &errors::kTooManyAttempts,
      &errors::kAttemptNotFound,
      &errors::kRefundNotFound,
      &errors::kRefundNoConflict,
      &errors::kNotRefundable,
      &errors::kRefundWindow,
      &errors::kRefundParts,
      &errors::kExceedsRemainder,
      &errors::kRefundBalance,
      &errors::kEventNotFound,
      &errors::kNoTarget,
      &errors::kUsage,
      &errors::kNotInitialised,
      &errors::kStoreNotEmpty,
      &errors::kAlreadyInitialised,
      &errors::kNoServer,
      &errors::kBackupUnsupported,
      &errors::kBackupTargetNotEmpty,
      &errors::kBackupNotFound,
      &errors::kBackupOtherKey,
      &errors::kBackupBusy,
      &errors::kBackupCancelled,
      &errors::kBackupFileMissing,
      &errors::kBackupManifestBroken,
      &errors::kBackupFileBroken,
      &errors::kBackupImageDiffers,
      &errors::kBackupBooksDiffer,
      &errors::kStoreFailed,
      &errors::kStoreLocked,
      &errors::kStoreVersion,
      &errors::kOlderNodes,
      &errors::kCopyUnfinished,
      &errors::kStoreBusy,
      &errors::kStoreConflict,
      &errors::kStoreUnavailable,
      &errors::kCommitUnknown,
      &errors::kInternal,
      &errors::kConfigInvalid,
      &errors::kFileUnusable,
      &errors::kValueInvalid,
      &errors::kNotSupported,
      &pricing::rules::kNone,
  };
  return kCatalogue;
}

std::string error_document() {
  auto sorted = error_catalogue();
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->code < b->code; });
  std::string text =
      "# Errors\n\nMade by `feiqian errors` from the program. `code` is stable. The consequence decides the HTTP "
      "status and whether the same request\n"
      "may be sent again: only *retry safe* may, unchanged; after *outcome unknown* ask first, with the same "
      "number.\n\n"
      "| code | status | consequence | meaning |\n|---|---|---|---|\n";
  for (const auto* kind : sorted) {
    text += "| `" + std::string(kind->code) + "` | " + std::to_string(http_status(Error(*kind))) + " | " +
            std::string(name_of(kind->consequence)) + " | " + std::string(kind->title) + " |\n";
  }
  return text;
}

}  // namespace feiqian::server
