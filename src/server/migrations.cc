#include "server/migrations.h"

namespace feiqian::server {
namespace {

constexpr std::string_view kOnePayment = R"sql(
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  code INTEGER NOT NULL,
  owner INTEGER NOT NULL,
  currency TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  frozen_minor INTEGER NOT NULL,
  most_minor INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_by_key ON account (code, owner, currency);

CREATE TABLE balance (
  id INTEGER PRIMARY KEY,
  debit_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  held_minor INTEGER NOT NULL
) STRICT;

CREATE TABLE voucher_block (
  id INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL,
  vouchers INTEGER NOT NULL,
  accounting_date INTEGER NOT NULL,
  posted_at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE account_page (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  first_number INTEGER NOT NULL,
  last_voucher INTEGER NOT NULL,
  first_posted_at INTEGER NOT NULL,
  last_posted_at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX account_page_by_account ON account_page (account);

CREATE TABLE ledger_merge_mark (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  block INTEGER NOT NULL
) STRICT;

CREATE TABLE voucher_reversal (
  id INTEGER PRIMARY KEY,
  reversed INTEGER NOT NULL,
  by INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX voucher_reversal_by_voucher ON voucher_reversal (reversed);

CREATE TABLE hold (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  state INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  captured_minor INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  ended_at INTEGER,
  task INTEGER NOT NULL
) STRICT;
CREATE INDEX hold_by_account ON hold (account);

CREATE TABLE parameter (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  effective_from INTEGER NOT NULL,
  value INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  number INTEGER NOT NULL,
  committed_at INTEGER NOT NULL,
  commands INTEGER NOT NULL,
  vouchers INTEGER NOT NULL,
  root BLOB NOT NULL,
  evidence BLOB NOT NULL,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX batch_by_number ON batch (chain, number);

CREATE TABLE signed_head (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  root BLOB NOT NULL,
  peaks BLOB NOT NULL,
  signed_at INTEGER NOT NULL,
  key TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX signed_head_by_batch ON signed_head (chain, batch);

CREATE TABLE worker (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  head_number INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  head_id INTEGER NOT NULL
) STRICT;

CREATE TABLE reference_version (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX idempotency_by_key ON idempotency (scope, idempotency_key);

CREATE TABLE channel (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  returns_cost INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX channel_by_code ON channel (code);

CREATE TABLE merchant (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  status INTEGER NOT NULL,
  notify_url TEXT NOT NULL,
  webhook_secret BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE store (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contract (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  currency TEXT NOT NULL,
  methods TEXT NOT NULL,
  least_minor INTEGER NOT NULL,
  most_minor INTEGER NOT NULL,
  most_daily_minor INTEGER NOT NULL,
  returns_fee INTEGER NOT NULL,
  late_success INTEGER NOT NULL,
  effective_from INTEGER NOT NULL,
  effective_to INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contract_by_merchant ON contract (merchant);

CREATE TABLE api_key (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  public_key TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_key_by_merchant ON api_key (merchant);

CREATE TABLE merchant_daily_volume (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  day INTEGER NOT NULL,
  currency TEXT NOT NULL,
  paid_minor INTEGER NOT NULL,
  paid_count INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX merchant_daily_volume_by_day ON merchant_daily_volume (merchant, day, currency);

CREATE TABLE fee_rule (
  id INTEGER PRIMARY KEY,
  price_list INTEGER NOT NULL,
  method TEXT NOT NULL,
  card_type INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  least_minor INTEGER NOT NULL,
  most_minor INTEGER,
  effective_from INTEGER NOT NULL,
  effective_to INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX fee_rule_by_list ON fee_rule (price_list);

CREATE TABLE payment (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  merchant_order_no TEXT NOT NULL,
  store INTEGER,
  state INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  method TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  subject TEXT NOT NULL,
  goods TEXT NOT NULL,
  metadata TEXT NOT NULL,
  return_url TEXT NOT NULL,
  notify_url TEXT NOT NULL,
  refunded_minor INTEGER NOT NULL,
  refunding_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  fee_tax_minor INTEGER NOT NULL,
  fee_returned_minor INTEGER NOT NULL,
  cost_minor INTEGER NOT NULL,
  cost_returned_minor INTEGER NOT NULL,
  fee_rule INTEGER NOT NULL,
  close_reason INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  paid_at INTEGER,
  closed_at INTEGER,
  paid_attempt INTEGER NOT NULL,
  expire_task INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX payment_by_order_no ON payment (merchant, merchant_order_no);
CREATE INDEX payment_by_merchant ON payment (merchant);

CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  payment INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  method TEXT NOT NULL,
  scene INTEGER NOT NULL,
  state INTEGER NOT NULL,
  auth_code TEXT NOT NULL,
  payer TEXT NOT NULL,
  qr_code TEXT NOT NULL,
  pay_parameters TEXT NOT NULL,
  channel_trade_no TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  task INTEGER NOT NULL,
  task_kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX attempt_by_payment ON attempt (payment);

CREATE TABLE refund (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  merchant_refund_no TEXT NOT NULL,
  payment INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  reason TEXT NOT NULL,
  fee_returned_minor INTEGER NOT NULL,
  fee_tax_returned_minor INTEGER NOT NULL,
  fee_swept INTEGER NOT NULL,
  fee_voucher INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  task INTEGER NOT NULL,
  task_kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX refund_by_no ON refund (merchant, merchant_refund_no);
CREATE INDEX refund_by_payment ON refund (payment);
CREATE INDEX refund_by_merchant ON refund (merchant);

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  merchant INTEGER NOT NULL,
  payment INTEGER NOT NULL,
  type TEXT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  state INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_try_at INTEGER,
  task INTEGER NOT NULL
) STRICT;
CREATE INDEX event_by_merchant ON event (merchant);

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  event INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  error TEXT NOT NULL,
  duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_by_event ON delivery (event);

CREATE TABLE incident (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject INTEGER NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
)sql";

/// Notices that repeat themselves are one incident.
constexpr std::string_view kIncidentWords = "CREATE INDEX incident_by_words ON incident (subject, detail);";

/// Totals at the end of each day; clients of the ledger alone.
constexpr std::string_view kLedgerAlone = R"sql(
CREATE TABLE ledger_day_total (
  id INTEGER PRIMARY KEY,
  day INTEGER NOT NULL,
  code INTEGER NOT NULL,
  currency TEXT NOT NULL,
  debit_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_client (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  public_key TEXT NOT NULL,
  codes TEXT NOT NULL,
  owner INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
)sql";

/// Years whose vouchers are in files of their own.
constexpr std::string_view kLedgerArchives = R"sql(
CREATE TABLE ledger_archive (
  id INTEGER PRIMARY KEY,
  through INTEGER NOT NULL,
  blocks INTEGER NOT NULL,
  vouchers INTEGER NOT NULL,
  digest BLOB NOT NULL,
  written_at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace

std::span<const store::Migration> migrations() {
  static const store::Migration kAll[] = {{1, "one payment", kOnePayment},
                                          {2, "words of incidents", kIncidentWords},
                                          {3, "the ledger alone", kLedgerAlone},
                                          {4, "archives of the ledger", kLedgerArchives}};
  return kAll;
}

}  // namespace feiqian::server
